"""Closure tables in the database. A table belongs to whoever made it; others do not see it.

FHIR: ConceptMap/$closure
Source: https://hl7.org/fhir/R4/conceptmap-operation-closure.html
"""

from __future__ import annotations

from anlanh.fhir.terminology.closure import Table
from anlanh.platform.work import Work


async def reset(work: Work, name: str) -> Table:
    """Make the table, or empty it. Safe to repeat."""
    owner = work.principal.subject
    await work.connection.execute("delete from closure where owner = $1 and name = $2", owner, name)
    await work.connection.execute("insert into closure (owner, name, version) values ($1, $2, 0)", owner, name)
    return Table(name)


async def lock(work: Work, name: str) -> Table | None:
    """The table, held against other writers until the transaction of `work` ends; None when there is none."""
    owner = work.principal.subject
    version = await work.connection.fetchval(
        "select version from closure where owner = $1 and name = $2 for update", owner, name
    )
    if version is None:
        return None
    rows = await work.connection.fetch(
        "select system, code, added from closure_code where owner = $1 and name = $2 order by added, system, code",
        owner,
        name,
    )
    return Table(name, version, {(row["system"], row["code"]): row["added"] for row in rows})


async def save(work: Work, table: Table) -> None:
    """Write what the last version of a locked table has added."""
    owner = work.principal.subject
    fresh = [(owner, table.name, *pair, added) for pair, added in table.codes.items() if added == table.version]
    await work.connection.execute(
        "update closure set version = $3 where owner = $1 and name = $2", owner, table.name, table.version
    )
    await work.connection.executemany(
        "insert into closure_code (owner, name, system, code, added) values ($1, $2, $3, $4, $5) on conflict do nothing",
        fresh,
    )
