"""Reading: the current version, an older one, and the history of a resource, a type, or everything.

FHIR: read, vread, history
Source: https://hl7.org/fhir/R4/http.html#read, https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.sql import Writer
from anlanh.fhir.store.problems import Gone, Hidden, NotFound, VersionHidden, VersionNotFound
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import Action, Sight, rows, show, visible
from anlanh.platform.work import Act, Work

VERBS = {b"C": "POST", b"U": "PUT", b"P": "PATCH", b"D": "DELETE"}


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a resource. `content` is the JSON as it is served; empty when this version is a deletion."""

    type: str
    id: str
    version: int
    updated_at: datetime
    content: bytes
    deleted: bool = False
    verb: str = ""
    rid: int = 0
    patients: Sequence[int] = ()


async def read(work: Work, record: Record, resource_type: str, resource_id: str) -> Stored:
    """The current version.

    Raises:
        NotFound: there never was one, or it is of another type.
        Gone: it was deleted.
    """
    return await _one(work, record, resource_type, resource_id, "r", "")


async def _one(work: Work, record: Record, resource_type: str, resource_id: str, action: Action, lock: str) -> Stored:
    sight = record.sight(work)
    asked = record.asking(sight, resource_type, action)
    row = await work.connection.fetchrow(
        asked.sql("rid = $1") + lock, rid_of(resource_type, resource_id), *asked.values
    )
    return current_of(work, record, sight, resource_type, resource_id, row, action)


def stored_of(record: Record, row: Any) -> Stored:
    """A row of the columns of a page (`page.COLUMNS`)."""
    return Stored(record.type_names[row[1]], row[2], row[3], row[4], row[5], rid=row[0], patients=row[6])


CHOICE = 8
"""Where a row of `Asked` says by which grant it may be seen, if it says so."""


def is_undecided(row: Any) -> bool:
    """Whether there is a row of which nothing is said yet."""
    return row is not None and len(row) > CHOICE and row[CHOICE] is None


def current_of(
    act: Act, record: Record, sight: Sight, resource_type: str, resource_id: str, row: Any, action: Action = "r"
) -> Stored:
    """What a row of `Asked` (or None) says of the resource that was asked for, as it may be seen.

    Raises:
        NotFound, Gone: as `read`. Who may not see it is told the same as when there is none.
    """
    if row is None or row[1] != resource_id or record.type_names[row[0]] != resource_type:
        raise NotFound(type=resource_type)
    grants = sight.grants(action, resource_type)
    number = row[CHOICE] if len(row) > CHOICE else 0
    if number is None or not grants:
        raise Hidden(type=resource_type)
    if row[4]:
        raise Gone(type=resource_type)
    rid = rid_of(resource_type, resource_id)
    stored = Stored(resource_type, resource_id, row[2], row[3], row[5], rid=rid, patients=row[6])
    return show(act, sight, grants[number], stored)


async def vread(work: Work, record: Record, resource_type: str, resource_id: str, version: str) -> Stored:
    """One version, current or old.

    Raises:
        VersionNotFound: there is no such version.
        Gone: that version is a deletion.
    """
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise VersionNotFound(type=resource_type, version=version[:20])
    rid = rid_of(resource_type, resource_id)
    row = await work.connection.fetchrow(
        "select id, version, updated_at, deleted, content, patients from resource where rid = $1 and version = $2"
        " union all select id, version, updated_at, deleted, content, patients from history where rid = $1 and version = $2"
        " order by version limit 1",
        rid, int(version),
    )  # fmt: skip
    if row is None or row["id"] != resource_id:
        raise VersionNotFound(type=resource_type, version=version)
    stored = Stored(
        resource_type, resource_id, row["version"], row["updated_at"], row["content"], row["deleted"], rid=rid,
        patients=row["patients"],
    )  # fmt: skip
    shown = await visible_versions(work, record, [stored])
    if not shown:
        raise VersionHidden(type=resource_type, version=version)
    if stored.deleted:
        raise Gone(type=resource_type)
    return shown[0]


async def current(work: Work, record: Record, rids: Sequence[int]) -> dict[int, Stored]:
    """The current versions of many resources by rid; deleted ones, and those that may not be seen, left out."""
    found = await fetched(work, record, rids)
    return {each.rid: each for each in await visible(work, record, found, action="r")}


async def fetched(work: Work, record: Record, rids: Sequence[int]) -> list[Stored]:
    """The same before anybody asked who may see them: for the store's own use."""
    rows = await work.connection.fetch(
        "select rid, type, id, version, updated_at, content, patients from resource"
        " where rid = any($1::bigint[]) and not deleted order by rid",
        list(rids),
    )
    return [
        Stored(record.type_names[row[1]], row[2], row[3], row[4], row[5], rid=row[0], patients=row[6]) for row in rows
    ]


