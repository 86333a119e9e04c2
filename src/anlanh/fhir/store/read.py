"""Reading: the current version, an older one, and the history of a resource, a type, or everything.

FHIR: read, vread, history
Source: https://hl7.org/fhir/R4/http.html#read, https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.problems import Gone, NotFound, VersionNotFound
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

VERBS = {b"C": "POST", b"U": "PUT", b"P": "PATCH", b"D": "DELETE"}
CURRENT = "select type, id, version, updated_at, deleted, content from resource where rid = $1"


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


async def read(work: Work, record: Record, resource_type: str, resource_id: str) -> Stored:
    """The current version.

    Raises:
        NotFound: there never was one, or it is of another type.
        Gone: it was deleted.
    """
    row = await work.connection.fetchrow(CURRENT, rid_of(resource_type, resource_id))
    return current_of(record, resource_type, resource_id, row)


def current_of(record: Record, resource_type: str, resource_id: str, row: Any) -> Stored:
    """What a row of CURRENT (or None) says of the resource that was asked for.

    Raises:
        NotFound, Gone: as `read`.
    """
    if row is None or row[1] != resource_id or record.type_names[row[0]] != resource_type:
        raise NotFound(type=resource_type)
    if row[4]:
        raise Gone(type=resource_type)
    return Stored(resource_type, resource_id, row[2], row[3], row[5])


async def vread(work: Work, record: Record, resource_type: str, resource_id: str, version: str) -> Stored:
    """One version, current or old.

    Raises:
        VersionNotFound: there is no such version.
        Gone: that version is a deletion.
    """
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise VersionNotFound(type=resource_type, version=version[:20])
    row = await work.connection.fetchrow(
        "select id, version, updated_at, deleted, content from resource where rid = $1 and version = $2"
        " union all select id, version, updated_at, deleted, content from history where rid = $1 and version = $2"
        " order by version limit 1",
        rid_of(resource_type, resource_id), int(version),
    )  # fmt: skip
    if row is None or row["id"] != resource_id:
        raise VersionNotFound(type=resource_type, version=version)
    if row["deleted"]:
        raise Gone(type=resource_type)
    return Stored(resource_type, resource_id, row["version"], row["updated_at"], row["content"])


async def current(work: Work, record: Record, rids: Sequence[int]) -> dict[int, Stored]:
    """The current versions of many resources by rid; deleted ones left out."""
    rows = await work.connection.fetch(
        "select rid, type, id, version, updated_at, content from resource where rid = any($1::bigint[]) and not deleted order by rid",
        list(rids),
    )
    return {row[0]: Stored(record.type_names[row[1]], row[2], row[3], row[4], row[5], rid=row[0]) for row in rows}


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
    where = " and ".join(tests) or "true"
    columns = "rid, type, id, version, updated_at, deleted, method, content"
    end = f"order by updated_at desc, rid desc, version desc limit {asked.count}"
    rows = await work.connection.fetch(
        f"select * from ((select {columns} from resource where {where} {end})"
        f" union all (select {columns} from history where {where} {end})) h {end}",
        *values,
    )
    if not rows and asked.resource_id is not None and asked.before is None and asked.since is None:
        raise NotFound(type=asked.resource_type)
    return [
        Stored(
            record.type_names[row["type"]], row["id"], row["version"], row["updated_at"], row["content"], row["deleted"],
            VERBS[row["method"]], row["rid"],
        )
        for row in rows
    ]  # fmt: skip


async def lock(work: Work, record: Record, resource_type: str, resource_id: str) -> Stored:
    """The current version, held against other writers until the transaction of `work` ends.

    Raises:
        NotFound, Gone: there is none.
    """
    row = await work.connection.fetchrow(CURRENT + " for update", rid_of(resource_type, resource_id))
    return current_of(record, resource_type, resource_id, row)
