"""Plain-SQL migrations, forward only. Every floor and service keeps its own, beside its code.

A tenant is a PostgreSQL schema; all migrations run in each. `schema.sql` beside the migrations says what they add up
to; a test proves it. One migration is one transaction: it is there whole, or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

import asyncpg

from anlanh.kernel.problem import Problem
from anlanh.platform.database import Connection

LOCK = 0x414E4C414E48
"""Advisory lock (`ANLANH`) so that two starting servers do not migrate at once."""


class MigrationChanged(Problem):
    issue = "conflict"
    says = "Migration {name} was applied before with other content."
    hint = "Migrations are never edited. Restore the file and write a new migration."


class MigrationsMissing(Problem):
    issue = "exception"
    says = "The database lacks {count} migrations."
    hint = "Run `anlanh migrate`."


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL. `name` is the owning package and the file's name, `fhir.store/0001_resource.sql`."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Hex digest of the SQL, kept in the database so that an edit shows."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def collect(packages: Iterable[str]) -> Iterator[Migration]:
    """The migrations of the packages named (`anlanh.fhir.store`), in that order, files by name.

    A file `.source` names the package and the file in which a library keeps the SQL of its own tables.
    """
    for package in packages:
        folder = files(package) / "migrations"
        for entry in sorted(
            (e for e in folder.iterdir() if e.name.endswith((".sql", ".source"))), key=lambda e: e.name
        ):
            text = entry.read_text(encoding="utf-8")
            if entry.name.endswith(".source"):
                library, name = text.split()
                text = (files(library) / name).read_text(encoding="utf-8")
            yield Migration(f"{package.removeprefix('anlanh.')}/{entry.name}", text)


async def migrate(connection: Connection, tenant: str, migrations: Iterable[Migration]) -> list[str]:
    """Apply what is missing in the tenant's schema; names of what was applied. Safe to repeat and to run at once.

    Raises:
        MigrationChanged: one that was applied has been edited since.
    """
    await connection.execute("select pg_advisory_lock($1)", LOCK)
    try:
        await connection.execute(f'create schema if not exists "{tenant}"')
        await connection.execute(f'set search_path to "{tenant}"')
        await connection.execute(
            "create table if not exists migration"
            " (name text primary key, sha256 text not null, applied_at timestamptz not null default now())"
        )
        rows = await connection.fetch("select name, sha256 from migration order by name")
        applied = {row["name"]: row["sha256"] for row in rows}
        done = []
        for migration in migrations:
            if migration.name in applied:
                if applied[migration.name] != migration.sha256:
                    raise MigrationChanged(name=migration.name)
                continue
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(
                    "insert into migration (name, sha256) values ($1, $2)", migration.name, migration.sha256
                )
            done.append(migration.name)
        return done
    finally:
        await connection.execute("select pg_advisory_unlock($1)", LOCK)


async def missing(connection: Connection, migrations: Iterable[Migration]) -> list[str]:
    """Names of the migrations that the schema of this connection lacks."""
    try:
        applied = {row["name"] for row in await connection.fetch("select name from migration order by name")}
    except asyncpg.UndefinedTableError:
        applied = set()
    return [migration.name for migration in migrations if migration.name not in applied]
