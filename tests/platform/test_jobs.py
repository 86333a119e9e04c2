"""Jobs: in the transaction that asks for them, tried again, and taken over from workers that died."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from multiprocessing import get_context

import asyncpg
import pytest

from anlanh.platform import jobs
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.jobs import worker
from anlanh.platform.work import Work
from tests.conftest import TESTER, Ground


async def _until(done: Callable[[], bool], limit_s: float = 30) -> None:
    async with asyncio.timeout(limit_s):
        while not done():  # noqa: ASYNC110 (another process does it)
            await asyncio.sleep(0.05)


def _working(ground: Ground, tasks: dict[str, worker.Task], body: Callable[[Database], Awaitable[None]]) -> None:
    """Run `body` while a worker is at work."""

    async def main(database: Database) -> None:
        task = asyncio.create_task(worker.run(ground.url, ground.settings.tenant, tasks))
        try:
            await body(database)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    ground.open(main)


def test_a_job_runs_once_its_transaction_is_committed_and_not_if_it_is_undone(ground: Ground) -> None:
    ran: list[int] = []

    async def note(number: int) -> None:
        ran.append(number)

    async def body(database: Database) -> None:
        with pytest.raises(ZeroDivisionError):
            await _ask_and_fail(database)
        async with works.begin(database, TESTER, works.OPERATIONS) as work:
            await jobs.defer(work, "note", number=2)
        await _until(lambda: bool(ran))

    _working(ground, {"note": note}, body)
    assert ran == [2]


async def _ask_and_fail(database: Database) -> None:
    async with works.begin(database, TESTER, works.OPERATIONS) as work:
        await jobs.defer(work, "note", number=1)
        raise ZeroDivisionError


def test_a_job_that_fails_is_tried_again(ground: Ground) -> None:
    tries: list[int] = []

    async def second_time_lucky() -> None:
        tries.append(1)
        if len(tries) < 2:
            raise RuntimeError

    async def body(database: Database) -> None:
        async with works.begin(database, TESTER, works.OPERATIONS) as work:
            await jobs.defer(work, "lucky")
        await _until(lambda: len(tries) == 2)

    _working(ground, {"lucky": second_time_lucky}, body)


def test_jobs_of_one_lock_run_one_at_a_time_and_in_order(ground: Ground) -> None:
    seen: list[tuple[str, int]] = []

    async def slow(number: int) -> None:
        seen.append(("begin", number))
        await asyncio.sleep(0.05)
        seen.append(("end", number))

    async def body(database: Database) -> None:
        async with works.begin(database, TESTER, works.OPERATIONS) as work:
            for number in range(3):
                await jobs.defer(work, "slow", lock="one", number=number)
        await _until(lambda: len(seen) == 6)

    _working(ground, {"slow": slow}, body)
    assert seen == [(what, number) for number in range(3) for what in ("begin", "end")]


def _worker_that_is_killed(url: str, tenant: str) -> None:
    async def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(worker.run(url, tenant, {"job": die}))


def test_the_job_of_a_killed_worker_is_taken_up_again(ground: Ground) -> None:
    async def ask(work: Work) -> None:
        await jobs.defer(work, "job")

    ground.run(ask)
    killed = get_context("fork").Process(target=_worker_that_is_killed, args=(ground.url, ground.settings.tenant))
    killed.start()
    killed.join(30)
    assert killed.exitcode == -signal.SIGKILL
    ran: list[int] = []

    async def job() -> None:
        ran.append(1)

    async def body(database: Database) -> None:
        await _until(lambda: bool(ran))
        async with asyncio.timeout(5):
            while await _state(database) != "succeeded":  # noqa: ASYNC110 (another process does it)
                await asyncio.sleep(0.05)

    _working(ground, {"job": job}, body)


async def _state(database: Database) -> str:
    async with database.connection() as connection:
        rows: list[asyncpg.Record] = await connection.fetch("select status::text from procrastinate_jobs order by id")
        return str(rows[0][0])
