"""Codes sent to a telephone: who gets in, who learns what, and what many at once can do."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from anlanh.access.accounts import codes, sender, signing_in
from anlanh.access.accounts.problems import CannotTellWho, CodeSpent, NotRecognised, TooManyTries
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from tests.access.accounts.people import BROWSER, PHONE, PLACE, VAULT, accounts_of, keep, patient
from tests.conftest import TESTER, Ground

MOTHER = patient("me", "019185000001", "1985-03-05")
CHILD = patient("con", "019221000001", "2021-06-08")
TWINS = (patient("anh", "019210000001", "2010-01-01"), patient("em", "019210000002", "2010-01-01"))
OTHER = signing_in.Browser("another browser", None, PLACE)


async def _sent(work: Work, phone: str = PHONE) -> str:
    text = await sender.kept(work, phone)
    assert text is not None
    return re.findall(r"\d{6}", text)[0]


def test_a_code_and_the_birth_date_tell_who_of_a_family_has_come(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts = accounts_of(ground)
        await keep(work, ground, MOTHER, CHILD, *TWINS)
        ticket = await signing_in.ask_code(work, accounts, PHONE, BROWSER)
        account = await signing_in.by_code(work, accounts, ticket, await _sent(work), "1985-03-05", BROWSER)
        assert account.person_ref == "Patient/me"

    ground.run(main)


@pytest.mark.parametrize("born", ["1990-01-01", "2010-01-01"])
def test_nobody_and_two_who_fit_are_told_the_same(ground: Ground, born: str) -> None:
    async def main(work: Work) -> None:
        accounts = accounts_of(ground)
        await keep(work, ground, MOTHER, *TWINS)
        ticket = await signing_in.ask_code(work, accounts, PHONE, BROWSER)
        with pytest.raises(CannotTellWho):
            await signing_in.by_code(work, accounts, ticket, await _sent(work), born, BROWSER)

    ground.run(main)


def test_a_number_that_nobody_has_gets_a_ticket_too_but_no_text(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts = accounts_of(ground)
        ticket = await signing_in.ask_code(work, accounts, PHONE, BROWSER)
        assert await sender.kept(work, PHONE) is None
        with pytest.raises(NotRecognised):
            await codes.check(work, VAULT, ticket, "000000x", BROWSER.secret)

    ground.run(main)


def test_a_mistaken_birth_date_may_be_set_right_with_the_same_code(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts = accounts_of(ground)
        await keep(work, ground, MOTHER)
        ticket = await signing_in.ask_code(work, accounts, PHONE, BROWSER)
        code = await _sent(work)
        with pytest.raises(CannotTellWho):
            await signing_in.by_code(work, accounts, ticket, code, "1985-05-03", BROWSER)
        assert await signing_in.by_code(work, accounts, ticket, code, "1985-03-05", BROWSER)
        with pytest.raises(CodeSpent):
            await signing_in.by_code(work, accounts, ticket, code, "1985-03-05", BROWSER)

    ground.run(main)


def test_five_wrong_codes_spend_it(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts = accounts_of(ground)
        await keep(work, ground, MOTHER)
        ticket = await signing_in.ask_code(work, accounts, PHONE, BROWSER)
        for _ in range(5):
            with pytest.raises(NotRecognised):
                await codes.check(work, VAULT, ticket, "wrong", BROWSER.secret)
        with pytest.raises(CodeSpent):
            await codes.check(work, VAULT, ticket, await _sent(work), BROWSER.secret)

    ground.run(main)


def test_a_code_is_worth_nothing_in_another_browser_or_after_five_minutes(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts = accounts_of(ground)
        await keep(work, ground, MOTHER)
        ticket = await signing_in.ask_code(work, accounts, PHONE, BROWSER)
        code = await _sent(work)
        with pytest.raises(CodeSpent):
            await codes.check(work, VAULT, ticket, code, OTHER.secret)
        late = replace(work, at=work.at + timedelta(minutes=5))
        with pytest.raises(CodeSpent):
            await codes.check(late, VAULT, ticket, code, BROWSER.secret)

    ground.run(main)


def test_a_number_gets_few_codes_in_a_row(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts = accounts_of(ground)
        for _ in range(4):
            await signing_in.ask_code(work, accounts, PHONE, BROWSER)
        with pytest.raises(TooManyTries):
            await signing_in.ask_code(work, accounts, PHONE, BROWSER)

    ground.run(main)


def test_of_ten_who_redeem_one_code_at_once_exactly_one_gets_in(ground: Ground) -> None:
    async def prepare(work: Work) -> tuple[str, str]:
        await keep(work, ground, MOTHER)
        ticket = await signing_in.ask_code(work, accounts_of(ground), PHONE, BROWSER)
        return ticket, await _sent(work)

    ticket, code = ground.run(prepare)

    async def one(database: Database) -> bool:
        try:
            async with works.begin(database, TESTER, works.OPERATIONS, transaction=False) as work:
                await signing_in.by_code(work, accounts_of(ground), ticket, code, "1985-03-05", BROWSER)
        except Problem:
            return False
        return True

    async def main(database: Database) -> int:
        return sum(await asyncio.gather(*(one(database) for _ in range(10))))

    assert ground.open(main) == 1
