"""What noticing unusual looks costs: a day of 200,000 rows of 1,000 members of staff at 50 facilities, after four weeks of counts.

.venv/bin/python benchmarks/unusual.py [--rows 200000]
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path

import asyncpg

from anlanh.access.rights.unusual import cases, counting
from anlanh.app import MIGRATIONS
from anlanh.fhir.store import record as records
from anlanh.kernel import settings as settings_
from anlanh.platform import migrations
from anlanh.platform import work as works
from anlanh.platform.database import open_database
from anlanh.platform.postgres import EmbeddedPostgres

DAY = date(2026, 11, 23)
STAFF, FACILITIES = 1000, 50
ROWS = """
insert into access_log (at, patients, deed, resources, subject, role, organization, client, purpose, rule, interaction,
    query, request, network)
select $1::timestamptz + n * interval '86400 seconds' / $2, array[(n * 7919) % 60000], 'R', '', 'Practitioner/' || n % $3,
    'doctor', 'Organization/' || n % $3 % $4, '', 'TREAT', (array['treatment', 'treatment', 'identification'])[n % 3 + 1],
    'read', '', n::text, '' from generate_series(1, $2) n
"""
PAST = """
insert into access_day (day, subject, role, organization, counts)
select $1::date - d, 'Practitioner/' || n, 'doctor', 'Organization/' || n % $3, array[120 + n % 20, 60 + d % 9, 40 + n % 5, 0, 0]
from generate_series(1, 28) d, generate_series(0, $2 - 1) n
"""


async def main(url: str, rows: int) -> None:
    settings = settings_.read({})
    connection = await asyncpg.connect(url)
    await migrations.migrate(connection, settings.tenant, migrations.collect(MIGRATIONS))
    await connection.close()
    record = records.new(settings.zone)
    database = await open_database(settings, url)
    async with works.begin(database, cases.WATCHER, works.OPERATIONS) as work:
        await work.connection.execute(ROWS, datetime.combine(DAY, clock(), record.zone), rows, STAFF, FACILITIES)
        await work.connection.execute(PAST, DAY, STAFF, FACILITIES)
        await work.connection.execute(
            "insert into staff_person select 'Practitioner/' || n, n, now() from generate_series(0, 999) n"
        )
    async with database.connection() as plain:
        await plain.execute("analyze access_log; analyze access_day")
    for each in ("first", "again"):
        async with works.begin(database, cases.WATCHER, works.OPERATIONS) as work:
            started, cpu = time.perf_counter(), time.process_time()
            days = await counting.count(work, record, DAY)
            counted = time.perf_counter()
            await counting.pasts(work, DAY, days)
            compared = time.perf_counter()
            new = await cases.step(work, record, DAY)
            took = time.perf_counter() - compared
        print(
            f"{each}: count {counted - started:.2f} s, pasts {compared - counted:.2f} s, all {took:.2f} s"
            f" (of it Python {time.process_time() - cpu:.2f} s for both), {len(days)} days, {new} cases"
        )
    await database.close()


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--rows", type=int, default=200_000)
folder = Path(tempfile.mkdtemp(prefix="anlanh-bench-"))
folder.chmod(0o755)
server = EmbeddedPostgres(folder / "pg")
server.start()
try:
    asyncio.run(main(server.url, parser.parse_args().rows))
finally:
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
