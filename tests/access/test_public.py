"""Those who have not signed in are answered, but not without end; and nobody is taken for another by what they say of themselves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import MutableMapping
from typing import Any

import pytest

from anlanh.access import public
from anlanh.access.public import ANYBODY, AskedTooOften, Visitors
from anlanh.fhir.rest import http
from anlanh.platform import processes

OPEN = ("Organization",)


class Clock:
    """A time that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 6000.0

    def __call__(self) -> float:
        return self.at


def answered(visitors: Visitors, address: str) -> int:
    """How often somebody is answered before they are told to wait."""
    count = 0
    with contextlib.suppress(AskedTooOften):
        while count < 100:
            visitors.who("GET", OPEN, address)
            count += 1
    return count


def test_a_network_is_answered_so_often_in_a_minute_and_then_told_when_to_come_back() -> None:
    clock = Clock()
    visitors = Visitors(most=3, now=clock)
    assert [visitors.who("GET", OPEN, "203.0.113.9") for _ in range(3)] == [ANYBODY] * 3
    clock.at += 20
    with pytest.raises(AskedTooOften) as refused:
        visitors.who("GET", OPEN, "203.0.113.9")
    wait = refused.value.facts["retry_after_s"]
    assert isinstance(wait, int)
    clock.at += wait + 20
    assert visitors.who("GET", OPEN, "203.0.113.9") is ANYBODY


@pytest.mark.parametrize(("gap", "more"), [(1.0, 0), (30.0, 5), (59.0, 9), (61.0, 10)])
def test_around_the_full_minute_nobody_gets_twice_as_much(gap: float, more: int) -> None:
    clock = Clock()
    visitors = Visitors(most=10, now=clock)
    clock.at += 59.9
    for _ in range(10):
        visitors.who("GET", OPEN, "203.0.113.9")
    clock.at += gap
    assert answered(visitors, "203.0.113.9") == pytest.approx(more, abs=1)


def test_networks_are_counted_apart_and_addresses_of_one_network_together() -> None:
    visitors = Visitors(most=1, now=Clock())
    assert visitors.who("GET", OPEN, "203.0.113.9") is ANYBODY
    assert visitors.who("GET", OPEN, "203.0.113.10") is ANYBODY
    assert visitors.who("GET", OPEN, "2001:db8::1") is ANYBODY
    with pytest.raises(AskedTooOften):
        visitors.who("GET", OPEN, "2001:db8::2")


def test_what_needs_a_token_is_not_counted() -> None:
    visitors = Visitors(most=1, now=Clock())
    assert [visitors.who("GET", ("Patient",), "203.0.113.9") for _ in range(3)] == [None] * 3


def test_no_more_networks_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "MOST_NETWORKS", 4)
    clock = Clock()
    visitors = Visitors(most=1, now=clock)
    for number in range(20):
        clock.at += 61
        visitors.who("GET", OPEN, f"203.0.113.{number}")
    assert len(visitors._counts) <= 4


def test_the_answer_says_in_its_header_when_to_come_back() -> None:
    refused = http._refused(AskedTooOften(most=300, retry_after_s=17))
    assert (refused.status, refused.headers["retry-after"]) == (429, "17")


def seen_as(proxies: str, came_from: str) -> str:
    """The address that the application sees of a request that says it is for 198.51.100.7."""
    seen: list[str] = []

    async def app(scope: MutableMapping[str, Any], receive: object, send: object) -> None:
        seen.append(scope["client"][0])

    config = processes.web_config(app, proxies)
    config.load()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "scheme": "http", "method": "GET", "path": "/", "client": (came_from, 4000),
        "headers": [(b"x-forwarded-for", b"198.51.100.7")],
    }  # fmt: skip
    asyncio.run(config.loaded_app(scope, None, None))  # type: ignore[arg-type]
    return seen[0]


def test_only_a_proxy_that_is_named_is_believed_for_whom_it_asks() -> None:
    assert seen_as("127.0.0.1", "127.0.0.1") == "198.51.100.7"
    assert seen_as("127.0.0.1", "203.0.113.9") == "203.0.113.9"
    assert seen_as("203.0.113.9", "203.0.113.9") == "198.51.100.7"
    assert seen_as("203.0.113.9", "127.0.0.1") == "127.0.0.1"
