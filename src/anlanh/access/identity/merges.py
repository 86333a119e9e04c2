"""Merges as rows: who was merged into whom, what was changed for it, and whose record someone's is today.

FHIR: Patient.link
Source: docs/identity.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from anlanh.access.identity.problems import NoSuchMerge
from anlanh.platform.work import Work


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge. `source` and `target` are keys of Patients; `moved` names rows of other tables that follow the person."""

    id: str
    source: int
    target: int
    how: str
    merged_at: datetime
    merged_by: str
    moved: dict[str, Any]
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A resource that a merge changed: its version before, and the one that the merge made."""

    rid: int
    before: int
    after: int


async def add(work: Work, merge: Merge, changes: Sequence[Change]) -> None:
    """Keep a merge."""
    await work.connection.execute(
        "insert into person_merge (id, source, target, how, merged_at, merged_by, moved)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        merge.id, merge.source, merge.target, merge.how, merge.merged_at, merge.merged_by,
        msgspec.json.encode(merge.moved).decode(),
    )  # fmt: skip
    await work.connection.copy_records_to_table(
        "person_merge_change", records=[(merge.id, each.rid, each.before, each.after) for each in changes],
        columns=["merge", "rid", "before", "after"],
    )  # fmt: skip


async def of_id(work: Work, merge_id: str) -> Merge:
    """A merge, held against others who would undo it.

    Raises:
        NoSuchMerge: there is none.
    """
    row = await work.connection.fetchrow("select * from person_merge where id::text = $1 for update", merge_id)
    if row is None:
        raise NoSuchMerge
    return _of(row)


async def in_force(work: Work, source: int) -> Merge | None:
    """The merge that replaced this Patient, if it was not undone."""
    row = await work.connection.fetchrow("select * from person_merge where source = $1 and undone_at is null", source)
    return _of(row) if row else None


async def changes(work: Work, merge_id: str) -> list[Change]:
    """What a merge changed, in order of key."""
    rows = await work.connection.fetch(
        "select rid, before, after from person_merge_change where merge::text = $1 order by rid", merge_id
    )
    return [Change(*row) for row in rows]


async def undone(work: Work, merge_id: str) -> None:
    """Note that a merge holds no longer."""
    await work.connection.execute(
        "update person_merge set undone_at = $2, undone_by = $3 where id::text = $1",
        merge_id, work.at, work.principal.subject,
    )  # fmt: skip


async def latest(work: Work, limit: int, before: tuple[datetime, str] | None = None) -> list[Merge]:
    """Merges, newest first."""
    at, merge_id = before or (None, None)
    rows = await work.connection.fetch(
        "select * from person_merge where $1::timestamptz is null or (merged_at, id) < ($1, $2::uuid)"
        " order by merged_at desc, id desc limit $3",
        at, merge_id, limit,
    )  # fmt: skip
    return [_of(row) for row in rows]


async def all_keys(work: Work, rid: int) -> list[int]:
    """The key of a Patient and of all those that were merged into it, at whatever remove, itself first: under which what
    is only ever added to, such as the access log, knows this person."""
    rows = await work.connection.fetch(
        "with recursive same (rid, depth) as (select $1::bigint, 0 union"
        " select m.source, s.depth + 1 from person_merge m join same s on m.target = s.rid where m.undone_at is null)"
        " select rid from same group by rid order by min(depth), rid",
        rid,
    )
    return [row["rid"] for row in rows]


async def today(work: Work, rid: int) -> int:
    """The key of the Patient who stands for this one today: itself, or whom it was merged into."""
    found: int = await work.connection.fetchval(
        "with recursive chain (rid, depth) as (select $1::bigint, 0 union all"
        " select m.target, c.depth + 1 from person_merge m join chain c on m.source = c.rid"
        " where m.undone_at is null and c.depth < 50) select rid from chain order by depth desc limit 1",
        rid,
    )
    return found


def _of(row: asyncpg.Record) -> Merge:
    return Merge(
        str(row["id"]), row["source"], row["target"], row["how"], row["merged_at"], row["merged_by"],
        msgspec.json.decode(row["moved"]), row["undone_at"], row["undone_by"],
    )  # fmt: skip
