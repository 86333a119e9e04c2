"""From what an act has seen to rows of the access log: one for each person, deed and rule.

FHIR: AuditEvent
Source: https://profiles.ihe.net/ITI/BALP/ (basic audit log patterns)
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeAlias

from anlanh.platform.work import Act, Deed

Row: TypeAlias = tuple[datetime, int | None, bytes, bytes, str, str, str, str, str, str, str, str, str, str]

COLUMNS = (
    "at", "patient", "deed", "resources", "subject", "role", "organization", "client", "purpose", "rule", "interaction",
    "query", "request", "network",
)  # fmt: skip

LONGEST_QUERY = 2000
_RESOURCE = struct.Struct(">qh")


def of(act: Act, type_number: Callable[[str], int]) -> Iterator[Row]:
    """The rows of an act, in the order in which things were first seen."""
    groups: dict[tuple[int | None, Deed, str], dict[int, int]] = {}
    for deed, resource_type, rid, patients, rule in act.seen:
        number = type_number(resource_type)
        for patient in patients or (None,):
            groups.setdefault((patient, deed, rule), {})[rid] = number
    who, occasion = act.principal, act.occasion
    organization = who.organizations[0] if who.organizations else ""
    for (patient, deed, rule), resources in groups.items():
        yield (
            act.at, patient, deed.encode(), b"".join(_RESOURCE.pack(*each) for each in resources.items()), who.subject,
            who.role, organization, who.client, act.purpose, rule, occasion.interaction, occasion.query[:LONGEST_QUERY],
            occasion.request, occasion.network,
        )  # fmt: skip


def resources_of(packed: bytes) -> list[tuple[int, int]]:
    """Key and type number of each resource that a row names."""
    return list(_RESOURCE.iter_unpack(packed))
