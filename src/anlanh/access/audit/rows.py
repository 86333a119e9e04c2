"""From what an act has seen to rows of the access log: one for each person, deed and rule.

FHIR: AuditEvent
Source: https://profiles.ihe.net/ITI/BALP/ (basic audit log patterns)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeAlias

from anlanh.platform.work import Act, Deed

Row: TypeAlias = tuple[
    datetime, int | None, bytes, list[int], list[int], str, str, str, str, str, str, str, str, str, str
]

COLUMNS = (
    "at", "patient", "deed", "rids", "types", "subject", "role", "organization", "client", "purpose", "rule",
    "interaction", "query", "request", "network",
)  # fmt: skip

LONGEST_QUERY = 2000
MOST_RESOURCES = 1000
"""Resources that one row names; further ones get rows of their own."""


def of(act: Act, type_number: Callable[[str], int]) -> Iterator[Row]:
    """The rows of an act, in the order in which things were first seen."""
    groups: dict[tuple[int | None, Deed, str], dict[int, int]] = {}
    for deed, resource_type, rid, patients, rule in act.seen:
        number = type_number(resource_type)
        for patient in patients or (None,):
            groups.setdefault((patient, deed, rule), {})[rid] = number
    who, occasion = act.principal, act.occasion
    for (patient, deed, rule), resources in groups.items():
        rids, types = list(resources), list(resources.values())
        for at in range(0, len(rids), MOST_RESOURCES):
            yield (
                act.at, patient, deed.encode(), rids[at : at + MOST_RESOURCES], types[at : at + MOST_RESOURCES],
                who.subject, who.role, who.organizations[0] if who.organizations else "", who.client, act.purpose, rule,
                occasion.interaction, occasion.query[:LONGEST_QUERY], occasion.request, occasion.network,
            )  # fmt: skip
