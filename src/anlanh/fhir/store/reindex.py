"""Making the index again from the resources, and proving that it is right.

The same walk serves a new search parameter (resumable, then verified), `anlanh fhir reindex` and `anlanh check`: every
resource is read, its index is worked out anew and compared with what is stored; what differs is repaired if asked.

FHIR: SearchParameter
Source: https://hl7.org/fhir/R4/searchparameter.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from anlanh.fhir.model import json
from anlanh.fhir.search.leaves import Index
from anlanh.fhir.store.conformance import CHANNEL
from anlanh.fhir.store.copying import RANGE_COLUMNS
from anlanh.fhir.store.record import Record, enter_strings
from anlanh.platform.work import Work

BATCH = 500


@dataclass(slots=True)
class Walk:
    """How far a walk is: resources seen, resources whose index differed, and the last key seen."""

    seen: int = 0
    differed: int = 0
    last_rid: int | None = None


async def walk(
    work: Work, record: Record, *, types: list[int] | None = None, after: int | None = None, repair: bool
) -> AsyncIterator[Walk]:
    """Go through all resources (of these types) in order of key, comparing and, if asked, repairing; says how far it is
    after every batch. Each batch is a transaction, so it can be broken off and taken up again at `last_rid`."""
    so_far = Walk(last_rid=after)
    while True:
        async with work.connection.transaction():
            rows = await work.connection.fetch(
                "select rid, refs, keys, patients, labels, content from resource where not deleted"
                " and ($1::smallint[] is null or type = any($1))"
                " and ($2::bigint is null or rid > $2) order by rid limit $3" + (" for update" if repair else ""),
                types, so_far.last_rid, BATCH,
            )  # fmt: skip
            if not rows:
                return
            differing = await _differing(work, record, rows)
            if repair and differing:
                await _repair(work, record, differing)
        so_far.seen += len(rows)
        so_far.differed += len(differing)
        so_far.last_rid = rows[-1]["rid"]
        yield so_far


async def _differing(work: Work, record: Record, rows: list[asyncpg.Record]) -> dict[int, Index]:
    stored: dict[int, set[tuple[Any, ...]]] = {}
    for row in await work.connection.fetch(
        f"select {', '.join(RANGE_COLUMNS)} from range_index where rid = any($1::bigint[]) order by rid",
        [r["rid"] for r in rows],
    ):
        stored.setdefault(row[0], set()).add(tuple(row)[1:])
    found = {}
    wanted_strings: dict[int, int] = {}
    for row in rows:
        index = record.index(json.decode_fast(row["content"]), row["rid"])
        for string in index.strings:
            wanted_strings[string[0]] = row["rid"]
        same = (
            row["refs"] == len(index.refs)
            and (row["patients"], row["labels"]) == (index.patients, index.labels)
            and set(row["keys"]) == set(index.refs + index.keys)
            and stored.get(row["rid"], set()) == set(index.ranges)
        )
        if not same:
            found[row["rid"]] = index
    known = await work.connection.fetch(
        "select key from string_value where key = any($1::bigint[]) order by key", list(wanted_strings)
    )
    lacking = wanted_strings.keys() - {each["key"] for each in known}
    if lacking:
        holders = {wanted_strings[key] for key in lacking}
        for row in rows:
            if row["rid"] in holders:
                found.setdefault(row["rid"], record.index(json.decode_fast(row["content"]), row["rid"]))
    return found


async def _repair(work: Work, record: Record, differing: dict[int, Index]) -> None:
    record.strings.clear()
    await enter_strings(work, record, (string for index in differing.values() for string in index.strings))
    for rid, index in differing.items():
        await work.connection.execute(
            "update resource set refs = $2, keys = $3, patients = $4, labels = $5 where rid = $1",
            rid,
            len(index.refs),
            index.refs + index.keys,
            index.patients,
            index.labels,
        )
    await work.connection.execute("delete from range_index where rid = any($1::bigint[])", list(differing))
    ranges = [(rid, *row) for rid, index in differing.items() for row in index.ranges]
    if ranges:
        await work.connection.copy_records_to_table("range_index", records=ranges, columns=RANGE_COLUMNS)


async def fill(work: Work, record: Record, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Back-fill every search parameter that waits for it, from where it was broken off; then verify. Safe to repeat.

    Returns how many parameters became searchable. The lock makes one process do it at a time.
    """
    if not await work.connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
        return 0
    try:
        rows = await work.connection.fetch("select * from reindex where state <> 'ready' order by asked_at, url")
        await record.refresh(work.connection)
        for row in rows:
            await _fill_one(work, record, row, progress)
        if rows:
            await work.connection.execute("select pg_notify($1, '')", CHANNEL)
        return len(rows)
    finally:
        await work.connection.execute("select pg_advisory_unlock($1)", LOCK)


LOCK = 0x5245494E


async def _fill_one(work: Work, record: Record, row: asyncpg.Record, progress: Callable[[int, int], None]) -> None:
    url, types, asked_at = row["url"], row["types"], row["asked_at"]
    total = await work.connection.fetchval("select count(*) from resource where type = any($1) and not deleted", types)
    await work.connection.execute("update reindex set state = 'indexing', total = $2 where url = $1", url, total)
    async for at in walk(work, record, types=types, after=row["last_rid"], repair=True):
        await work.connection.execute(
            "update reindex set last_rid = $2, done = $3, repaired = $4 where url = $1 and asked_at = $5",
            url, at.last_rid, row["done"] + at.seen, at.differed, asked_at,
        )  # fmt: skip
        progress(row["done"] + at.seen, total)
    await work.connection.execute("update reindex set state = 'verifying' where url = $1", url)
    while True:
        differed = 0
        async for at in walk(work, record, types=types, repair=True):
            differed = at.differed
        if not differed:
            break
    await work.connection.execute(
        "update reindex set state = 'ready', ready_at = now() where url = $1 and asked_at = $2", url, asked_at
    )
