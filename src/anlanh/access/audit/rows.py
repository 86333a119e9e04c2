"""From what an act has seen to rows of the access log: one for each deed and rule, with all whose data it was.

A row is packed at once as PostgreSQL's COPY takes it, for that is all that is done with it: kept, carried, and copied in.

FHIR: AuditEvent
Source: https://profiles.ihe.net/ITI/BALP/ (basic audit log patterns); https://www.postgresql.org/docs/18/sql-copy.html
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeAlias

from anlanh.fhir.store.copying import microseconds, packed_numbers
from anlanh.platform.work import Act, Deed, Seen

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
    seen = act.seen
    if not seen:
        return b""
    who, occasion = act.principal, act.occasion
    at = microseconds(act.at)
    actor = _texts(who.subject, who.role, who.organizations[0] if who.organizations else "", who.client, act.purpose)
    last = _text(occasion.query[:LONGEST_QUERY]) + _text(occasion.request) + _texts(occasion.network)
    if len(seen) == 1 and len(seen[0].patients) == 1:
        deed, resource_type, rids, (patient,), rule = seen[0]
        number = type_number(resource_type)
        flat = [rids[0], number, 0] if len(rids) == 1 else [x for rid in dict.fromkeys(rids) for x in (rid, number, 0)]
        size = 4 * len(flat)
        of_one = _of_one(len(flat) // 3).pack(
            len(COLUMNS), 8, at, 32, 1, 0, 20, 1, 1, 8, patient, 1, deed.encode(), size, *flat
        )
        return of_one + actor + _texts(rule, occasion.interaction) + last
    first = _FIRST.pack(len(COLUMNS), 8, at)
    return b"".join(
        part
        for (deed, rule), (places, resources) in _groups(seen, type_number).items()
        for part in (
            first, packed_numbers(list(places)), _texts(deed), _BYTES.pack(_RESOURCE.size * len(resources)), *resources,
            actor, _texts(rule, occasion.interaction), last,
        )
    )  # fmt: skip


@lru_cache(maxsize=2048)
def _of_one(count: int) -> struct.Struct:
    """The first four columns of so many resources of one person, the most frequent by far."""
    return struct.Struct(">hiqiiiIiiiqici" + "qhh" * count)


_Group: TypeAlias = tuple[dict[int, int], dict[bytes, None]]
"""Persons to their places, and what was seen, packed."""


def _groups(seen: Iterable[Seen], type_number: Callable[[str], int]) -> dict[tuple[Deed, str], _Group]:
    groups: dict[tuple[Deed, str], _Group] = {}
    for deed, resource_type, rids, patients, rule in seen:
        group = groups.get((deed, rule))
        if group is None:
            group = groups[deed, rule] = ({}, {})
        persons, resources = group
        number = type_number(resource_type)
        for patient in patients:
            place = persons.setdefault(patient, len(persons))
            for rid in rids:
                resources[_RESOURCE.pack(rid, number, place)] = None
        if not patients:
            resources |= dict.fromkeys(_RESOURCE.pack(rid, number, NOBODY) for rid in rids)
    return groups


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
