"""From what an act has seen to rows of the access log: one for each deed and rule, with all whose data it was.

FHIR: AuditEvent
Source: https://profiles.ihe.net/ITI/BALP/ (basic audit log patterns)
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias, cast

from anlanh.platform.work import Act, Deed

Row: TypeAlias = tuple[datetime, list[int], bytes, bytes, str, str, str, str, str, str, str, str, str, str]

COLUMNS = (
    "at", "patients", "deed", "resources", "subject", "role", "organization", "client", "purpose", "rule", "interaction",
    "query", "request", "network",
)  # fmt: skip

LONGEST_QUERY = 2000
_RESOURCE = struct.Struct(">qhh")
NOBODY = -1
"""The place of a resource that is about nobody in particular."""


def of(act: Act, type_number: Callable[[str], int]) -> Iterator[Row]:
    """The rows of an act, in the order in which things were first seen."""
    groups: dict[tuple[Deed, str], tuple[dict[int, int], dict[tuple[int, int, int], None]]] = {}
    for deed, resource_type, rid, patients, rule in act.seen:
        places, resources = groups.setdefault((deed, rule), ({}, {}))
        number = type_number(resource_type)
        for patient in patients:
            resources[rid, number, places.setdefault(patient, len(places))] = None
        if not patients:
            resources[rid, number, NOBODY] = None
    who, occasion = act.principal, act.occasion
    organization = who.organizations[0] if who.organizations else ""
    for (deed, rule), (places, resources) in groups.items():
        yield (
            act.at, list(places), deed.encode(), b"".join(_RESOURCE.pack(*each) for each in resources), who.subject,
            who.role, organization, who.client, act.purpose, rule, occasion.interaction, occasion.query[:LONGEST_QUERY],
            occasion.request, occasion.network,
        )  # fmt: skip


def resources_of(packed: bytes, place: int | None = None) -> list[tuple[int, int]]:
    """Key and type number of each resource that a row names: all, or those of the patient at that place."""
    return [(rid, number) for rid, number, at in _RESOURCE.iter_unpack(packed) if place is None or at == place]


def as_json(row: Row) -> list[Any]:
    """A row as JSON values."""
    at, patients, deed, resources, *texts = row
    return [at.isoformat(), patients, deed.decode(), resources.hex(), *texts]


def of_json(values: Sequence[Any]) -> Row:
    """A row back from JSON values."""
    at, patients, deed, resources, *texts = values
    return cast("Row", (datetime.fromisoformat(at), patients, deed.encode(), bytes.fromhex(resources), *texts))
