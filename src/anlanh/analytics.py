"""`anlanh lake`: Parquet tables of the record by ViewDefinitions, brought up to date by what has changed, and asked.

The views of a lake lie beside its tables (`views.json`), so that a question needs the folder alone.

FHIR: SQL on FHIR v2
Source: https://sql-on-fhir.org/ig/
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from anlanh.access.relations import turning
from anlanh.fhir import views
from anlanh.fhir.model import json
from anlanh.fhir.store import read, scan
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings
from anlanh.lake import query, tables
from anlanh.lake.extract import Stored
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Occasion, Principal, Work
from anlanh.tenant import open_tenant

VIEWS = "views.json"
MOST_PARTS = 24
"""Parts of the heads from which on the tables are merged."""

ANALYST = Principal("system:lake", "analyst", purpose=works.OPERATIONS)

Progress = Callable[[int], None]
"""Called with the number of resources read so far."""


class NoViews(Problem):
    issue = "not-found"
    says = "There are no ViewDefinitions in {folder}."
    hint = "Name a folder of ViewDefinitions, one JSON file each; or update the lake first, if this is one."


class BadQuery(Problem):
    issue = "invalid"
    says = "The question was not understood: {why}"
    hint = "Write SQL of DuckDB over the tables {tables}."


@dataclass(frozen=True)
class Updated:
    """What an update did: resources read, and tables with their number of parts."""

    resources: int
    parts: dict[str, int]


def read_views(folder: Path) -> list[dict[str, Any]]:
    """The ViewDefinitions of a folder, one JSON file each, by name of file.

    Raises:
        NoViews: there are none. MalformedJson: a file is no JSON.
    """
    found = [json.decode(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
    definitions = [each for each in found if isinstance(each, dict) and each.get("resourceType") == "ViewDefinition"]
    if not definitions:
        raise NoViews(folder=folder)
    return definitions


def update(
    settings: Settings,
    url: str,
    folder: Path,
    definitions: Sequence[dict[str, Any]],
    *,
    afresh: bool = False,
    processes: int = 1,
    progress: Progress = lambda count: None,
) -> Updated:
    """Bring the lake in `folder` up to date with the record of the database at `url`, or build it `afresh`. Safe to
    repeat and to break off: what was there counts until all is written.

    Raises:
        LakeOutdated: a view was changed or added since.
        ViewWithoutName, ViewInvalid: a view is wrong.
    """
    types = sorted({views.compile(each).resource for each in definitions})
    with asyncio.Runner() as runner:
        database, own = runner.run(open_tenant(settings, url, connections=1))
        try:
            reading = _Reading(runner, database, own, types, progress)
            watermark = "" if afresh else tables.state(folder).watermark
            since = datetime.fromisoformat(watermark) if watermark else None
            until = reading.settled()
            state = tables.update(
                folder, definitions, reading.changed(since), watermark=until.isoformat(), afresh=afresh,
                processes=processes,
            )  # fmt: skip
        finally:
            runner.run(database.close())
    (folder / VIEWS).write_bytes(json.encode(list(definitions)))
    if len(state.heads) >= MOST_PARTS:
        state = tables.merge(folder, query.latest(folder))
        tables.forget_unused(folder)
    return Updated(reading.count, {name: len(table.parts) for name, table in state.tables.items()})


def hidden(settings: Settings, url: str, folder: Path) -> set[str]:
    """What the lake holds ("Type/id") and may not be shown any more, for its person has hidden it since the last update."""
    watermark = tables.state(folder).watermark
    if not watermark or not (folder / VIEWS).is_file():
        return set()
    types = sorted({views.compile(each).resource for each in json.decode((folder / VIEWS).read_bytes())})
    with asyncio.Runner() as runner:
        database, own = runner.run(open_tenant(settings, url, connections=1))
        try:
            reading = _Reading(runner, database, own, types, lambda count: None)
            return {each.ref for each in reading.consented(datetime.fromisoformat(watermark)) if each.content is None}
        finally:
            runner.run(database.close())


def ask(folder: Path, sql: str, hidden: Collection[str] = ()) -> duckdb.DuckDBPyRelation:
    """The answer to one question over the tables of the lake, without what is `hidden`; read it before the next question is
    asked.

    Raises:
        NoViews: the folder is no lake. BadQuery: DuckDB does not understand the question.
    """
    if not (folder / VIEWS).is_file():
        raise NoViews(folder=folder)
    definitions = json.decode((folder / VIEWS).read_bytes())
    connection = query.connect(folder, definitions, hidden=hidden)
    try:
        return connection.sql(sql)
    except duckdb.Error as error:
        names = ", ".join(each["name"] for each in definitions)
        raise BadQuery(why=str(error).partition("\n")[0], tables=names) from None


After: TypeAlias = "tuple[datetime, int] | None"


@dataclass
class _Reading:
    """Reads the record page by page for a caller that does not wait for anything."""

    runner: asyncio.Runner
    database: Database
    record: Record
    types: list[str]
    progress: Progress
    count: int = 0

    def settled(self) -> datetime:
        async def run() -> datetime:
            async with works.begin(self.database, ANALYST, works.OPERATIONS, transaction=False) as work:
                return await scan.settled(work)

        return self.runner.run(run())

    def changed(self, since: datetime | None) -> Iterator[Stored]:
        """What was written since; then what is seen more or less of since its person consented or took it back."""

        async def written(work: Work, after: After) -> list[read.Stored]:
            return await scan.changed(work, self.record, self.types, since, after)

        yield from self._pages(written)
        if since is not None:
            yield from self.consented(since)

    def consented(self, since: datetime) -> Iterator[Stored]:
        """What is seen more or less of since then, for its person has consented or taken it back, or a day has come."""

        async def page(work: Work, after: After) -> list[read.Stored]:
            people = await turning.people(work, since)
            return await scan.of_consenting(work, self.record, self.types, since, people, after)

        yield from self._pages(page)

    def _pages(self, read_page: Callable[[Work, After], Awaitable[list[read.Stored]]]) -> Iterator[Stored]:
        after: After = None

        async def page() -> list[read.Stored]:
            async with works.begin(
                self.database, ANALYST, works.OPERATIONS, transaction=False, occasion=Occasion(interaction="lake")
            ) as work:
                return await read_page(work, after)

        while found := self.runner.run(page()):
            for each in found:
                yield Stored(f"{each.type}/{each.id}", each.version, None if each.deleted else each.content)
            after = (found[-1].updated_at, found[-1].rid)
            self.count += len(found)
            self.progress(self.count)
