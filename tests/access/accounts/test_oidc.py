"""Signing in by a provider's word: what is believed, and what is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from anlanh.access.accounts import ledger, oidc, signing_in
from anlanh.access.accounts.model import Kind, MadeUp, Method
from anlanh.access.accounts.oidc import Provider, Relying
from anlanh.access.accounts.problems import (
    FlowSpent,
    NoRecordYet,
    NoStaffAccount,
    ProviderDown,
    ProviderRefused,
    UnknownProvider,
)
from anlanh.access.vneid_simulator.provider import Simulator
from anlanh.fhir.vn.systems import PERSONAL_ID
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from tests.access.accounts.people import BROWSER, PLACE, accounts_of, keep, patient
from tests.conftest import TESTER, Ground

NUMBER = "019185000001"
HOA = MadeUp("hoa", "Nông Thị Hoa", "Nông dân", "Farmer", NUMBER)
BACK = "http://an.test/dang-nhap/vneid/ve"
NOW = 1_780_000_000.0


def _provider(issuer: str = "https://id.test", kind: Kind = Kind.CITIZEN) -> Provider:
    return Provider("vneid", "VNeID", kind, issuer, "anlanh", None, "so_dinh_danh", PERSONAL_ID)


def _simulated(kind: Kind = Kind.CITIZEN) -> Relying:
    simulator = Simulator("VNeID", "/mo-phong/vneid", "anlanh", [HOA], b"k" * 32)
    return Relying(_provider(simulator.issuer, kind), httpx.ASGITransport(simulator.app))


async def _went(work: Work, relying: Relying) -> dict[str, str]:
    """Go to the provider as Hoa; what the browser comes back with."""
    address = await relying.begin(work, redirect_uri=BACK, browser=BROWSER.secret, next_path="/ho-so", hint="hoa")
    async with httpx.AsyncClient(transport=relying._transport, base_url="http://an.test") as client:
        answer = await client.get(address)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def test_a_citizen_comes_back_from_vneid_as_themselves(ground: Ground) -> None:
    async def main(work: Work) -> None:
        relying = _simulated()
        await keep(work, ground, patient("hoa", NUMBER, "1985-03-05"))
        answer = await _went(work, relying)
        proved = await signing_in.by_provider(work, accounts_of(ground, vneid=relying), "vneid", answer, BACK, BROWSER)
        assert (proved.account.person_ref, proved.method, proved.next) == ("Patient/hoa", Method.VNEID, "/ho-so")

    ground.run(main)


def test_who_has_no_record_is_told_where_to_get_one(ground: Ground) -> None:
    async def main(work: Work) -> None:
        relying = _simulated()
        answer = await _went(work, relying)
        with pytest.raises(NoRecordYet):
            await signing_in.by_provider(work, accounts_of(ground, vneid=relying), "vneid", answer, BACK, BROWSER)

    ground.run(main)


def test_staff_need_an_account_beside_the_word_of_their_organisation(ground: Ground) -> None:
    async def main(work: Work) -> None:
        relying = _simulated(Kind.STAFF)
        accounts = accounts_of(ground, vneid=relying)
        doctor = {"resourceType": "Practitioner", "id": "bs", "identifier": [{"system": PERSONAL_ID, "value": NUMBER}]}
        await keep(work, ground, doctor)
        with pytest.raises(NoStaffAccount):
            await signing_in.by_provider(work, accounts, "vneid", await _went(work, relying), BACK, BROWSER)
        account = await ledger.staff(work, "Practitioner/bs", "bs")
        proved = await signing_in.by_provider(work, accounts, "vneid", await _went(work, relying), BACK, BROWSER)
        assert (proved.account, proved.method) == (account, Method.ORGANISATION)

    ground.run(main)


def test_an_answer_is_good_once_and_only_in_the_browser_that_began(ground: Ground) -> None:
    async def main(work: Work) -> None:
        relying = _simulated()
        accounts = accounts_of(ground, vneid=relying)
        await keep(work, ground, patient("hoa", NUMBER, "1985-03-05"))
        answer = await _went(work, relying)
        other = signing_in.Browser("another browser", None, PLACE)
        with pytest.raises(FlowSpent):
            await signing_in.by_provider(work, accounts, "vneid", answer, BACK, other)
        await signing_in.by_provider(work, accounts, "vneid", answer, BACK, BROWSER)
        with pytest.raises(FlowSpent):
            await signing_in.by_provider(work, accounts, "vneid", answer, BACK, BROWSER)
        with pytest.raises(UnknownProvider):
            await signing_in.by_provider(work, accounts, "other", answer, BACK, BROWSER)

    ground.run(main)


def test_of_ten_answers_at_once_exactly_one_counts(ground: Ground) -> None:
    relying = _simulated()

    async def prepare(work: Work) -> dict[str, str]:
        await keep(work, ground, patient("hoa", NUMBER, "1985-03-05"))
        return await _went(work, relying)

    answer = ground.run(prepare)

    async def one(database: Database) -> bool:
        try:
            async with works.begin(database, TESTER, works.OPERATIONS, transaction=False) as work:
                await signing_in.by_provider(work, accounts_of(ground, vneid=relying), "vneid", answer, BACK, BROWSER)
        except Problem:
            return False
        return True

    async def main(database: Database) -> int:
        return sum(await asyncio.gather(*(one(database) for _ in range(10))))

    assert ground.open(main) == 1


def test_a_code_stolen_on_the_way_is_worth_nothing_without_the_verifier(ground: Ground) -> None:
    async def main(work: Work) -> None:
        relying = _simulated()
        answer = await _went(work, relying)
        flow = await oidc.spend(work, "vneid", answer["state"], BROWSER.secret)
        stolen = oidc.Flow(flow.provider_id, flow.nonce, "another verifier", flow.next, None)
        with pytest.raises(ProviderRefused):
            await relying.finish(stolen, answer, redirect_uri=BACK)

    ground.run(main)


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "access_denied"},
        {"code": ""},
        {"code": "x", "iss": "https://evil.example"},
        {"code": "not of this provider"},
    ],
)
def test_a_provider_that_says_no_is_heard(answer: Mapping[str, str]) -> None:
    with pytest.raises(ProviderRefused):
        asyncio.run(_simulated().finish(oidc.Flow("vneid", "n", "v", "/", None), answer, redirect_uri=BACK))


def _fails(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no way")


@pytest.mark.parametrize(
    "answers",
    [
        _fails,
        lambda request: httpx.Response(500),
        lambda request: httpx.Response(200, text="<html>"),
        lambda request: httpx.Response(200, json=["x"]),
        lambda request: httpx.Response(200, json={"issuer": "https://evil.example"}),
    ],
)
def test_a_provider_that_is_down_shows_the_way_out(
    ground: Ground, answers: Callable[[httpx.Request], httpx.Response]
) -> None:
    async def main(work: Work) -> None:
        relying = Relying(_provider(), httpx.MockTransport(answers))
        with pytest.raises(ProviderDown) as told:
            await relying.begin(work, redirect_uri=BACK, browser="b", next_path="/")
        assert "phone" in told.value.way_out

    ground.run(main)


GOOD: dict[str, Any] = {
    "iss": "https://id.test", "aud": "anlanh", "exp": NOW + 300, "iat": NOW, "nonce": "n", "so_dinh_danh": NUMBER,
}  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "believed"),
    [
        ({}, True),
        ({"exp": NOW - 59}, True),
        ({"exp": NOW - 60}, False),
        ({"iat": NOW + 59}, True),
        ({"iat": NOW + 60}, False),
        ({"nbf": NOW + 60}, False),
        ({"exp": None}, False),
        ({"exp": "tomorrow"}, False),
        ({"iss": "https://evil.example"}, False),
        ({"nonce": "another"}, False),
        ({"aud": "another"}, False),
        ({"aud": ["anlanh"]}, True),
        ({"aud": ["anlanh", "another"]}, False),
        ({"aud": ["anlanh", "another"], "azp": "anlanh"}, True),
        ({"azp": "another"}, False),
        ({"aud": None}, False),
    ],
)
def test_a_token_must_be_of_this_provider_for_this_program_and_of_now(claims: dict[str, Any], believed: bool) -> None:
    assert oidc.is_for_us({**GOOD, **claims}, _provider(), "n", NOW) is believed


@pytest.mark.parametrize("token", ["", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzb19kaW5oX2RhbmgiOiIxIn0."])
def test_a_token_that_is_not_signed_by_the_provider_is_not_believed(token: str) -> None:
    with pytest.raises(ProviderRefused):
        asyncio.run(_simulated()._believed(token, "n", time.time()))
