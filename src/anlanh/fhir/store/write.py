"""Writing: create, update and delete one resource, or many at once. Resource, history and index in one transaction.

FHIR: create, update, delete
Source: https://hl7.org/fhir/R4/http.html#create, https://hl7.org/fhir/R4/http.html#update
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.leaves import Index, RangeRow
from anlanh.fhir.store import conformance, copying, permit
from anlanh.fhir.store.problems import AlreadyExists, Gone, IdCollision, NotFound, VersionConflict
from anlanh.fhir.store.record import Call, Change, Record, enter_strings
from anlanh.fhir.store.sight import PLAIN, Asked
from anlanh.platform.work import Work

Resource = dict[str, Any]

METHODS = {"POST": b"C", "PUT": b"U", "PATCH": b"P", "DELETE": b"D"}
NO_ROWS: tuple[list[Any], ...] = ([], [], [], [], [], [], [], [], [])

PUT = Call("put_resource")
"""By itself."""
OWN_VALUES = 22
NEW = (
    "select $1::bigint as rid, $2::smallint as type, $9::smallint as refs, $10::bigint[] as keys,"
    " $11::bigint[] as patients, $12::bigint[] as labels, false as deleted"
)
"""The row as it will be, of the values with which it is written."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A resource ready to be written: its JSON up to the version and from after the instant, and its index."""

    type: str
    id: str
    rid: int
    head: bytes
    tail: bytes
    index: Index
    resource: Resource


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write. `content` is the JSON as it is served; empty after a delete."""

    type: str
    id: str
    version: int
    updated_at: datetime
    created: bool
    content: bytes


def new_id() -> str:
    """An id for a new resource."""
    return str(uuid.uuid4())


def prepare(record: Record, resource: Resource, resource_id: str) -> Prepared:
    """Split a resource, already checked in shape, around the places the server fills: id, versionId, lastUpdated."""
    resource_type = resource["resourceType"]
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    rest = {k: v for k, v in resource.items() if k not in ("resourceType", "id", "meta")}
    head = f'{{"resourceType":"{resource_type}","id":"{resource_id}","meta":{{"versionId":"'.encode()
    tail = (b"," + json.encode(meta)[1:] if meta else b"}") + (b"," + json.encode(rest)[1:] if rest else b"}")
    rid = rid_of(resource_type, resource_id)
    return Prepared(resource_type, resource_id, rid, head, tail, record.index(resource, rid), resource)


def whole_content(head: bytes, version: int, at: datetime, tail: bytes) -> bytes:
    """The JSON as it is served. The same as `whole_content` in SQL."""
    return b'%b%d","lastUpdated":"%b"%b' % (head, version, instant_text(at).encode(), tail)


@lru_cache(maxsize=256)
def instant_text(at: datetime) -> str:
    """A FHIR instant in UTC with milliseconds."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


async def put(
    work: Work, record: Record, prepared: Prepared, *, method: str = "PUT", expected: int | None = None
) -> Written:
    """Write one resource. `expected`: the version it must have; 0: it must be new; None: whatever is there.

    Safe to repeat, save that every repetition makes a version.

    Raises:
        VersionConflict, NotFound, AlreadyExists, IdCollision, NotAllowed: nothing was written.
    """
    index, new = prepared.index, method == "POST" or expected == 0
    project = record.projections.get(prepared.type)
    if new and project is None and (written := await _put_if_allowed(work, record, prepared, method, expected)):
        return written
    await permit.write(work, record, prepared.type, prepared.rid, index, new=new)
    if project is None:
        return await _put_alone(work, record, prepared, method, expected)
    change = Change(prepared.type, prepared.id, prepared.rid, prepared.resource)
    if work.connection.is_in_transaction():
        return await _put_and_tell(work, record, prepared, method, expected, change)
    if (beside := record.besides.get(prepared.type)) is not None:
        seen = work.seen
        written = await _put(work, record, prepared, method, expected, beside(work, change))
        if written is not None:
            return written
        work.seen = seen  # it went nowhere, as the write did
    async with work.connection.transaction():
        return await _put_and_tell(work, record, prepared, method, expected, change)


async def _put_and_tell(
    work: Work, record: Record, prepared: Prepared, method: str, expected: int | None, change: Change
) -> Written:
    written = await _put_alone(work, record, prepared, method, expected)
    await record.projections[prepared.type](work, [change])
    return written


async def _put_alone(work: Work, record: Record, prepared: Prepared, method: str, expected: int | None) -> Written:
    written = await _put(work, record, prepared, method, expected, PUT)
    assert written is not None
    return written


async def _put_if_allowed(
    work: Work, record: Record, prepared: Prepared, method: str, expected: int | None
) -> Written | None:
    """Write, if the usual reason holds, asked in the same statement; None: nothing was written, and it is to be asked exactly."""
    seen, before = work.seen, len(work.seen)
    if any(row[0] not in record.strings for row in prepared.index.strings):
        return None
    asked = permit.probably(work, record, prepared.type, prepared.rid, prepared.index, OWN_VALUES + 1)
    if asked is None:
        return None
    written = await _put(work, record, prepared, method, expected, PUT, asked)
    if written is None:
        del seen[before:]
        work.seen = seen
    return written


@lru_cache(maxsize=256)
def _calling(function: str, values: int, choice: str) -> str:
    """The statement that writes; with a choice, only if that is 0."""
    call = f"{function}({', '.join(f'${n + 1}' for n in range(values))})"
    return (
        f"select case choice when 0 then {call} end from (select null{choice} from ({NEW}) r) r"
        if choice
        else f"select {call}"
    )


