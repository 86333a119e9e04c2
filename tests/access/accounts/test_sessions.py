"""Sessions: how they begin, what they are worth, and how they end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlanh.access.accounts import ledger, sessions, signing_in
from anlanh.access.accounts.model import Method, principal_of
from anlanh.access.accounts.problems import AccountClosed, NoAssignment, NoSuchThing, NotRecognised
from anlanh.platform.work import Work
from tests.access.accounts.people import BROWSER, PLACE, accounts_of, staff
from tests.conftest import Ground


def test_a_cookie_opens_its_session_and_nothing_in_the_database_is_one(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account = await staff(work)
        cookie = await signing_in.admit(work, accounts_of(ground), account, Method.PASSKEY, BROWSER)
        session = await sessions.of_cookie(work.connection, cookie, work.at)
        assert session is not None
        assert (session.person_ref, session.role, session.assurance) == ("Practitioner/bac-si", "doctor", 2)
        assert session.is_fresh(work.at)
        assert not session.is_fresh(work.at + timedelta(minutes=5))
        assert principal_of(session).organizations == ("Organization/bv-a",)
        assert await sessions.of_cookie(work.connection, session.key.hex(), work.at) is None
        assert await sessions.of_cookie(work.connection, cookie + "x", work.at) is None

    ground.run(main)


@pytest.mark.parametrize(
    ("kind", "idle"), [("staff", timedelta(minutes=31)), ("citizen", timedelta(days=7, minutes=1))]
)
def test_a_session_ends_when_it_is_not_used(ground: Ground, kind: str, idle: timedelta) -> None:
    async def main(work: Work) -> None:
        people = {"staff": await staff(work), "citizen": await ledger.citizen(work, "Patient/a")}
        cookie = await signing_in.admit(work, accounts_of(ground), people[kind], Method.VNEID, BROWSER)
        assert await sessions.of_cookie(work.connection, cookie, work.at + idle) is None
        used_at = work.at + idle - timedelta(minutes=2)
        assert await sessions.of_cookie(work.connection, cookie, used_at) is not None
        assert await sessions.of_cookie(work.connection, cookie, used_at + idle) is None

    ground.run(main)


def test_a_session_that_is_used_all_the_time_ends_too(ground: Ground) -> None:
    async def main(work: Work) -> None:
        cookie = await signing_in.admit(work, accounts_of(ground), await staff(work), Method.PASSKEY, BROWSER)
        for minutes in range(0, 12 * 60, 25):
            assert await sessions.of_cookie(work.connection, cookie, work.at + timedelta(minutes=minutes))
        assert await sessions.of_cookie(work.connection, cookie, work.at + timedelta(hours=12)) is None

    ground.run(main)


def test_signing_in_ends_the_session_that_the_browser_had(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account = await staff(work)
        planted = await signing_in.admit(work, accounts_of(ground), account, Method.PASSWORD, BROWSER)
        again = signing_in.Browser(BROWSER.secret, planted, PLACE)
        cookie = await signing_in.admit(work, accounts_of(ground), account, Method.PASSWORD, again)
        assert cookie != planted
        assert await sessions.of_cookie(work.connection, planted, work.at) is None

    ground.run(main)


def test_proving_oneself_anew_makes_the_old_cookie_worthless(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account = await staff(work)
        cookie = await signing_in.admit(work, accounts_of(ground), account, Method.PASSWORD, BROWSER)
        session = await sessions.of_cookie(work.connection, cookie, work.at)
        assert session is not None
        assert session.assurance == 1
        stronger = await signing_in.prove_anew(work, session, account, Method.PASSKEY, BROWSER)
        assert await sessions.of_cookie(work.connection, cookie, work.at) is None
        found = await sessions.of_cookie(work.connection, stronger, work.at)
        assert found is not None
        assert (found.assurance, found.is_fresh(work.at)) == (2, True)
        with pytest.raises(NoSuchThing):
            await signing_in.prove_anew(work, session, account, Method.PASSKEY, BROWSER)

    ground.run(main)


def test_nobody_steps_up_with_the_key_of_somebody_else(ground: Ground) -> None:
    async def main(work: Work) -> None:
        cookie = await signing_in.admit(work, accounts_of(ground), await staff(work), Method.PASSWORD, BROWSER)
        session = await sessions.of_cookie(work.connection, cookie, work.at)
        assert session is not None
        with pytest.raises(NotRecognised):
            await signing_in.prove_anew(work, session, await staff(work, "y-ta"), Method.PASSKEY, BROWSER)

    ground.run(main)


def test_staff_with_two_places_of_work_choose_and_only_among_their_own(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account = await staff(work, "giam-doc", "director", "doctor")
        other = await staff(work, "y-ta", "nurse")
        cookie = await signing_in.admit(work, accounts_of(ground), account, Method.PASSKEY, BROWSER)
        session = await sessions.of_cookie(work.connection, cookie, work.at)
        assert session is not None
        assert session.role is None
        [foreign] = await ledger.assignments(work, other.id)
        with pytest.raises(NoAssignment):
            await sessions.act_as(work, session, foreign.id)
        places = {each.role: each.id for each in await ledger.assignments(work, account.id)}
        chosen = await sessions.of_cookie(
            work.connection, await sessions.act_as(work, session, places["director"]), work.at
        )
        assert chosen is not None
        assert chosen.role == "director"

    ground.run(main)


def test_a_session_ends_with_the_assignment_in_which_it_acts(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account = await ledger.staff(work, "Practitioner/tam", "tam")
        until = work.at + timedelta(minutes=10)
        await ledger.assign(work, account.id, "nurse", "Organization/bv-a", until_at=until)
        cookie = await signing_in.admit(work, accounts_of(ground), account, Method.PASSKEY, BROWSER)
        assert await sessions.of_cookie(work.connection, cookie, work.at) is not None
        assert await sessions.of_cookie(work.connection, cookie, until) is None

    ground.run(main)


def test_an_account_of_staff_not_used_for_45_days_closes(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account = await staff(work)
        await work.connection.execute(
            "update account set last_seen_at = $2 where id = $1", account.id, work.at - timedelta(days=45, minutes=1)
        )
        idle = await ledger.of_id(work, account.id)
        assert idle is not None
        with pytest.raises(AccountClosed):
            await signing_in.admit(work, accounts_of(ground), idle, Method.PASSKEY, BROWSER)
        closed = await ledger.of_id(work, account.id)
        assert closed is not None
        assert closed.state == "disabled"

    ground.run(main)


def test_closing_an_account_signs_it_out_everywhere(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account = await staff(work)
        cookie = await signing_in.admit(work, accounts_of(ground), account, Method.PASSKEY, BROWSER)
        await ledger.disable(work, account.id)
        assert await sessions.of_cookie(work.connection, cookie, work.at) is None

    ground.run(main)


def test_one_device_is_signed_out_from_another_but_only_ones_own(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account, other = await staff(work), await staff(work, "y-ta")
        here = await signing_in.admit(work, accounts_of(ground), account, Method.PASSKEY, BROWSER)
        await signing_in.admit(work, accounts_of(ground), account, Method.PASSKEY, BROWSER)
        found = await sessions.devices(work, account.id)
        assert len(found) == 2
        session = await sessions.of_cookie(work.connection, here, work.at)
        assert session is not None
        there = next(each.id for each in found if each.id != session.id)
        await sessions.end_one(work, other.id, there)
        assert len(await sessions.devices(work, account.id)) == 2
        await sessions.end_one(work, account.id, there)
        assert [each.id for each in await sessions.devices(work, account.id)] == [session.id]

    ground.run(main)
