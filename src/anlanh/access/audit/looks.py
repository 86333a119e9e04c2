"""“Ai đã xem hồ sơ của tôi”: what the citizen is shown of the access log, folded so that it can be read.

Looks of one person at one facility for one reason within ten minutes are one line; those of machines one a day.

Source: docs/access.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from anlanh.access.audit.rows import resources_of
from anlanh.access.policy import rules
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

MACHINES = ("app", "system")
"""Roles in which programs act."""

WINDOW = 4000
"""Rows of the log that one page of the list is folded of."""


@dataclass(frozen=True, slots=True)
class Look:
    """One line: from `first_at` to `last_at`, `times` accesses of one actor for one reason.

    `seq` names the newest row (for questions about it); `types` count the resources seen of each type; `basis` is the
    reference of the encounter, consent or other resource on which the rule rests, where it is still known.
    """

    seq: int
    first_at: datetime
    last_at: datetime
    times: int
    subject: str
    name: str
    role: str
    organization: str
    facility: str
    client: str
    deed: str
    purpose: str
    rule: str
    types: Mapping[str, int]
    basis: str
    reason: str
    machine: bool
    inquired: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is wanted. `before`: (at, seq) of the row where the last page ended; texts empty for all."""

    before: tuple[datetime, int] | None = None
    role: str = ""
    machines: bool = True
    own: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, newest first, and where older ones begin; None: there are none."""

    looks: list[Look]
    before: tuple[datetime, int] | None


async def of(work: Work, record: Record, patient: str, wanted: Wanted | None = None) -> Page:
    """The list of a person, a page of it. `patient`: "Patient/x". Whoever calls has to be allowed to see it."""
    wanted = wanted or Wanted()
    rid = rid_of(*patient.split("/"))
    before = wanted.before or (None, None)
    rows = await work.connection.fetch(
        "select seq, at, subject, role, organization, client, deed, purpose, rule, resources, array_position(patients, $1) - 1 as place"
        " from access_log l where l.patients @> array[$1::bigint] and ($2::timestamptz is null or (l.at, l.seq) < ($2, $3::bigint))"
        " and ($4 = '' or l.role = $4) and ($5 or l.role <> all($6::text[])) and ($7 or l.subject <> $8)"
        f" and ($9::timestamptz is null or l.at >= $9) order by l.at desc, l.seq desc limit {WINDOW}",
        rid, *before, wanted.role, wanted.machines, list(MACHINES), wanted.own, patient, wanted.since,
    )  # fmt: skip
    folded = _fold(rows)
    names = await _names(work, record, [name for key in folded for name in (key[1], key[2])])
    bases = await _bases(work, record, rid)
    emergencies = await _emergencies(work, rid)
    asked = await _inquired(work, rid)
    looks = [_look(key, lines, record, names, bases, emergencies, asked) for key, lines in folded.items()]
    last = rows[-1] if len(rows) == WINDOW else None
    return Page(looks, None if last is None else (last["at"], last["seq"]))


Key = tuple[int, str, str, str, str, str, str, str]
"""Span of time, then subject, organisation, role, client, deed, purpose and rule: what makes one line."""


def _fold(rows: Sequence[asyncpg.Record]) -> dict[Key, list[asyncpg.Record]]:
    folded: dict[Key, list[asyncpg.Record]] = {}
    for row in rows:
        at = int(row["at"].timestamp())
        span = (at + LOCAL_S) // 86400 if row["role"] in MACHINES else at // TEN_MINUTES_S
        key = (
            span, row["subject"], row["organization"], row["role"], row["client"], row["deed"].decode(), row["purpose"],
            row["rule"],
        )  # fmt: skip
        folded.setdefault(key, []).append(row)
    return folded


TEN_MINUTES_S = 600
LOCAL_S = 7 * 3600
"""The day of machines is that of Việt Nam, UTC+7."""


def _look(
    key: Key, rows: Sequence[asyncpg.Record], record: Record, names: Mapping[str, str],
    bases: Mapping[str, list[tuple[int, str]]], emergencies: Sequence[asyncpg.Record], asked: set[int],
) -> Look:  # fmt: skip
    _, subject, organization, role, client, deed, purpose, rule = key
    seen = {rid: number for row in rows for rid, number in resources_of(row["resources"], row["place"])}
    types: dict[str, int] = {}
    for number in seen.values():
        name = record.type_names[number]
        types[name] = types.get(name, 0) + 1
    parties = {rid_of(*each.split("/")) for each in (subject, organization) if each.count("/") == 1}
    kinds = next((each.where for each in rules.load().rules if each.id == rule), ())
    basis = next((ref for kind in kinds for party, ref in bases.get(kind, ()) if party in parties), "")
    reason = next(
        (
            e["reason"]
            for e in emergencies
            if rule == "emergency" and e["subject"] == subject and e["opened_at"] <= rows[-1]["at"]
        ),
        "",
    )
    return Look(
        rows[0]["seq"], rows[-1]["at"], rows[0]["at"], len(rows), subject, names.get(subject, ""), role, organization,
        names.get(organization, ""), client, deed, purpose, rule, types, basis, reason, role in MACHINES,
        any(row["seq"] in asked for row in rows),
    )  # fmt: skip


async def _names(work: Work, record: Record, references: Iterable[str]) -> dict[str, str]:
    """Reference to how people are called; of those that are resources here."""
    rids = {rid_of(*each.split("/")): each for each in references if each.count("/") == 1}
    rows = await work.connection.fetch(
        "select rid, content from resource where rid = any($1::bigint[]) and not deleted order by rid", list(rids)
    )
    return {rids[row["rid"]]: called(json.decode_fast(row["content"])) for row in rows}


def called(resource: Mapping[str, Any]) -> str:
    """How a person or a facility is called, as it is written in its resource."""
    name = resource.get("name")
    if isinstance(name, str):
        return name
    for each in name or ():
        if text := each.get("text") or " ".join([each.get("family", ""), *each.get("given", ())]).strip():
            return str(text)
    return ""


async def _bases(work: Work, record: Record, patient: int) -> dict[str, list[tuple[int, str]]]:
    """Kind of relation to (party, reference of what it rests on)."""
    rows = await work.connection.fetch(
        "select a.kind, a.party, r.type, r.id from relation a join resource r on r.rid = a.source"
        " where a.patient = $1 order by a.until desc, a.source",
        patient,
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        found.setdefault(row["kind"], []).append((row["party"], f"{record.type_names[row['type']]}/{row['id']}"))
    return found


async def _emergencies(work: Work, patient: int) -> list[asyncpg.Record]:
    return await work.connection.fetch(
        "select subject, reason, opened_at, until from emergency where patient = $1 order by opened_at desc limit 100",
        patient,
    )


async def _inquired(work: Work, patient: int) -> set[int]:
    rows = await work.connection.fetch(
        "select access_seq from inquiry where patient = $1 and access_seq is not null order by access_seq", patient
    )
    return {row["access_seq"] for row in rows}
