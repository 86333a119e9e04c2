"""How fast an export writes, and how fast its files are read again: lying open, as on the command line, and sealed.

    .venv/bin/python benchmarks/export.py --people 600 --times 3

Starts a database of its own in a temporary folder. The second in which an export waits for older transactions is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import asyncpg

from anlanh.app import MIGRATIONS
from anlanh.demo import province
from anlanh.fhir.bulk import asked as asking
from anlanh.fhir.bulk import export, job, load
from anlanh.fhir.bulk.files import Files, OpenFiles, SealedFiles
from anlanh.fhir.bulk.sources import Piece
from anlanh.fhir.model import json
from anlanh.fhir.store.record import Record
from anlanh.kernel import settings as settings_
from anlanh.platform import migrations
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.envelope import Keys
from anlanh.platform.postgres import EmbeddedPostgres
from anlanh.tenant import open_tenant

DAY = date(2026, 11, 20)


async def written(database: Database, record: Record, files: Files) -> tuple[float, list[job.File]]:
    """Seconds that an export of everything takes, and what it made."""
    asked = asking.read(record.criteria(), "system", None, [], base="", lenient=False)
    async with works.begin(database, export.EXPORTER, works.OPERATIONS) as work:
        job_id = await job.ask(work, "export", "benchmark", asked.as_json(), defer=False)
    started = time.perf_counter()
    await export.run(database, record, job_id, files)
    seconds = time.perf_counter() - started
    async with database.connection() as connection:
        return seconds, await job.files(connection, job_id)


def read(files: Files, made: list[job.File]) -> float:
    """Seconds that it takes to read them all."""
    started = time.perf_counter()
    for file in made:
        if file.resources and isinstance(files, SealedFiles):
            assert sum(map(len, files.read(file.name, file.bytes))) == file.bytes
        elif file.resources:
            assert len(files.path(file.name).read_bytes()) == file.bytes
    return time.perf_counter() - started


async def _run(url: str, folder: Path, people: int, times: int) -> None:
    settings = settings_.read({"ANLANH_DATA": str(folder / "data")})
    connection = await asyncpg.connect(url)
    await migrations.migrate(connection, settings.tenant, migrations.collect(MIGRATIONS))
    await connection.close()
    database, record = await open_tenant(settings, url, connections=3)
    export.SLACK = timedelta(0)
    try:
        listed = enumerate(province.resources(people, today=DAY))
        await load.load(database, record, (Piece(str(number), json.encode(each)) for number, each in listed))
        async with database.connection() as raw:
            await raw.execute("analyze")
        kinds: dict[str, Callable[[int], Files]] = {
            "open": lambda at: OpenFiles(folder / f"open-{at}"),
            "sealed": lambda at: SealedFiles(folder / f"sealed-{at}", Keys(folder / "key")),
        }
        for at in range(times):
            for name, of in kinds.items():
                files = of(at)
                seconds, made = await written(database, record, files)
                size, count = sum(file.bytes for file in made) / 1e6, sum(file.resources for file in made)
                print(f"{name:6}  {count} resources, {size:.0f} MB: written at {size / seconds:5.0f} MB/s, "
                      f"read at {size / read(files, made):5.0f} MB/s")  # fmt: skip
    finally:
        await database.close()


def main(people: int, times: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="anlanh-export-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        try:
            asyncio.run(_run(server.url, Path(folder), people, times))
        finally:
            server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    main(given.people, given.times)
