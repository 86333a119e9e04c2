"""`anlanh fhir import`: pieces handed to worker processes, progress with rate and time left, and a report at the end."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import uvloop

from anlanh.demo import province
from anlanh.fhir.bulk import load, sources
from anlanh.fhir.bulk.load import Report
from anlanh.fhir.bulk.sources import Piece
from anlanh.fhir.model import json
from anlanh.fhir.store import read
from anlanh.fhir.store.problems import Gone, NotFound
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings
from anlanh.platform import work as works
from anlanh.tenant import open_tenant

PART_BYTES = 4 * 2**20
PARTS_AHEAD = 4

Progress = Callable[[Report, int], None]


def run(settings: Settings, url: str, path: Path, *, processes: int, progress: Progress) -> Report:
    """Import everything below `path` with that many processes; `progress(report so far, bytes read)` after each chunk.

    Raises:
        Problem: the path cannot be read, or a process failed; what was written stays, and starting again goes on.
    """
    return _share_out(settings, url, sources.parts(path, PART_BYTES), processes, progress)


def _share_out(settings: Settings, url: str, parts: Iterable[Any], processes: int, progress: Progress) -> Report:
    """Hand parts to that many processes, each with its own connection; their reports added up."""
    context = multiprocessing.get_context("fork")
    todo: Any = context.Queue(processes * PARTS_AHEAD)
    done: Any = context.Queue()
    workers = [context.Process(target=_worker, args=(settings, url, todo, done)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    report, sent, answered, read = Report(), 0, 0, 0
    try:
        for part in parts:
            todo.put(part)
            sent += 1
            read += part.size
            while not done.empty() or todo.full():
                answered += _collect(done, report, workers)
                progress(report, read)
        while answered < sent:
            answered += _collect(done, report, workers)
            progress(report, read)
    finally:
        for _ in workers:
            todo.put(None)
        for worker in workers:
            worker.join(10)
            if worker.is_alive():
                worker.kill()
    return report


def _collect(done: Any, report: Report, workers: list[Any]) -> int:
    while True:
        try:
            found = done.get(timeout=1)
        except Exception as empty:
            if type(empty).__name__ != "Empty":
                raise
            if not all(worker.is_alive() for worker in workers):
                raise ImportFailed(why="a worker process ended") from None
            continue
        if isinstance(found, str):
            raise ImportFailed(why=found)
        report.add(found)
        return 1


class ImportFailed(Problem):
    issue = "exception"
    says = "The import was broken off: {why}"
    hint = "Start the same command again; what is there already is skipped."


def _worker(settings: Settings, url: str, todo: Any, done: Any) -> None:
    gc.disable()
    uvloop.run(_serve(settings, url, todo, done))


async def _serve(settings: Settings, url: str, todo: Any, done: Any) -> None:
    database, own = await open_tenant(settings, url, connections=1)
    async with database.connection() as connection:
        await own.refresh(connection)
    async with database.keyed() as connection:
        await connection.execute("set synchronous_commit to off")
    while True:
        part = await asyncio.to_thread(todo.get)
        if part is None:
            break
        try:
            done.put(await load.load(database, own, part.pieces()))
        except Problem as problem:
            done.put(problem.text)
        gc.collect(0)
    await database.close()


def rate(report: Report, started: float) -> float:
    """Resources a second since `started` (time.monotonic)."""
    return report.seen / max(0.001, time.monotonic() - started)


def run_demo(
    settings: Settings, url: str, people: int, *, today: date = province.TODAY, seed: int = province.SEED,
    processes: int, progress: Progress,
) -> Report:  # fmt: skip
    """Load the made-up province with that many people, in several processes; `progress(report so far, people done)`.

    Safe to repeat: the same people are the same, and a province that is there whole is not made again.

    Raises:
        Problem: a process failed; what was written stays, and starting again goes on.
    """
    stamp = province.stamp(people, seed, today)
    if asyncio.run(_stands(settings, url, stamp)):
        return Report(unchanged=1)
    report = _share_out(settings, url, province.parts(people, seed, today), processes, progress)
    if not report.rejected:
        report.add(asyncio.run(_load(settings, url, [stamp])))
    return report


async def load_demo(settings: Settings, url: str, people: int) -> Report:
    """Load the made-up province with that many people, in this process. Safe to repeat: the same people are the same."""
    return await _load(settings, url, province.resources(people))


async def _stands(settings: Settings, url: str, stamp: dict[str, Any]) -> bool:
    """Whether the stamp of just this province is in the record."""
    database, own = await open_tenant(settings, url, connections=1)
    try:
        async with works.begin(database, load.IMPORTER, works.OPERATIONS, transaction=False) as work:
            found = await read.read(work, own, stamp["resourceType"], stamp["id"])
    except (NotFound, Gone):
        return False
    finally:
        await database.close()
    return bool(json.decode_fast(found.content).get("identifier") == stamp["identifier"])


async def _load(settings: Settings, url: str, resources: Iterable[dict[str, Any]]) -> Report:
    pieces = (Piece(f"demo:{number}", json.encode(each)) for number, each in enumerate(resources))
    database, own = await open_tenant(settings, url, connections=1)
    try:
        async with database.connection() as connection:
            await own.refresh(connection)
        return await load.load(database, own, pieces)
    finally:
        await database.close()
