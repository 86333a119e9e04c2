"""What happens to an account is told to its owner at once: what, when, from which kind of device, and nothing more."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pyotp
import pytest

from anlanh.access.accounts import announcing, ledger, passwords, signing_in
from anlanh.access.accounts.model import Account, Method
from anlanh.access.accounts.problems import NotRecognised
from anlanh.fhir.model import json
from anlanh.platform.work import Work
from tests.access.accounts.people import BROWSER, PLACE, VAULT, accounts_of, keep, patient, staff
from tests.conftest import Ground

PASSWORD = "trà xanh bốn mùa 7"
HOME, STRANGE = replace(BROWSER, device="at home"), replace(BROWSER, device="never seen before")


async def told(work: Work, ground: Ground) -> list[dict[str, Any]]:
    """Messages of the record, oldest first."""
    rows = await work.connection.fetch(
        "select content from resource where type = $1 order by updated_at, id",
        ground.record.type_number("Communication"),
    )
    return [json.decode_fast(row["content"]) for row in rows]


async def citizen(work: Work, ground: Ground) -> Account:
    """A citizen of the record with an account."""
    await keep(work, ground, patient("an", "001", "1985-03-05"))
    return await ledger.citizen(work, "Patient/an")


@pytest.mark.parametrize("what", sorted(announcing.TOLD))
def test_a_change_to_an_account_is_told_with_what_when_and_from_which_device(ground: Ground, what: str) -> None:
    async def main(work: Work) -> None:
        account = await citizen(work, ground)
        await announcing.happened(work, ground.record, account, what, PLACE)
        (message,) = await told(work, ground)
        text = message["payload"][0]["contentString"]
        assert message["topic"]["text"] == announcing.TOLD[what][0]
        assert re.search(r"lúc \d\d:\d\d ngày \d\d/\d\d/\d{4}, từ Firefox\.\n", text)
        assert text.endswith(announcing.WAY_OUT)
        assert PLACE.network not in text
        assert message["recipient"] == [{"reference": "Patient/an"}]
        assert [each.what for each in await ledger.events(work, account.id)] == [what]

    ground.run(main)


def test_what_a_desk_did_is_told_without_naming_who_or_where(ground: Ground) -> None:
    async def main(work: Work) -> None:
        account = await citizen(work, ground)
        await announcing.happened(work, ground.record, account, "slip-issued", PLACE, by_ref="Practitioner/le-tan")
        (message,) = await told(work, ground)
        assert announcing.AT_A_DESK in message["payload"][0]["contentString"]
        assert "le-tan" not in json.encode(message).decode()

    ground.run(main)


def test_a_sign_in_from_a_device_never_seen_before_is_told_once(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await citizen(work, ground)
        for browser in (HOME, HOME, STRANGE, STRANGE, HOME):
            await signing_in.admit(work, accounts, account, Method.VNEID, browser)
        assert [each["topic"]["text"] for each in await told(work, ground)] == ["Đăng nhập từ thiết bị mới"]

    ground.run(main)


def test_a_device_that_many_share_is_never_known(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await citizen(work, ground)
        for browser in (HOME, BROWSER, BROWSER):
            await signing_in.admit(work, accounts, account, Method.VNEID, browser)
        assert len(await told(work, ground)) == 2

    ground.run(main)


def test_a_slip_that_opened_an_account_is_told_once_even_on_a_new_device(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await citizen(work, ground)
        await signing_in.admit(work, accounts, account, Method.VNEID, HOME)
        await signing_in.admit(work, accounts, account, Method.RECOVERY, STRANGE)
        assert [each["topic"]["text"] for each in await told(work, ground)] == ["Tài khoản đã được mở bằng phiếu"]

    ground.run(main)


def test_a_code_of_the_app_used_a_second_time_is_refused_and_told_once(ground: Ground) -> None:
    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await staff(work)
        await passwords.set_password(work, account.id, PASSWORD, account.login)
        secret = passwords.new_totp()
        used = pyotp.TOTP(secret).at(work.at)
        await passwords.add_totp(work, VAULT, account.id, secret, used)
        for code in (used, used, "000000"):
            with pytest.raises(NotRecognised, match="did not match"):
                await signing_in.by_password(work, accounts, str(account.login), PASSWORD, code, BROWSER)
        with pytest.raises(NotRecognised):
            await signing_in.by_password(work, accounts, str(account.login), "wrong", used, BROWSER)
        (message,) = await told(work, ground)
        assert message["topic"]["text"] == "Mã của ứng dụng bị dùng lại"
        assert message["recipient"] == [{"reference": "Practitioner/bac-si"}]
        assert used not in json.encode(message).decode()
        assert [each.what for each in await ledger.events(work, account.id)] == [announcing.REUSED] * 2

    ground.run(main)


def test_where_the_message_cannot_be_written_nothing_has_happened(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_given: object, **_named: object) -> bool:
        raise RuntimeError("no message")

    async def main(work: Work) -> None:
        accounts, account = accounts_of(ground), await citizen(work, ground)
        await signing_in.admit(work, accounts, account, Method.VNEID, HOME)
        monkeypatch.setattr(announcing.notices, "tell", broken)
        with pytest.raises(RuntimeError):
            await signing_in.admit(work, accounts, account, Method.VNEID, STRANGE)
        assert len(await ledger.events(work, account.id)) == 1
        assert await work.connection.fetchval("select count(*) from account_session") == 1

    ground.run(main)
