"""`anlanh check`, `anlanh fhir reindex` and `anlanh fhir stats`: does the index agree with the record, and how big is it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from anlanh.fhir.store import reindex
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings
from anlanh.platform import migrations
from anlanh.platform import work as works
from anlanh.platform.database import Database, open_database
from anlanh.platform.work import Principal, Work
from anlanh.tenant import open_tenant

CHECKER = Principal("check", "system")
Progress = Callable[[int, int], None]


class IndexDiffers(Problem):
    issue = "exception"
    says = "The index of {count} resources does not agree with the resources."
    hint = "Run `anlanh fhir reindex`; if it happens again, tell the makers."


class HistoryBroken(Problem):
    issue = "exception"
    says = "{count} resources have a gap in their versions, or rows in the index that belong to nothing."
    hint = "Restore the last backup beside this database and compare; tell the makers."


@dataclass(frozen=True, slots=True)
class Checked:
    """What a walk over the record found."""

    resources: int
    versions: int
    repaired: int


async def check(settings: Settings, url: str, progress: Progress, *, repair: bool = False) -> Checked:
    """Work out every index anew and compare; count versions without a gap. With `repair`, put right what differs.

    Raises:
        IndexDiffers, HistoryBroken: something is wrong (and was not to be repaired).
    """
    database, own = await open_tenant(settings, url, connections=2)
    try:
        return await _check(database, own, progress, repair)
    finally:
        await database.close()


async def _check(database: Database, own: Record, progress: Progress, repair: bool) -> Checked:
    async with works.begin(database, CHECKER, works.OPERATIONS, transaction=False) as work:
        await own.refresh(work.connection)
        total = await work.connection.fetchval("select count(*) from resource where not deleted")
        seen = differed = 0
        async for at in reindex.walk(work, own, repair=repair):
            seen, differed = at.seen, at.differed
            progress(seen, total)
        if differed and not repair:
            raise IndexDiffers(count=differed)
        broken = await _broken_histories(work)
        if broken:
            raise HistoryBroken(count=broken)
        versions = await work.connection.fetchval(
            "select (select count(*) from resource) + (select count(*) from history)"
        )
    return Checked(seen, versions, differed)


async def _broken_histories(work: Work) -> int:
    """Resources whose history is not the versions 1 to n-1, and index rows without a resource."""
    return int(
        await work.connection.fetchval(
            "select (select count(*) from resource r left join"
            " (select rid, count(*) as n, max(version) as last from history group by rid) h on h.rid = r.rid"
            " where coalesce(h.n, 0) <> r.version - 1 or coalesce(h.last, 0) <> r.version - 1)"
            " + (select count(*) from range_index x where not exists"
            " (select from resource r where r.rid = x.rid and not r.deleted))"
        )
    )


async def stats(settings: Settings, url: str) -> list[tuple[str, int, int]]:
    """(resource type, resources, versions in history) for every type in the record; then the size of each table and index
    as (name, rows estimated, bytes)."""
    database, own = await open_tenant(settings, url, connections=1)
    try:
        async with database.connection() as connection:
            rows = await connection.fetch(
                "select type, count(*) filter (where not deleted) as now,"
                " (select count(*) from history h where h.type = r.type) as old from resource r group by type order by type"
            )
            sizes = await connection.fetch(
                "select c.relname, c.reltuples::bigint as rows,"
                " pg_relation_size(c.oid) + coalesce(pg_relation_size(c.reltoastrelid), 0) as bytes"
                " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                " where n.nspname = $1 and c.relkind in ('r', 'i') order by 3 desc",
                settings.tenant,
            )
            filling = await connection.fetch("select url, state, done, total from reindex order by url")
    finally:
        await database.close()
    return (
        [(own.type_names[row["type"]], row["now"], row["old"]) for row in rows]
        + [
            (f"{row['relname']} (table or index)", max(row["rows"], 0), row["bytes"])
            for row in sizes
            if row["bytes"] > 8192
        ]
        + [(f"{row['url']} ({row['state']})", row["done"], row["total"]) for row in filling]
    )


async def missing_migrations(settings: Settings, url: str, packages: tuple[str, ...]) -> list[str]:
    """Names of migrations that the database lacks."""
    database = await open_database(settings, url, connections=1)
    try:
        async with database.connection() as connection:
            return await migrations.missing(connection, migrations.collect(packages))
    finally:
        await database.close()
