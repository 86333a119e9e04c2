"""Server time of opening one person's record, for a person with thousands of resources, with rules, masks and the log of looks.

    .venv/bin/python benchmarks/record.py --resources 5000 --times 60

Starts a database of its own in a temporary folder. Source of the wish: a person with 5,000 resources opens within 150 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg

from anlanh.access import principals
from anlanh.app import MIGRATIONS
from anlanh.demo import province
from anlanh.fhir.store import write
from anlanh.fhir.store.record import Record
from anlanh.kernel import settings as settings_
from anlanh.platform import migrations
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.postgres import EmbeddedPostgres
from anlanh.platform.work import Principal, Work
from anlanh.services.record import api
from anlanh.services.record.actions import summing_up
from anlanh.tenant import open_tenant

PATIENT = "nguoi-000000"
SYSTEM = Principal("system:benchmark", "system")
DAY = date(2026, 11, 20)


def resources(count: int) -> Iterator[dict[str, Any]]:
    """The made-up farmer, and his own observations, prescriptions and visits again and again until there are so many."""
    everything = list(province.block(0, 2, today=DAY))
    own = [each for each in everything if f"Patient/{PATIENT}" in str(each)]
    yield from everything
    dice = random.Random(7)
    again = [each for each in own if each["resourceType"] not in ("Patient", "RelatedPerson", "Group", "Coverage")]
    for number in range(max(0, count - len(own))):
        copied = dict(dice.choice(again))
        copied["id"] = f"{copied['id']}-x{number}"
        for name in ("effectiveDateTime", "authoredOn", "occurrenceDateTime", "issued", "recordedDate"):
            if name in copied:
                copied[name] = f"{dice.randrange(2006, 2026)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"
        copied.pop("identifier", None)
        yield copied


async def fill(database: Database, record: Record, count: int) -> None:
    """Write facilities and the person."""
    listed = [*province.institutions(2, today=DAY), *resources(count)]
    for start in range(0, len(listed), 500):
        async with works.begin(database, SYSTEM, works.TREATMENT) as work:
            for each in listed[start : start + 500]:
                await write.put(work, record, write.prepare(record, each, str(each["id"])))


async def measure(
    database: Database, who: Principal, times: int, what: Callable[[Work], Awaitable[object]]
) -> list[float]:
    """Milliseconds of each time, the row of the log on the disk included."""
    found = []
    for _ in range(times + 5):
        started = time.perf_counter()
        async with works.begin(database, who, who.purpose, transaction=False) as work:
            await what(work)
        found.append((time.perf_counter() - started) * 1000)
    return found[5:]


def main(count: int, times: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="anlanh-record-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        try:
            asyncio.run(_run(server.url, count, times))
        finally:
            server.stop()


async def _run(url: str, count: int, times: int) -> None:
    settings = settings_.read({})
    connection = await asyncpg.connect(url)
    await migrations.migrate(connection, settings.tenant, migrations.collect(MIGRATIONS))
    await connection.close()
    database, record = await open_tenant(settings, url, connections=3)
    try:
        await fill(database, record, count)
        async with database.connection() as raw:
            await raw.execute("analyze")
        station = principals.principal(
            "Practitioner/benchmark", "station-worker", organizations=("Organization/tram-y-te-01912",), assurance=2
        )
        citizen = principals.principal(f"Patient/{PATIENT}", "citizen", patient=f"Patient/{PATIENT}")
        cases: list[tuple[str, Principal, Callable[[Work], Awaitable[object]]]] = [
            ("overview, station", station, lambda work: api.open_chart(work, record, PATIENT)),
            ("overview, citizen", citizen, lambda work: api.open_chart(work, record, PATIENT)),
            ("banner only", station, lambda work: api.open_banner(work, record, PATIENT)),
            ("timeline, station", station, lambda work: api.open_timeline(work, record, PATIENT)),
            (
                "course of one test",
                station,
                lambda work: api.series_of(work, record, PATIENT, "http://loinc.org|14771-0"),
            ),
            ("summary, citizen", citizen, lambda work: summing_up.summarise(work, record, PATIENT)),
        ]
        print(f"{count} resources of one person, {times} times each")
        for name, who, what in cases:
            found = sorted(await measure(database, who, times, what))
            print(f"{name:22} p50 {statistics.median(found):6.1f} ms   p95 {found[int(len(found) * 0.95) - 1]:6.1f} ms")
    finally:
        await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", type=int, default=5000)
    parser.add_argument("--times", type=int, default=60)
    given = parser.parse_args()
    main(given.resources, given.times)
