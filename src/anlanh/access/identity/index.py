"""The index of persons: kept in the transaction of every write of a Patient, asked for those who may be the same.

FHIR: Patient
Source: docs/identity.md
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from anlanh.access.identity import blocking, matching, person
from anlanh.access.identity.person import Person
from anlanh.fhir.model import json
from anlanh.fhir.store.record import Call, Change, Record
from anlanh.platform.work import Work

SETTLED = timedelta(minutes=1)
"""So long after a write a Patient is compared: whoever registers somebody may still be typing."""
MOST_SHARING = 100
"""People with one key; one that more have, such as a facility's own telephone, says nothing and is passed over."""
AT_ONCE = 2000


def follow(record: Record, values: Callable[[Work, Change], tuple[Any, ...]]) -> None:
    """Be told of every write of a Patient from now on, after whoever is told already; `values` are those of
    `put_patient` that stand before ours."""
    before = record.projections.get("Patient")

    async def both(work: Work, changes: Sequence[Change]) -> None:
        if before is not None:
            await before(work, changes)
        await keep(work, changes)

    record.projections["Patient"] = both
    record.besides["Patient"] = lambda work, change: Call(
        "put_patient", (*values(work, change), _keys(change), work.at + SETTLED)
    )


async def keep(work: Work, changes: Sequence[Change]) -> None:
    """The keys of these Patients in place of those they had. Safe to repeat."""
    rows = [(change.rid, _keys(change), work.at + SETTLED) for change in changes]
    if len(rows) == 1:
        await work.connection.execute(
            "insert into person_key (rid, keys, due_at) values ($1, $2, $3)"
            " on conflict (rid) do update set keys = excluded.keys, due_at = excluded.due_at",
            *rows[0],
        )
        return
    await work.connection.execute("delete from person_key where rid = any($1::bigint[])", [row[0] for row in rows])
    await work.connection.copy_records_to_table("person_key", records=rows, columns=["rid", "keys", "due_at"])


def _keys(change: Change) -> list[int]:
    if change.resource is None:
        return []
    found = person.of(change.resource)
    return blocking.keys_of(found) if found.active else []


async def fill(work: Work, record: Record) -> int:
    """Take in Patients that were written before there was an index, at most `AT_ONCE`; how many. Safe to repeat."""
    rows = await work.connection.fetch(
        "select r.rid, r.id, r.content from resource r where r.type = $1 and not r.deleted"
        " and not exists (select from person_key k where k.rid = r.rid) order by r.rid limit $2",
        record.type_number("Patient"), AT_ONCE,
    )  # fmt: skip
    if rows:
        await keep(work, [Change("Patient", row["id"], row["rid"], json.decode_fast(row["content"])) for row in rows])
    return len(rows)


async def sharing(work: Work, who: Person, but: int | None = None) -> list[int]:
    """Keys of the Patients that share a key with this person, in order; without the one called `but`."""
    rows = await work.connection.fetch(
        "select distinct rid from unnest($1::bigint[]) k cross join lateral ("
        "  select array_agg(p.rid) as rids from (select rid from person_key where keys @> array[k] limit $2) p) b"
        " cross join lateral unnest(b.rids) rid where cardinality(b.rids) < $2 and rid is distinct from $3 order by rid",
        blocking.keys_of(who), MOST_SHARING + 1, but,
    )  # fmt: skip
    return [row["rid"] for row in rows]


async def people(work: Work) -> int:
    """About how many persons there are: what thresholds go by."""
    found: int = await work.connection.fetchval(
        "select greatest(reltuples, 0)::bigint from pg_class where oid = 'person_key'::regclass"
    )
    return max(found, matching.MEASURED_WITH)
