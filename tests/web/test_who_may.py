"""Who may use a page, and what they have to do first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from starlette.responses import PlainTextResponse, Response

from anlanh.access.accounts.model import Assignment, Kind, Method, Session
from anlanh.kernel import settings as settings_
from anlanh.web.permission import EVERY_ROLE
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.site import Site
from tests.web.browsing import SIGNED_IN, Permission, Visitor

page = Pages("web", "anlanh.web")
WARD = Permission("test.ward", frozenset(("doctor", "citizen")))
KEYS = Permission("test.keys", EVERY_ROLE, assurance=2, fresh=True)


@page.get("/t/ward", needs=WARD)
async def ward(request: Request) -> Response:
    return PlainTextResponse(request.principal.role)


@page.get("/t/keys", needs=KEYS)
async def keys(request: Request) -> Response:
    return PlainTextResponse("keys")


@page.get("/t/own", needs=SIGNED_IN)
async def own(request: Request) -> Response:
    return PlainTextResponse("own")


class _Database:
    @asynccontextmanager
    async def connection(self) -> AsyncIterator[None]:
        yield None


def _session(role: str, assurance: int, proved: timedelta = timedelta()) -> Session:
    now = datetime.now(UTC)
    place = Assignment(1, role, "Organization/bv-a", None, None, now, None) if role not in ("", "citizen") else None
    kind = Kind.CITIZEN if role == "citizen" else Kind.STAFF
    return Session(
        1, b"k", 1, kind, "Patient/a", place, Method.PHONE, assurance, now, now - proved, now + timedelta(hours=1)
    )


def _visitor(session: Session) -> Visitor:
    async def find(connection: object, cookie: str) -> Session:
        return session

    visitor = Visitor(Site([page], _Database(), settings_.read({}), find))  # type: ignore[arg-type]  # stands for one
    visitor.cookies.set("an_phien", "cookie")
    return visitor


@pytest.mark.parametrize(
    ("role", "assurance", "path", "status", "leads"),
    [
        ("doctor", 2, "/t/ward", 200, ""),
        ("doctor", 1, "/t/ward", 303, "/xac-nhan-lai"),
        ("citizen", 1, "/t/ward", 200, ""),
        ("nurse", 2, "/t/ward", 404, ""),
        ("", 2, "/t/ward", 303, "/chon-noi-lam-viec"),
        ("", 2, "/t/own", 200, ""),
        ("", 2, "/t/keys", 200, ""),
        ("citizen", 1, "/t/keys", 303, "/xac-nhan-lai"),
        ("citizen", 2, "/t/keys", 200, ""),
    ],
)
def test_who_may_and_what_comes_first(role: str, assurance: int, path: str, status: int, leads: str) -> None:
    answer = _visitor(_session(role, assurance)).get(path)
    assert answer.status_code == status
    assert answer.headers.get("location", "").partition("?")[0] == leads
    assert answer.headers["cache-control"] == "no-store"


def test_a_proof_of_six_minutes_ago_is_asked_for_again() -> None:
    answer = _visitor(_session("citizen", 2, timedelta(minutes=6))).get("/t/keys")
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/xac-nhan-lai")
