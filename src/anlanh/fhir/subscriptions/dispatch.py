"""From the outbox to events: every committed change is held against what Subscriptions wait for.

A row counts once every transaction as old as its own has ended, so nothing appears behind what was already read; and
rows, events and counts change in one transaction, so each change becomes an event exactly once.

FHIR: Subscription
Source: https://www.postgresql.org/docs/18/functions-info.html#FUNCTIONS-PG-SNAPSHOT
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from anlanh.fhir.model import json
from anlanh.fhir.search import sql
from anlanh.fhir.search.conditions import All, Column
from anlanh.fhir.store.record import Record
from anlanh.fhir.subscriptions import hearing, ledger
from anlanh.fhir.subscriptions import owner as owners
from anlanh.fhir.subscriptions.ledger import NewEvent
from anlanh.fhir.subscriptions.matching import Facts, facts_of
from anlanh.fhir.subscriptions.owner import NOTIFIER
from anlanh.fhir.subscriptions.plan import Change, Test, by_database
from anlanh.fhir.subscriptions.register import Entry, Register
from anlanh.platform import work as works
from anlanh.platform.database import Connection
from anlanh.platform.work import Work

BATCH = 1000
OWN_TYPES = ("Subscription", "Basic")
METHODS = {b"C": "POST", b"U": "PUT", b"P": "PUT", b"D": "DELETE"}
INTERACTIONS = {b"C": "create", b"D": "delete"}


async def step(register: Register) -> int:
    """Take what is in the outbox, at most a batch; how many rows that were. Raising undoes it all."""
    async with works.begin(register.database, NOTIFIER, works.OPERATIONS) as work:
        rows = await work.connection.fetch(
            "select seq, payload from outbox where topic = 'resource' and tx < pg_snapshot_xmin(pg_current_snapshot())"
            f" order by seq limit {BATCH}"
        )
        if not rows:
            return 0
        taken = [row["seq"] for row in rows]
        await register.take_over(work, [row["payload"] for row in rows if row["payload"] is not None])
        told = await hearing.put_down(work.connection, register.record, register.hearings, taken)
        changed = await _changes(work.connection, register, taken)
        await ledger.add_events(work.connection, await _events(work, register, changed))
        await work.connection.execute("delete from outbox where seq = any($1::bigint[])", taken)
    for name in told:
        register.bells[name].set()
    await _follow(register, changed)
    return len(taken)


async def _changes(connection: Connection, register: Register, taken: Sequence[int]) -> list[asyncpg.Record]:
    """The changes of types that somebody waits for, with the resource as it was then, and before."""
    listening = {kind for kind, waiting in register.waiting.items() if any(entry.listens for entry, _ in waiting)}
    wanted = [register.record.type_number(each) for each in sorted(listening | set(OWN_TYPES))]
    return await connection.fetch(
        "select o.rid, o.version, r.type, r.id, coalesce(h.method, r.method) as method, coalesce(h.deleted, r.deleted) as deleted,"
        " coalesce(h.updated_at, r.updated_at) as at, coalesce(h.content, r.content) as content, p.content as before,"
        " p.updated_at as before_at from outbox o join resource r on r.rid = o.rid"
        " left join history h on h.rid = o.rid and h.version = o.version"
        " left join history p on p.rid = o.rid and p.version = o.version - 1 and not p.deleted"
        " where o.seq = any($1::bigint[]) and r.type = any($2::smallint[]) order by o.seq",
        list(taken), wanted,
    )  # fmt: skip


async def _events(work: Work, register: Register, rows: Sequence[asyncpg.Record]) -> list[NewEvent]:
    record = register.record
    sure: list[tuple[int, Entry]] = []
    unsure: dict[tuple[str, int], tuple[Entry, Test, list[int]]] = {}
    for at, row in enumerate(rows):
        waiting = [each for each in register.waiting.get(record.type_names[row["type"]], ()) if each[0].listens]
        if not waiting:
            continue
        change = _change(record, row)
        for entry, tests in waiting:
            answers = [test.answers(change) for test in tests]
            if True in answers:
                sure.append((at, entry))
                continue
            for number, answer in enumerate(answers):
                if answer is None:
                    unsure.setdefault((entry.definition.id, number), (entry, tests[number], []))[2].append(at)
    for entry, test, places in unsure.values():
        rids = await _ask(work, record, test, [rows[at]["rid"] for at in places])
        sure += [(at, entry) for at in places if rows[at]["rid"] in rids]
    found = await _allowed(work, record, rows, {(at, entry.definition.id): entry for at, entry in sure})
    return [_event(rows[at], found[at, name]) for at, name in sorted(found)]


async def _allowed(
    work: Work, record: Record, rows: Sequence[asyncpg.Record], found: dict[tuple[int, str], Entry]
) -> dict[tuple[int, str], Entry]:
    """Only what the owners of the Subscriptions may see."""
    places: dict[tuple[str, str], list[int]] = {}
    for at, name in found:
        places.setdefault((name, record.type_names[rows[at]["type"]]), []).append(at)
    out: dict[tuple[int, str], Entry] = {}
    for (name, resource_type), ats in places.items():
        entry = found[ats[0], name]
        sight = record.sights(entry.owner, entry.owner.purpose)
        seen = await owners.among(work.connection, record, sight, resource_type, [rows[at]["rid"] for at in ats])
        out |= {(at, name): entry for at in ats if rows[at]["rid"] in seen}
    return out


def _change(record: Record, row: asyncpg.Record) -> Change:
    interaction = (
        "create" if row["before"] is None and not row["deleted"] else INTERACTIONS.get(row["method"], "update")
    )
    after, after_json = (None, None) if row["deleted"] else _facts(record, row, row["content"], row["at"])
    before, before_json = (
        (None, None) if row["before"] is None else _facts(record, row, row["before"], row["before_at"])
    )
    return Change(interaction, before, after, before_json, after_json)


def _facts(record: Record, row: asyncpg.Record, content: bytes, at: Any) -> tuple[Facts, Any]:
    resource = json.decode_fast(content)
    return facts_of(row["rid"], row["id"], at, record.index(resource, row["rid"])), resource


async def _ask(work: Work, record: Record, test: Test, rids: list[int]) -> set[int]:
    """Which of these resources meet the test as they are now: what only the database can tell."""
    condition = All((Column("rid", "=", tuple(rids)), by_database(test)))
    found: sql.Found = {}
    for lookup in sql.lookups(condition):
        text, values = sql.lookup_sql(lookup)
        found[lookup] = [(row[0], row[1]) for row in await work.connection.fetch(text, *values)]
    writer = sql.Writer(record.type_number, found)
    where = writer.where(condition, "r", test.trigger.type)
    rows = await work.connection.fetch(f"select r.rid from resource r where {where} order by r.rid", *writer.values)
    return {row["rid"] for row in rows}


def _event(row: asyncpg.Record, entry: Entry) -> NewEvent:
    entry.standing.last_event += 1
    return (
        entry.definition.id, entry.standing.last_event, row["at"], row["rid"], row["version"], row["type"], row["id"],
        METHODS[row["method"]],
    )  # fmt: skip


async def _follow(register: Register, rows: Sequence[asyncpg.Record]) -> None:
    """Subscriptions and topics that were written count from now on."""
    names = register.record.type_names
    if any(names[row["type"]] == "Basic" for row in rows):
        await register.load()
        return
    await register.refresh(row["id"] for row in rows if names[row["type"]] == "Subscription")
