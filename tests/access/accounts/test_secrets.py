"""Passwords, codes of an app, cards and slips."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from argon2 import Type, extract_parameters

from anlanh.access.accounts import cards, ledger, passwords, sessions, signing_in, slips, vault
from anlanh.access.accounts.model import Method
from anlanh.access.accounts.problems import NotRecognised, PasswordTooWeak, PinNotGood, SlipSpent, TooManyTries
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from tests.access.accounts.people import BROWSER, VAULT, accounts_of, staff
from tests.conftest import TESTER, Ground

PASSWORD = "trà xanh bốn mùa 7"


@pytest.mark.parametrize(
    "weak",
    [
        "short", "a" * 20, "abababababababab", "bac-si@bv.test 2026", "passwordpassword1", "matkhau123456789",
        "qwertyuiop123456", PASSWORD * 8,
    ],
)  # fmt: skip
def test_a_weak_password_is_refused(weak: str) -> None:
    with pytest.raises(PasswordTooWeak):
        passwords.check_strength(weak, "bac-si@bv.test")
    passwords.check_strength(PASSWORD, "bac-si@bv.test")


def test_passwords_are_hashed_as_hard_as_asked_for() -> None:
    hashed = [passwords.HASHER.hash(PASSWORD) for _ in range(2)]
    found = extract_parameters(hashed[0])
    assert hashed[0] != hashed[1]
    assert (found.type, found.salt_len >= 16) == (Type.ID, True)
    assert (found.memory_cost >= 15 * 1024, found.time_cost >= 2, found.parallelism >= 1) == (True, True, True)


def test_no_account_stands_in_an_empty_database(ground: Ground) -> None:
    async def main(work: Work) -> list[int]:
        tables = ("account", "account_password", "account_passkey", "account_card", "oauth_client")
        return [await work.connection.fetchval(f"select count(*) from {table}") for table in tables]

    assert ground.run(main) == [0] * 5


def test_a_password_is_right_however_its_letters_are_composed(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account = await staff(work)
        await passwords.set_password(work, account.id, "tra\u0300 xanh bốn mùa 7", account.login)
        assert await passwords.is_right(work, account.id, PASSWORD)
        assert not await passwords.is_right(work, account.id, PASSWORD + "8")
        assert not await passwords.is_right(work, None, PASSWORD)

    ground.run(main)


def test_a_password_is_one_factor_and_with_the_app_two(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await staff(work)
        await passwords.set_password(work, account.id, PASSWORD, account.login)
        sign_in = (work, accounts, "Bac-Si@BV.test", PASSWORD)
        assert await signing_in.by_password(*sign_in, None, BROWSER) == (account, Method.PASSWORD)
        secret = passwords.new_totp()
        before = pyotp.TOTP(secret).at(work.at - timedelta(seconds=30))
        await passwords.add_totp(work, VAULT, account.id, secret, before)
        with pytest.raises(NotRecognised):
            await signing_in.by_password(*sign_in, None, BROWSER)
        code = pyotp.TOTP(secret).at(work.at)
        assert await signing_in.by_password(*sign_in, code, BROWSER) == (account, Method.PASSWORD_TOTP)
        with pytest.raises(NotRecognised):
            await signing_in.by_password(*sign_in, code, BROWSER)

    ground.run(main)


def test_those_who_sign_in_rightly_do_not_use_up_the_tries_of_their_network(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await ledger.citizen(work, "Patient/cu-ba")
        card = await cards.issue(work, account.id, "274906")
        for _ in range(3):
            assert await signing_in.by_card(work, accounts, card, "274906", BROWSER)
        assert await work.connection.fetchval("select sum(count) from account_try") == 0

    ground.run(main)


def test_no_secret_of_an_app_lies_open_in_the_database(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account, secret = await staff(work), passwords.new_totp()
        await passwords.add_totp(work, VAULT, account.id, secret, pyotp.TOTP(secret).at(work.at))
        kept = await work.connection.fetchval("select secret from account_totp")
        assert secret.encode() not in kept

    ground.run(main)


def test_guessing_a_password_ends_soon_even_with_the_right_one(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await staff(work)
        await passwords.set_password(work, account.id, PASSWORD, account.login)
        for _ in range(6):
            with pytest.raises(NotRecognised):
                await signing_in.by_password(work, accounts, "bac-si@bv.test", "wrong", None, BROWSER)
        with pytest.raises(TooManyTries):
            await signing_in.by_password(work, accounts, "bac-si@bv.test", PASSWORD, None, BROWSER)

    ground.run(main)


@pytest.mark.parametrize("pin", ["12345", "111111", "123456", "654321", "12345a", "١٢٣٤٥٧"])
def test_an_easy_pin_is_refused(pin: str) -> None:
    with pytest.raises(PinNotGood):
        cards.check_pin(pin)
    cards.check_pin("274906")


def test_a_card_opens_with_its_pin_until_another_is_given_out(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await ledger.citizen(work, "Patient/cu-ba")
        first = await cards.issue(work, account.id, "274906")
        assert (await signing_in.by_card(work, accounts, first, "274906", BROWSER)).id == account.id
        with pytest.raises(NotRecognised):
            await signing_in.by_card(work, accounts, first, "274907", BROWSER)
        second = await cards.issue(work, account.id, "305817")
        with pytest.raises(NotRecognised):
            await signing_in.by_card(work, accounts, first, "274906", BROWSER)
        assert (await signing_in.by_card(work, accounts, f" {second}\n", "305817", BROWSER)).id == account.id

    ground.run(main)


def test_a_pin_cannot_be_guessed(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await ledger.citizen(work, "Patient/cu-ba")
        card = await cards.issue(work, account.id, "274906")
        for _ in range(6):
            with pytest.raises(NotRecognised):
                await signing_in.by_card(work, accounts, card, "000001", BROWSER)
        with pytest.raises(TooManyTries):
            await signing_in.by_card(work, accounts, card, "274906", BROWSER)

    ground.run(main)


def test_a_slip_opens_once_signs_everybody_else_out_and_says_who_gave_it(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await staff(work)
        thief = await signing_in.admit(work, accounts_of(ground), account, Method.PASSWORD, BROWSER)
        older = await slips.issue(work, account.id, "recovery", seen_document="can-cuoc")
        slip = await slips.issue(work, account.id, "recovery", seen_document="can-cuoc")
        with pytest.raises(SlipSpent):
            await signing_in.by_slip(work, accounts, older, BROWSER)
        assert (await signing_in.by_slip(work, accounts, slip, BROWSER)).id == account.id
        assert await sessions.of_cookie(work.connection, thief, work.at) is None
        with pytest.raises(SlipSpent):
            await signing_in.by_slip(work, accounts, slip, BROWSER)
        kept = await work.connection.fetchrow("select issued_by, seen_document from account_slip order by id desc")
        assert tuple(kept or ()) == (TESTER.subject, "can-cuoc")

    ground.run(main)


def test_of_ten_who_redeem_one_slip_at_once_exactly_one_gets_in(ground: Ground) -> None:
    async def prepare(work: Work) -> str:
        return await slips.issue(work, (await staff(work)).id, "enrolment")

    slip = ground.run(prepare)

    async def one(database: Database) -> bool:
        try:
            async with works.begin(database, TESTER, works.OPERATIONS, transaction=False) as work:
                await slips.redeem(work, slip)
        except Problem:
            return False
        return True

    async def main(database: Database) -> int:
        return sum(await asyncio.gather(*(one(database) for _ in range(10))))

    assert ground.open(main) == 1


def test_the_key_of_secrets_is_changed_and_what_was_closed_opens(ground: Ground, tmp_path: Path) -> None:
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    before = vault.Vault.of(tmp_path)

    async def main(work: Work) -> None:
        account = await staff(work)
        secret = passwords.new_totp()
        await work.connection.execute(
            "insert into account_totp (account_id, secret, last_step, created_at) values ($1, $2, 0, $3)",
            account.id, before.close(secret), work.at,
        )  # fmt: skip
        older = vault.change_key(tmp_path, at)
        assert await vault.close_anew(work, vault.Vault.of(tmp_path)) == 1
        older.unlink()
        closed = await work.connection.fetchval("select secret from account_totp")
        assert vault.Vault.of(tmp_path).open(closed) == secret
        with pytest.raises(Problem):
            before.open(closed)

    ground.run(main, transaction=True)


def test_until_all_is_closed_anew_the_older_key_still_opens(tmp_path: Path) -> None:
    closed = vault.Vault.of(tmp_path).close("secret")
    older = vault.change_key(tmp_path, datetime(2026, 11, 23, 8, tzinfo=UTC))
    assert vault.Vault.of(tmp_path).open(closed) == "secret"
    older.unlink()
    with pytest.raises(Problem):
        vault.Vault.of(tmp_path).open(closed)
