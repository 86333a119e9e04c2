"""Rows of other tables that go with the person when Patients are merged, and come back when that is undone.

What is only ever added to (the access log, receipts) stays under the old key: `merges.all_keys` finds it.

Source: docs/identity.md
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from anlanh.platform.work import Work

Following: TypeAlias = tuple[str, str, int]
"""Table, and the column that says whose row it is: by the key (0) or the reference (1) of the Patient. Rows have an id."""

TABLES: list[Following] = [
    ("emergency", "patient", 0),
    ("inquiry", "patient", 0),
    ("rights_request", "patient", 0),
    ("oauth_grant", "patient_ref", 1),
]
"""Those of access, and what services have entered."""

Moved = dict[str, Any]


def enter(tables: Iterable[Following]) -> None:
    """Rows of these tables go with the person too. Safe to repeat."""
    TABLES.extend(each for each in tables if each not in TABLES)


async def move(work: Work, source: tuple[int, str], target: tuple[int, str]) -> Moved:
    """Let the rows of the source be the target's. Each is key and reference of a Patient. What was moved, to be kept.

    The account of the source becomes the target's; where both have one, that of the source is closed and signed out.
    """
    moved: Moved = {}
    for table, column, by in TABLES:
        rows = await work.connection.fetch(
            f"with moved as (update {table} set {column} = $2 where {column} = $1 returning id::text as id)"
            " select id from moved order by id",
            source[by], target[by],
        )  # fmt: skip
        moved[f"{table}.{column}"] = [row["id"] for row in rows]
    rows = await work.connection.fetch(
        "with moved as (update relation set patient = $2 where patient = $1 and kind = 'emergency'"
        " returning source, party) select source, party from moved order by source, party",
        source[0], target[0],
    )  # fmt: skip
    moved["relation"] = [[row["source"], row["party"]] for row in rows]
    moved["account"] = await _move_account(work, source[1], target[1])
    return moved


async def _move_account(work: Work, source: str, target: str) -> list[Any]:
    rows = await work.connection.fetch(
        "select id, person_ref, state from account where person_ref = any($1::text[]) order by id for update",
        [source, target],
    )
    mine = next((row for row in rows if row["person_ref"] == source), None)
    if mine is None:
        return []
    await work.connection.execute("delete from account_session where account_id = $1", mine["id"])
    if len(rows) == 1:
        await work.connection.execute("update account set person_ref = $2 where id = $1", mine["id"], target)
        return [mine["id"], "moved", mine["state"]]
    await work.connection.execute("update account set state = 'disabled' where id = $1", mine["id"])
    return [mine["id"], "closed", mine["state"]]


async def bring_back(work: Work, moved: Moved, source: tuple[int, str], target: tuple[int, str]) -> None:
    """Let what was moved be the source's again. Safe to repeat."""
    for table, column, by in TABLES:
        await work.connection.execute(
            f"update {table} set {column} = $2 where {column} = $3 and id::text = any($1::text[])",
            moved.get(f"{table}.{column}", moved.get(table, [])), source[by], target[by],
        )  # fmt: skip
    for relation_source, party in moved.get("relation", ()):
        await work.connection.execute(
            "update relation set patient = $1 where patient = $2 and kind = 'emergency' and source = $3 and party = $4",
            source[0], target[0], relation_source, party,
        )  # fmt: skip
    if not moved.get("account"):
        return
    account, what, state = moved["account"]
    await work.connection.execute("delete from account_session where account_id = $1", account)
    if what == "closed":
        await work.connection.execute("update account set state = $2 where id = $1", account, state)
        return
    await work.connection.execute(
        "update account set person_ref = $2 where id = $1 and person_ref = $3"
        " and not exists (select from account other where other.person_ref = $2)",
        account, source[1], target[1],
    )  # fmt: skip