@dataclass(frozen=True, slots=True)
class HistoryAsked:
    """Which versions: of one resource, one type, or all; since, or as they were at, an instant; after a cursor."""

    resource_type: str | None = None
    resource_id: str | None = None
    since: datetime | None = None
    at: datetime | None = None
    before: tuple[datetime, int, int] | None = None
    count: int = 20


async def history(work: Work, record: Record, asked: HistoryAsked) -> list[Stored]:
    """Versions, newest first, at most `count`.

    Raises:
        NotFound: of one resource that never was.
    """
    tests: list[str] = []
    values: list[object] = []

    def test(sql: str, *given: object) -> None:
        marks = [f"${len(values) + at + 1}" for at in range(len(given))]
        values.extend(given)
        tests.append(sql.format(*marks))

    if asked.resource_type is not None and asked.resource_id is not None:
        test("rid = {}", rid_of(asked.resource_type, asked.resource_id))
    elif asked.resource_type is not None:
        test("type = {}", record.type_number(asked.resource_type))
    if asked.since is not None:
        test("updated_at >= {}", asked.since)
    if asked.at is not None:
        test("updated_at <= {}", asked.at)
    if asked.before is not None:
        test("(updated_at, rid, version) < ({}, {}, {})", *asked.before)
    if not record.sight(work).unlimited:
        _limit(work, record, asked, tests, values)
    where = " and ".join(tests) or "true"
    columns = "rid, type, id, version, updated_at, deleted, method, content, patients"
    end = f"order by updated_at desc, rid desc, version desc limit {asked.count}"
    rows = await work.connection.fetch(
        f"select * from ((select {columns} from resource h where {where} {end})"
        f" union all (select {columns} from history h where {where} {end})) h {end}",
        *values,
    )
    if not rows and asked.resource_id is not None and asked.before is None and asked.since is None:
        raise NotFound(type=asked.resource_type)
    found = [
        Stored(
            record.type_names[row["type"]], row["id"], row["version"], row["updated_at"], row["content"], row["deleted"],
            VERBS[row["method"]], row["rid"], row["patients"],
        )
        for row in rows
    ]  # fmt: skip
    return await visible_versions(work, record, found)


def _limit(work: Work, record: Record, asked: HistoryAsked, tests: list[str], values: list[object]) -> None:
    """Of resources that the reader may see now; and of the same persons as now."""
    sight = record.sight(work)
    types = [asked.resource_type] if asked.resource_type is not None else record.known.resource_types
    writer = Writer(record.type_number, values=values)
    opened = [
        f"(n.type = {record.type_number(each)} and {writer.test(rows(sight, 'r', each), 'n')})"
        for each in types
        if sight.grants("r", each)
    ]
    tests.append(
        "exists (select from resource n where n.rid = h.rid and h.patients <@ n.patients"
        f" and ({' or '.join(opened) or 'false'}))"
    )


async def visible_versions(work: Work, record: Record, found: Sequence[Stored]) -> list[Stored]:
    """Those versions whose resource may be seen as it is now, which are about no other persons, and no more sensitive than
    the reader may see."""
    if record.sight(work).unlimited:
        return await visible(work, record, found, action="r")
    now = await work.connection.fetch(
        "select rid, patients, labels from resource where rid = any($1::bigint[]) order by rid",
        [each.rid for each in found],
    )
    known = {row["rid"]: row for row in now}
    kept = []
    for each in found:
        row = known.get(each.rid)
        if row is None or not set(each.patients) <= set(row["patients"]):
            continue
        earned = record.labeller(json.decode_fast(each.content)) if each.content else ()
        more = sorted(set(earned) - set(row["labels"]))
        if not more or await _opens(work, record, each, more):
            kept.append(each)
    return await visible(work, record, kept, action="r")


async def _opens(work: Work, record: Record, stored: Stored, labels: list[int]) -> bool:
    """Whether the resource could be read if it had these labels too, as it had at that version."""
    asked = record.asking(record.sight(work), stored.type, "r", first=3)
    if not asked.choice:
        return bool(record.sight(work).grants("r", stored.type))
    rows = await work.by_key(
        f"select null as nothing{asked.choice} from (select rid, type, deleted, refs, patients, keys || $2::bigint[] as keys,"
        " labels || $2::bigint[] as labels from resource where rid = $1) r",
        stored.rid, labels, *asked.values,
    )  # fmt: skip
    return rows[0][1] is not None


async def lock(work: Work, record: Record, resource_type: str, resource_id: str) -> Stored:
    """The current version, held against other writers until the transaction of `work` ends.

    Raises:
        NotFound, Gone: there is none.
    """
    return await _one(work, record, resource_type, resource_id, "u", " for update")
