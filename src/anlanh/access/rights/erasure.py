"""Erases what its person wants gone and no law keeps: the resource, all its versions and its index.

The log of accesses keeps that it was there and that it went, by keys that tell nothing of what it said. Copies of the
database taken before are written over in the round of backups; docs/privacy.md says how long that takes.

Source: Luật 91/2025/QH15 Điều 14; NĐ 356/2025/NĐ-CP (erasure that cannot be undone)
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from anlanh.access.rights import requests, tables
from anlanh.access.rights.tables import Kept
from anlanh.fhir.model import json
from anlanh.fhir.search.extract import OF_PATIENT
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import write
from anlanh.fhir.store.record import Record
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work

log = logging.getLogger(__name__)

ERASER = Principal("system:erasure", "system")
EVERY_S = 60.0


async def run(database: Database, record: Record) -> None:
    """Work until cancelled. Several may run: a request is held by one."""
    while True:
        async with works.begin(database, ERASER, works.OPERATIONS) as work:
            done = await step(work, record)
        if not done:
            await asyncio.sleep(EVERY_S)


async def step(work: Work, record: Record) -> bool:
    """Carry out the oldest request that waits, in the transaction of the work; False: none waits. Safe to repeat."""
    row = await work.connection.fetchrow(
        "select id, patient, scopes from rights_request where erase_from <= $1 and erased_at is null"
        " order by erase_from, id limit 1 for update skip locked",
        work.at,
    )
    if row is None:
        return False
    count = 0
    for code in requests.decide(row["scopes"]).erase:
        kind = tables.retention()[code]
        count += await (
            _resources(work, record, row["patient"], kind) if kind.type else _sessions(work, row["patient"])
        )
    await work.connection.execute(
        "update rights_request set erased_at = $2, erased = $3 where id = $1", row["id"], work.at, count
    )
    log.info("A request for erasure was carried out", extra={"count": count})
    return True


async def _resources(work: Work, record: Record, patient: int, kind: Kept) -> int:
    """Those of a type that the person wrote, also such as were deleted before; how many."""
    rows = await work.connection.fetch(
        "select r.id, case when r.deleted then (select h.content from history h"
        " where h.rid = r.rid and not h.deleted order by h.version desc limit 1) else r.content end as content"
        " from resource r where r.type = $1 and ((not r.deleted and r.keys @> array[$2::bigint])"
        " or (r.deleted and r.patients @> array[$3::bigint])) order by r.rid",
        record.type_number(kind.type), OF_PATIENT ^ patient, patient,
    )  # fmt: skip
    person = await work.connection.fetchval("select id from resource where rid = $1", patient)
    count = 0
    for row in rows:
        resource: dict[str, Any] = json.decode(row["content"]) if row["content"] else {}
        if person is not None and written_by(resource, f"Patient/{person}", kind.mine):
            for binary in binaries_of(resource):
                await erase(work, record, "Binary", binary)
            await erase(work, record, kind.type, row["id"])
            count += 1
    return count


def written_by(resource: dict[str, Any], person: str, elements: tuple[str, ...]) -> bool:
    """Whether a resource says in one of these elements that the person wrote it, and names nobody else there. Pure."""
    named = [
        str(each.get("reference", ""))
        for name in elements
        for each in (resource[name] if isinstance(resource.get(name), list) else [resource.get(name)])
        if isinstance(each, dict)
    ]
    return bool(named) and set(named) == {person}


def binaries_of(resource: dict[str, Any]) -> list[str]:
    """Ids of the Binary resources that hold its attachments. Pure."""
    urls = [str(each.get("attachment", {}).get("url", "")) for each in resource.get("content", ())]
    return [url.partition("Binary/")[2].partition("/")[0] for url in urls if url.startswith("Binary/")]


async def erase(work: Work, record: Record, resource_type: str, resource_id: str) -> None:
    """Delete it as anything is deleted, so that all who follow hear of it; then take away every trace of its content.

    What stays is the empty row that says that there was something of this id, about nobody.
    """
    rid = rid_of(resource_type, resource_id)
    await write.delete(work, record, resource_type, resource_id)
    await work.connection.execute("delete from history where rid = $1", rid)
    await work.connection.execute("delete from range_index where rid = $1", rid)
    await work.connection.execute("update resource set patients = '{}' where rid = $1 and deleted", rid)


async def _sessions(work: Work, patient: int) -> int:
    """Sessions of the person's account, the one of this moment included; how many."""
    rows = await work.connection.fetch(
        "with gone as (delete from account_session s using account a, resource r where r.rid = $1"
        " and a.person_ref = 'Patient/' || r.id and s.account_id = a.id returning s.id) select id from gone order by id",
        patient,
    )
    return len(rows)
