"""From what an act has seen to rows of the access log: one for each deed and rule, with all whose data it was.

A row is packed at once as PostgreSQL's COPY takes it, for that is all that is done with it: kept, carried, and copied in.

FHIR: AuditEvent
Source: https://profiles.ihe.net/ITI/BALP/ (basic audit log patterns); https://www.postgresql.org/docs/18/sql-copy.html
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from itertools import chain

from anlanh.fhir.store.copying import microseconds, packed_numbers
from anlanh.platform.work import Act, Deed

COLUMNS = (
    "at", "patients", "deed", "resources", "subject", "role", "organization", "client", "purpose", "rule", "interaction",
    "query", "request", "network",
)  # fmt: skip

LONGEST_QUERY = 2000
NOBODY = -1
"""The place of a resource that is about nobody in particular."""

_RESOURCE = struct.Struct(">qhh")
_FIRST = struct.Struct(">hiq")
_BYTES = struct.Struct(">i")


def packed(act: Act, type_number: Callable[[str], int]) -> bytes:
    """The rows of an act, in the order in which things were first seen; empty when nothing was."""
    groups: dict[tuple[Deed, str], tuple[dict[int, int], dict[tuple[int, int, int], None]]] = {}
    for deed, resource_type, rid, patients, rule in act.seen:
        group = groups.get((deed, rule))
        if group is None:
            group = groups[deed, rule] = ({}, {})
        places, resources = group
        number = type_number(resource_type)
        for patient in patients:
            resources[rid, number, places.setdefault(patient, len(places))] = None
        if not patients:
            resources[rid, number, NOBODY] = None
    who, occasion = act.principal, act.occasion
    first = _FIRST.pack(len(COLUMNS), 8, microseconds(act.at))
    actor = _texts(who.subject, who.role, who.organizations[0] if who.organizations else "", who.client, act.purpose)
    last = _text(occasion.query[:LONGEST_QUERY]) + _text(occasion.request) + _text(occasion.network)
    return b"".join(
        part
        for (deed, rule), (places, resources) in groups.items()
        for part in (
            first, packed_numbers(list(places)), _DEEDS[deed], _resources(len(resources)).pack(
                _RESOURCE.size * len(resources), *chain.from_iterable(resources)
            ),
            actor, _texts(rule, occasion.interaction), last,
        )
    )  # fmt: skip


@lru_cache(maxsize=2048)
def _resources(count: int) -> struct.Struct:
    """The field of so many resources, its length first."""
    return struct.Struct(">i" + "qhh" * count)


def resources_of(row: bytes, place: int | None = None) -> list[tuple[int, int]]:
    """Key and type number of each resource that a row names: all, or those of the patient at that place."""
    return [(rid, number) for rid, number, at in _RESOURCE.iter_unpack(row) if place is None or at == place]


def _text(text: str) -> bytes:
    """A field of type text, which holds neither U+0000 nor halves of characters."""
    encoded = text.encode("utf-8", "replace").replace(b"\0", b"?")
    return _BYTES.pack(len(encoded)) + encoded


@lru_cache(maxsize=4096)
def _texts(*texts: str) -> bytes:
    return b"".join(map(_text, texts))


_DEEDS: dict[Deed, bytes] = {deed: _text(deed) for deed in ("C", "R", "U", "D", "E")}
