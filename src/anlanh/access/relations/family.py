"""What a child's record opens to parents and guardians: by itself until 15, shared with the child until 18, and the
sensitive categories only as long as the child is young (`grown` in policy/categories.toml).

FHIR: RelatedPerson
Source: Bộ luật Dân sự 91/2015/QH13 Điều 21, 136; Luật 91/2025/QH15 Điều 24; Taiwan's My Health Bank for the ages
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from anlanh.access.policy.rules import Category
from anlanh.access.relations.care import LONG_AGO, Resource, instant_of
from anlanh.access.relations.model import Relation

OF_AGE = 18
GUARDIANS = frozenset(
    ("PRN", "MTH", "FTH", "NMTH", "NFTH", "ADOPTM", "ADOPTF", "GUARD", "PRNFOST", "STPPRN", "NPRN", "ADOPTP")
)
"""Relationships to the child that make a guardian. Source: http://terminology.hl7.org/CodeSystem/v3-RoleCode"""


def is_guardian(related: Resource) -> bool:
    """Whether a RelatedPerson says that somebody is parent or guardian of its patient, and still counts."""
    codes = {each.get("code") for concept in related.get("relationship", ()) for each in concept.get("coding", ())}
    return related.get("active") is not False and bool(codes & GUARDIANS)


def of(
    related: Resource, rid: int, child: int, born: date, guardian: int, categories: Iterable[Category]
) -> list[Relation]:
    """The relations of a guardian (key of the guardian's Patient) to a child born on that day."""
    if not is_guardian(related):
        return []
    ends = instant_of(related.get("period", {}).get("end"))
    spans = [("parent", OF_AGE), *((f"parent:{each.name}", min(each.grown, OF_AGE)) for each in categories)]
    found = []
    for kind, age in spans:
        until = birthday(born, age)
        if ends is not None:
            until = min(until, ends)
        if age:
            found.append(Relation(child, guardian, kind, LONG_AGO, until, rid))
    return found


def birthday(born: date, age: int) -> datetime:
    """The moment at which somebody is that old; those of 29 February on 1 March.

    >>> birthday(date(2012, 2, 29), 15).date()
    datetime.date(2027, 3, 1)
    """
    year = born.year + age
    leap = born.month == 2 and born.day == 29
    try:
        return datetime(year, born.month, born.day, tzinfo=UTC)
    except ValueError:
        assert leap
        return datetime(year, 3, 1, tzinfo=UTC)
