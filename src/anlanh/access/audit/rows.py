"""From what an act has seen to rows of the access log: one for each deed and rule, with all whose data it was.

An act is told as MessagePack where it is seen, for that is the quickest way to keep and to carry it; whoever takes it over into
the log packs its rows as PostgreSQL's COPY takes them, many at once.

FHIR: AuditEvent
Source: https://profiles.ihe.net/ITI/BALP/ (basic audit log patterns); https://www.postgresql.org/docs/18/sql-copy.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

import msgspec

from anlanh.fhir.model import definitions
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

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def told(act: Act) -> bytes:
    """What an act has seen, as it is kept until the log has it; empty when nothing was."""
    if not act.seen:
        return b""
    who, occasion = act.principal, act.occasion
    organization = who.organizations[0] if who.organizations else ""
    actor = (who.subject, who.role, organization, who.client, act.purpose)
    asked = (occasion.interaction, occasion.query[:LONGEST_QUERY], occasion.request, occasion.network)
    try:
        return _encode((act.at, actor, asked, act.seen))
    except UnicodeEncodeError:  # halves of characters
        return _encode((act.at, *(_whole(texts) for texts in (actor, asked)), act.seen))


def _whole(texts: Iterable[str]) -> list[str]:
    return [text.encode("utf-8", "replace").decode() for text in texts]


def packed(told: bytes) -> bytes:
    """The rows of an act, in the order in which things were first seen."""
    if told.startswith(b"\0"):  # an older version packed them where they were seen
        return told
    at, actor, (interaction, query, request, network), seen = _decode(told)
    at_us, who, last = microseconds(at), _texts(*actor), _text(query) + _text(request) + _texts(network)
    if len(seen) == 1 and len(seen[0][3]) == 1:
        deed, resource_type, rids, (patient,), rule = seen[0]
        number = definitions.load().type_numbers[resource_type]
        flat = [rids[0], number, 0] if len(rids) == 1 else [x for rid in dict.fromkeys(rids) for x in (rid, number, 0)]
        of_one = _of_one(len(flat) // 3).pack(
            len(COLUMNS), 8, at_us, 32, 1, 0, 20, 1, 1, 8, patient, 1, deed.encode(), 4 * len(flat), *flat
        )
        return of_one + who + _texts(rule, interaction) + last
    first = _FIRST.pack(len(COLUMNS), 8, at_us)
    return b"".join(
        part
        for (deed, rule), (places, resources) in _groups(seen).items()
        for part in (
            first, packed_numbers(list(places)), _texts(deed), _BYTES.pack(_RESOURCE.size * len(resources)), *resources,
            who, _texts(rule, interaction), last,
        )
    )  # fmt: skip


@lru_cache(maxsize=2048)
def _of_one(count: int) -> struct.Struct:
    """The first four columns of so many resources of one person, the most frequent by far."""
    return struct.Struct(">hiqiiiIiiiqici" + "qhh" * count)


_Group: TypeAlias = tuple[dict[int, int], dict[bytes, None]]
"""Persons to their places, and what was seen, packed."""


def _groups(seen: Iterable[Seen]) -> dict[tuple[Deed, str], _Group]:
    groups: dict[tuple[Deed, str], _Group] = {}
    numbers = definitions.load().type_numbers
    for deed, resource_type, rids, patients, rule in seen:
        group = groups.get((deed, rule))
        if group is None:
            group = groups[deed, rule] = ({}, {})
        persons, resources = group
        number = numbers[resource_type]
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
    """A field of type text, which does not hold U+0000."""
    encoded = text.encode().replace(b"\0", b"?")
    return _BYTES.pack(len(encoded)) + encoded


@lru_cache(maxsize=4096)
def _texts(*texts: str) -> bytes:
    return b"".join(map(_text, texts))