async def _put(
    work: Work, record: Record, prepared: Prepared, method: str, expected: int | None, call: Call, asked: Asked = PLAIN
) -> Written | None:
    index = prepared.index
    await enter_strings(work, record, index.strings)
    row = await work.connection.fetchval(
        _calling(call.function, OWN_VALUES + len(call.values), asked.choice),
        prepared.rid, record.type_number(prepared.type), prepared.id, work.at, METHODS[method], expected,
        prepared.head, prepared.tail, len(index.refs), index.refs + index.keys,
        index.patients, index.labels, *_columns(index.ranges), work.entry(), *call.values, *asked.values,
    )  # fmt: skip
    if row is None:
        return None
    outcome, version, updated_at = row
    if outcome == "more":
        return None
    if outcome not in ("created", "updated"):
        _refuse(outcome, prepared.type, expected, version)
    content = whole_content(prepared.head, version, updated_at, prepared.tail)
    if prepared.type in conformance.TYPES:
        await _tell(work, record, prepared.type, content)
    return Written(prepared.type, prepared.id, version, updated_at, outcome == "created", content)


async def _tell(work: Work, record: Record, resource_type: str, content: bytes) -> None:
    """Every process is to know of a conformance resource; a search parameter needs its back-fill."""
    if resource_type == "SearchParameter" and content:
        resource = json.decode_fast(content)
        if conformance.custom_parameters([resource]):
            await conformance.ask_back_fill(work, resource, record.type_numbers)
    await work.connection.execute("select pg_notify($1, '')", conformance.CHANNEL)


async def create(work: Work, record: Record, resource: Resource) -> Written:
    """Write a new resource under an id of the server's own. Not safe to repeat: each call makes another."""
    return await put(work, record, prepare(record, resource, new_id()), method="POST", expected=0)


async def delete(
    work: Work, record: Record, resource_type: str, resource_id: str, *, expected: int | None = None
) -> Written | None:
    """Delete a resource; its history stays. Safe to repeat: None when there is nothing to delete.

    Raises:
        VersionConflict: it is not at the version expected.
        NotFound, NotAllowed: it may not be seen, or not be deleted.
    """
    rid = rid_of(resource_type, resource_id)
    if not await permit.delete(work, record, resource_type, rid):
        return None
    if resource_type in record.projections and not work.connection.is_in_transaction():
        async with work.connection.transaction():
            return await _delete(work, record, resource_type, resource_id, expected)
    return await _delete(work, record, resource_type, resource_id, expected)


async def _delete(
    work: Work, record: Record, resource_type: str, resource_id: str, expected: int | None
) -> Written | None:
    rid = rid_of(resource_type, resource_id)
    row = await work.connection.fetchrow(
        "select outcome, version, updated_at from delete_resource($1, $2, $3, $4)",
        rid, work.at, expected, work.entry(),
    )  # fmt: skip
    assert row is not None
    outcome, version, updated_at = row
    if outcome == "conflict" or (outcome == "gone" and expected is not None):
        _refuse("conflict", resource_type, expected, version)
    if outcome == "missing":
        return None
    if resource_type in conformance.TYPES:
        await _tell(work, record, resource_type, b"")
    if (project := record.projections.get(resource_type)) is not None:
        await project(work, [Change(resource_type, resource_id, rid, None)])
    return Written(resource_type, resource_id, version, updated_at, False, b"")


async def add_new(work: Work, record: Record, new: Sequence[Prepared], *, announce: bool = True) -> list[Written]:
    """Write many resources that are known to be new, by COPY, inside the transaction of `work`.

    `announce=False`: an import of the past, of which no subscription is told.

    Raises:
        asyncpg.UniqueViolationError: one of them exists; nothing was written.
    """
    at, connection = work.at, work.connection
    for each in new:
        await permit.write(work, record, each.type, each.rid, each.index, new=True)
    await enter_strings(work, record, (row for each in new for row in each.index.strings))
    contents = [whole_content(each.head, 1, at, each.tail) for each in new]
    at_us = copying.microseconds(at)
    rows = (
        copying.resource_row(
            each.rid, at_us, 1, record.type_number(each.type), len(each.index.refs), b"C", each.id,
            each.index.refs + each.index.keys, content,
            each.index.patients, each.index.labels,
        )
        for each, content in zip(new, contents, strict=True)
    )  # fmt: skip
    await copying.copy(connection, "resource", copying.RESOURCE_COLUMNS, rows)
    ranges = (copying.range_row(each.rid, row) for each in new for row in each.index.ranges)
    await copying.copy(connection, "range_index", copying.RANGE_COLUMNS, ranges)
    if announce:
        await connection.execute(
            "insert into outbox (topic, rid, version) select 'resource', rid, 1 from unnest($1::bigint[]) rid",
            [each.rid for each in new],
        )
    for each, content in zip(new, contents, strict=True):
        if each.type in conformance.TYPES:
            await _tell(work, record, each.type, content)
    for kind, project in record.projections.items():
        if changes := [Change(e.type, e.id, e.rid, e.resource) for e in new if e.type == kind]:
            await project(work, changes)
    return [Written(e.type, e.id, 1, at, True, content) for e, content in zip(new, contents, strict=True)]


def _columns(rows: list[RangeRow]) -> Sequence[Any]:
    return list(zip(*rows, strict=True)) if rows else NO_ROWS


def _refuse(outcome: str, resource_type: str, expected: int | None, found: int | None) -> None:
    match outcome:
        case "missing":
            raise NotFound(type=resource_type)
        case "exists":
            raise AlreadyExists(type=resource_type)
        case "collision":
            raise IdCollision(type=resource_type)
        case "gone":
            raise Gone(type=resource_type)
        case _:
            raise VersionConflict(type=resource_type, expected=expected, found=found)
