"""Those who have not signed in: as whom they act, and what of FHIR they may ask for without a token.

What they see of it the policy says (`rules.toml`, role `public`), for the pages of the directory as for FHIR.

FHIR: read, search
Source: docs/directory.md
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from anlanh.access.policy import rules
from anlanh.access.principals import principal
from anlanh.platform.work import Principal

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
