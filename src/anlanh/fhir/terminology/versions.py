"""Versions of code systems and value sets: patterns, order, and the rules a request gives.

FHIR: $expand parameters system-version, check-system-version, force-system-version
Source: https://hl7.org/fhir/R4/valueset-operation-expand.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from anlanh.fhir.terminology.problems import VersionsDisagree

_PARTS = re.compile(r"\d+|[^\d.\-_]+")
WILD = frozenset({"x", "X", "*"})


def order(version: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key: numbers as numbers, so that 1.10 comes after 1.9."""
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in _PARTS.findall(version))


def latest(versions: Iterable[str]) -> str | None:
    """The last of the versions, or None when there are none."""
    return max(versions, key=order, default=None)


def is_pattern(version: str) -> bool:
    """Whether the version has a wildcard part, as in `1.0.x` or `2024.*`."""
    return any(part in WILD for part in version.split("."))


def matches(wanted: str, version: str | None) -> bool:
    """Whether a version is the one wanted; `x` and `*` stand for anything from there on.

    >>> matches("1.x", "1.2.0"), matches("1", "1.2.0")
    (True, False)
    """
    if version is None:
        return False
    if wanted == version:
        return True
    parts = version.split(".")
    for at, part in enumerate(wanted.split(".")):
        if part in WILD:
            return True
        if at >= len(parts) or part != parts[at]:
            return False
    return False


def present(versions: Iterable[str]) -> str:
    """The versions as words: `1.0.0 or 1.2.0`."""
    known = sorted(versions, key=order)
    if len(known) < 3:
        return " or ".join(known)
    return f"{', '.join(known[:-1])} or {known[-1]}"


@dataclass(frozen=True)
class Rules:
    """Which version of a system to use: forced, checked, or as the default. Keys are URLs."""

    force: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    check: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    default: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    value_sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def choose(self, system: str, stated: str | None) -> tuple[str | None, str | None]:
        """The version to look for (or None for any), and the parameter that decided it (or None).

        Raises:
            VersionsDisagree: two parameters of one kind name different versions.
        """
        if forced := one(system, self.force.get(system, ())):
            return forced, "force-system-version"
        if stated:
            return stated, None
        if default := one(system, self.default.get(system, ())):
            return default, "system-version"
        if checked := self.check.get(system):
            return checked[0], "check-system-version"
        return None, None


def one(system: str, versions: tuple[str, ...]) -> str | None:
    """The one version given for a system, None when none is.

    Raises:
        VersionsDisagree: two are given.
    """
    if len(set(versions)) > 1:
        raise VersionsDisagree(system=system, one=versions[0], other=versions[1])
    return versions[0] if versions else None
