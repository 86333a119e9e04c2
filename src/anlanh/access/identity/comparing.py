"""Two persons side by side: for each feature, how it is alike. Pure, and the same in both directions.

FHIR: Patient/$match
"""

from __future__ import annotations

from typing import NamedTuple

from anlanh.access.identity import names
from anlanh.access.identity.person import Day, Person

LEVELS: dict[str, tuple[str, ...]] = {
    "name": names.LEVELS,
    "birth": ("same", "swapped", "slip", "year", "same-year", "differs", "unknown"),
    "sex": ("same", "differs", "unknown"),
    "personal": ("same", "near", "differs", "unknown"),
    "number": ("same", "differs", "unknown"),
    "where": ("phone", "home", "commune", "elsewhere", "unknown"),
}
"""Feature to its levels, from most alike to least."""

_NAME_RANK = {level: at for at, level in enumerate(names.LEVELS)}


class Levels(NamedTuple):
    """The level of each feature of a pair."""

    name: str
    birth: str
    sex: str
    personal: str
    number: str
    where: str


def compare(a: Person, b: Person) -> Levels:
    """How two persons are alike."""
    return Levels(
        min((names.compare(x, y) for x in a.names for y in b.names), key=_NAME_RANK.__getitem__, default="unknown"),
        birth(a.born, b.born),
        "unknown" if not (a.sex and b.sex) else "same" if a.sex == b.sex else "differs",
        _personal(a, b),
        _number(a, b),
        _where(a, b),
    )


def birth(a: Day | None, b: Day | None) -> str:
    """How two dates of birth are alike. The first of January stands for a day that nobody knows.

    >>> birth((1985, 3, 5), (1985, 5, 3)), birth((1950, 1, 1), (1950, 7, 2)), birth((1985, 3, 5), (1986, 3, 5))
    ('swapped', 'year', 'slip')
    """
    if a is None or b is None:
        return "unknown"
    vague = not (_is_known(a) and _is_known(b))
    if vague:
        return "year" if a[0] == b[0] else "differs"
    if a == b:
        return "same"
    if a == (b[0], b[2], b[1]):
        return "swapped"
    if names.is_slip(_digits(a), _digits(b)):
        return "slip"
    return "same-year" if a[0] == b[0] else "differs"


def _is_known(day: Day) -> bool:
    return bool(day[1] and day[2]) and day[1:] != (1, 1)


def _digits(day: Day) -> str:
    return f"{day[0]:04}{day[1]:02}{day[2]:02}"


def _personal(a: Person, b: Person) -> str:
    """A number that one has and the other had is the same person's: numbers are never given out again."""
    if a.personal & (b.personal | b.once) or b.personal & a.once:
        return "same"
    if not (a.personal and b.personal):
        return "same" if a.once & b.once else "unknown"
    near = any(len(x) == len(y) and names.is_slip(x, y) for x in a.personal for y in b.personal)
    return "near" if near else "differs"


def _number(a: Person, b: Person) -> str:
    if a.insurance & b.insurance or a.others & b.others:
        return "same"
    return "differs" if a.insurance and b.insurance else "unknown"


def _where(a: Person, b: Person) -> str:
    if a.phones & b.phones:
        return "phone"
    if not (a.communes and b.communes):
        return "unknown"
    if not a.communes & b.communes:
        return "elsewhere"
    return "home" if a.lines & b.lines else "commune"
