"""Search in process for run_search.py: each group of resources in a database of its own, written as it is, then found."""

from __future__ import annotations

import asyncio
import atexit
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import asyncpg

from anlanh.app import MIGRATIONS
from anlanh.fhir.search import query as queries
from anlanh.fhir.store import find, write
from anlanh.fhir.store import record as records
from anlanh.kernel import settings as settings_
from anlanh.platform import migrations
from anlanh.platform import work as works
from anlanh.platform.database import Database, open_database
from anlanh.platform.postgres import EmbeddedPostgres
from anlanh.platform.work import Principal

HARNESS = Principal("harness", "system")


class SearchEngine:
    """Keeps the database of the group last asked for."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self._postgres = postgres
        self._settings = settings_.read({"ANLANH_ZONE": "UTC"})
        self._record = records.new(self._settings.zone)
        self._runner = asyncio.Runner()
        self._group = ""
        self._database: Database | None = None
        self._made = 0

    def search(self, resources: list[dict[str, Any]], resource_type: str, pairs: list[tuple[str, str]]) -> list[str]:
        """The ids of the resources of that type that match.

        Raises:
            Problem: the search is refused.
        """
        return self._runner.run(self._search(resources, resource_type, pairs))

    async def _search(
        self, resources: list[dict[str, Any]], resource_type: str, pairs: list[tuple[str, str]]
    ) -> list[str]:
        group = json.dumps([f"{each['resourceType']}/{each['id']}" for each in resources])
        if self._database is None or group != self._group:
            await self._fill(resources)
            self._group = group
        assert self._database is not None
        criteria = self._record.criteria("http://localhost/fhir")
        query = queries.read(criteria, [resource_type], [*pairs, ("_count", "1000")])
        async with works.begin(self._database, HARNESS, works.TREATMENT, transaction=False) as work:
            page = await find.find(work, self._record, criteria, query)
        return [each.id for each in page.matches]

    async def _fill(self, resources: list[dict[str, Any]]) -> None:
        await self._close()
        self._made += 1
        name = f"group_{self._made}"
        admin = await asyncpg.connect(self._postgres.url)
        await admin.execute(f"create database {name}")
        await admin.close()
        url = self._postgres.url.replace("/anlanh?", f"/{name}?")
        connection = await asyncpg.connect(url)
        await migrations.migrate(connection, self._settings.tenant, migrations.collect(MIGRATIONS))
        await connection.close()
        self._database = await open_database(self._settings, url, connections=1)
        async with works.begin(self._database, HARNESS, works.TREATMENT) as work:
            new = [write.prepare(self._record, each, each["id"]) for each in resources]
            await write.add_new(work, self._record, new)

    async def _close(self) -> None:
        if self._database is not None:
            await self._database.close()
            self._database = None

    def close(self) -> None:
        """Close the database."""
        self._runner.run(self._close())
        self._runner.close()


def on_a_server_of_its_own() -> SearchEngine:
    """An engine with an embedded PostgreSQL that is gone when the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="anlanh-search-"))
    folder.chmod(0o755)
    postgres = EmbeddedPostgres(folder / "pg")
    postgres.start()
    engine = SearchEngine(postgres)

    def end() -> None:
        engine.close()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return engine
