"""Limits on trying hold against many at once and against restarts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from anlanh.access.accounts import attempts
from anlanh.access.accounts.problems import TooManyTries
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from tests.access.accounts.people import VAULT
from tests.conftest import TESTER, Ground

LIMIT = attempts.Limit(3, timedelta(seconds=30), timedelta(minutes=10), timedelta(hours=1))


async def _tries(work: Work, wanted: int) -> None:
    for _ in range(wanted):
        await attempts.count(work, VAULT, LIMIT, "somebody")


def _later(work: Work, **after: int) -> Work:
    return replace(work, at=work.at + timedelta(**after))


def test_each_further_failure_closes_twice_as_long(ground: Ground) -> None:
    async def main(work: Work) -> None:
        await _tries(work, 4)
        with pytest.raises(TooManyTries):
            await _tries(work, 1)
        await _tries(_later(work, seconds=30), 1)
        with pytest.raises(TooManyTries):
            await _tries(_later(work, seconds=89), 1)
        await _tries(_later(work, seconds=90), 1)

    ground.run(main)


def test_success_and_time_start_the_count_anew(ground: Ground) -> None:
    async def main(work: Work) -> None:
        await _tries(work, 3)
        await attempts.forget(work, VAULT, "somebody")
        await _tries(work, 3)
        await _tries(_later(work, hours=2), 3)

    ground.run(main)


def test_one_is_closed_and_the_other_is_not(ground: Ground) -> None:
    async def main(work: Work) -> None:
        await _tries(work, 4)
        await attempts.count(work, VAULT, LIMIT, "somebody else")

    ground.run(main)


def test_of_twenty_tries_at_once_only_the_free_ones_and_one_more_are_let_through(ground: Ground) -> None:
    async def one(database: Database) -> bool:
        try:
            async with works.begin(database, TESTER, works.OPERATIONS, transaction=False) as work:
                await _tries(work, 1)
        except TooManyTries:
            return False
        return True

    async def main(database: Database) -> int:
        return sum(await asyncio.gather(*(one(database) for _ in range(20))))

    assert ground.open(main) == 4
    with pytest.raises(TooManyTries):  # another pool, as after a restart
        ground.run(lambda work: _tries(work, 1))
