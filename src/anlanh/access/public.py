"""Those who have not signed in: as whom they act, and what of FHIR they may ask for without a token.

What they see of it the policy says (`rules.toml`, role `public`), for the pages of the directory as for FHIR.

FHIR: read, search
Source: docs/directory.md
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from math import ceil

from anlanh.access.accounts import attempts
from anlanh.access.policy import rules
from anlanh.access.principals import principal
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Principal

WINDOW_S = 60.0
MOST = 300
"""Requests of one network in a window, in one web worker."""
MOST_NETWORKS = 50_000
"""Networks remembered; beyond, those that are not in the newest window are forgotten, and all when that is not enough."""


class AskedTooOften(Problem):
    issue = "throttled"
    says = "Without a token {most} requests a minute are answered for one network address."
    hint = "Try again in {retry_after_s} seconds, or register an app and send its token."


class Visitors:
    """Who asks without a token, no more often than they may. What was asked in the window before counts by the part of it that
    still lies in the last minute, so that nobody gets twice as much around the full minute. Not kept over restarts."""

    def __init__(self, *, most: int = MOST, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._counts: dict[str, tuple[int, int, int]] = {}

    def who(self, method: str, path: Sequence[str], address: str) -> Principal | None:
        """As `who`, counted for the network of that address.

        Raises:
            AskedTooOften: it is let through again after `retry_after_s`.
        """
        found = who(method, path)
        if found is not None:
            self._count(attempts.network_of(address))
        return found

    def _count(self, network: str) -> None:
        window, inside = divmod(self._now(), WINDOW_S)
        at, count, before = self._counts.get(network, (int(window), 0, 0))
        if at != window:
            before, count = (count if at == window - 1 else 0), 0
        if count + before * (1 - inside / WINDOW_S) >= self._most:
            raise AskedTooOften(most=self._most, retry_after_s=self._wait(count, before, inside))
        if network not in self._counts and len(self._counts) >= MOST_NETWORKS:
            self._counts = {name: each for name, each in self._counts.items() if each[0] == window}
            if len(self._counts) >= MOST_NETWORKS:  # else each new network would go through all of them
                self._counts.clear()
        self._counts[network] = (int(window), count + 1, before)

    def _wait(self, count: int, before: int, inside: float) -> int:
        """Seconds until one more is let through, at most a window."""
        if count >= self._most:
            return ceil(WINDOW_S - inside)
        return max(1, ceil(WINDOW_S * (1 - (self._most - count - 1) / before) - inside))


METHODS = ("GET", "HEAD")

ANYBODY = principal("visitor:anybody", rules.PUBLIC)
"""Anybody at all: the same for everyone, so nothing of who asks is known or kept."""


@cache
def types() -> frozenset[str]:
    """The types of resources of which something can be searched by anybody."""
    return frozenset().union(*(e.types for e in rules.load().rules if rules.PUBLIC in e.roles and "s" in e.may))


def who(method: str, path: Sequence[str]) -> Principal | None:
    """ANYBODY where a request without a token is let through: to read or search one of the open types; else None.
    `path`: its parts below the endpoint."""
    plain = len(path) in (1, 2) and all(each[:1] not in ("$", "_") for each in path)
    return ANYBODY if method in METHODS and plain and path[0] in types() else None
