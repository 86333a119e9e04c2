"""How fast is the made-up province made and loaded?

    .venv/bin/python benchmarks/demo.py [--people 2000] [--processes 2]

Making: one process, resources and bytes a second. Loading: `anlanh demo` into a fresh embedded database, with all
indexes, resources a second from start to end, the database's start taken out.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

from anlanh import importing
from anlanh.demo import province
from anlanh.fhir.model import json
from anlanh.ground import database_url, migrate_database
from anlanh.kernel import settings as settings_


def make(people: int) -> tuple[int, int, float, float]:
    """Resources, bytes, wall seconds, CPU seconds."""
    wall, cpu, count, size = time.perf_counter(), time.process_time(), 0, 0
    for each in province.resources(people):
        size += len(json.encode(each))
        count += 1
    return count, size, time.perf_counter() - wall, time.process_time() - cpu


def load(people: int, processes: int) -> tuple[int, float]:
    """Resources, wall seconds."""
    folder = Path(tempfile.mkdtemp(prefix="anlanh-bench-"))
    folder.chmod(0o755)
    settings = settings_.read({"ANLANH_DATA": str(folder)})
    with database_url(settings, keep=True) as (url, _):
        asyncio.run(migrate_database(settings, url))
        started = time.perf_counter()
        report = importing.run_demo(settings, url, people, processes=processes, progress=lambda found, done: None)
        return report.seen, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    make(100)
    count, size, wall, cpu = make(asked.people)
    print(
        f"made    {count:>9,} resources {size / count:,.0f} bytes each, {count / wall:,.0f}/s, CPU {count / cpu:,.0f}/s"
    )
    count, wall = load(asked.people, asked.processes)
    print(f"loaded  {count:>9,} resources in {wall:.1f} s: {count / wall:,.0f}/s with {asked.processes} processes")


if __name__ == "__main__":
    main()
