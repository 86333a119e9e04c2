"""Background work of the index: compare who was written, merge who is surely one person. May be killed at any moment.

FHIR: Patient
Source: docs/identity.md
"""

from __future__ import annotations

import asyncio
import logging

from anlanh.access.identity import index, joining, merging, pairs
from anlanh.access.identity.pairs import Candidate
from anlanh.fhir.model import json
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import OPERATIONS, Work

log = logging.getLogger(__name__)

EVERY_S = 5.0
COMPARED = 100
MERGED = 50


async def run(database: Database, record: Record) -> None:
    """For ever: what is due, then wait a little."""
    while await _fill(database, record):
        pass
    while True:
        while await compare(database):
            pass
        await merge(database, record)
        await asyncio.sleep(EVERY_S)


async def _fill(database: Database, record: Record) -> int:
    async with works.begin(database, merging.PROGRAM, OPERATIONS) as work:
        return await index.fill(work, record)


async def compare(database: Database) -> int:
    """Compare a batch of those that are due; how many there were. Safe to repeat."""
    async with works.begin(database, merging.PROGRAM, OPERATIONS) as work:
        return await pairs.compare_due(work, COMPARED)


async def merge(database: Database, record: Record) -> int:
    """Merge a batch of pairs that are surely one person, each in a transaction of its own; how many. One that cannot be
    merged is left to a steward. Safe to repeat."""
    async with works.begin(database, merging.PROGRAM, OPERATIONS, transaction=False) as work:
        found = await pairs.automatic(work, MERGED)
    done = 0
    for each in found:
        try:
            async with works.begin(database, merging.PROGRAM, OPERATIONS) as work:
                done += await _merge_one(work, record, each)
        except Problem as problem:
            log.info("A pair of Patients is left to a steward", extra={"reason": problem.text})
            async with works.begin(database, merging.PROGRAM, OPERATIONS) as work:
                await pairs.ask(work, (each.one, each.two))
    return done


async def _merge_one(work: Work, record: Record, pair: Candidate) -> int:
    rows = await work.connection.fetch(
        "select content from resource where rid = any($1::bigint[]) and not deleted order by rid for update",
        [pair.one, pair.two],
    )
    if len(rows) < 2 or not await pairs.is_clear(work, (pair.one, pair.two)):
        await pairs.ask(work, (pair.one, pair.two))
        return 0
    stays, goes = joining.survivor(*(json.decode(row["content"]) for row in rows))
    await merging.merge(work, record, goes["id"], stays["id"], how="automatic")
    return 1
