"""The database this program stands on: the one that DATABASE_URL names, or the embedded one; and brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from anlanh.app import MIGRATIONS
from anlanh.kernel.settings import Settings
from anlanh.platform import migrations
from anlanh.platform.database import DatabaseDown
from anlanh.platform.postgres import EmbeddedPostgres


@contextmanager
def database_url(settings: Settings, *, keep: bool = False) -> Iterator[tuple[str, EmbeddedPostgres | None]]:
    """The database to use, and the embedded server if it is that one: started for as long as the block runs, unless it
    runs already. `keep`: it is this program's own, to be stopped at the end even if it ran before."""
    if settings.database_url:
        yield settings.database_url, None
        return
    postgres = EmbeddedPostgres(settings.data / "postgres")
    started = postgres.start()
    try:
        yield postgres.url, postgres
    finally:
        if started or keep:
            postgres.stop()


async def migrate_database(settings: Settings, url: str) -> list[str]:
    """Apply the migrations that are missing; their names.

    Raises:
        DatabaseDown: it does not answer.
        MigrationChanged: one that was applied has been edited.
    """
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError) as error:
        raise DatabaseDown from error
    try:
        return await migrations.migrate(connection, settings.tenant, migrations.collect(MIGRATIONS))
    finally:
        await connection.close()
