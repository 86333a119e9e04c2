"""An export, run: the resources asked for as NDJSON files, stored bytes copied as they are.

A page is read by key and appended, then noted; so a killed export goes on after the last page noted, and no long
transaction holds back the database. What was committed before `as_of` is there once, at its state then or later:
before the first page, the export waits for the transactions that began earlier; a resource that is newer than `as_of`
is left to the next export.

FHIR: Bulk Data Access 2.0
Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html
"""

from __future__ import annotations

import asyncio
import shutil
from array import array
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import asyncpg

from anlanh.fhir.bulk import asked as asking
from anlanh.fhir.bulk import attachments, deleted, job, scope
from anlanh.fhir.bulk.asked import Asked
from anlanh.fhir.bulk.files import Files
from anlanh.fhir.bulk.job import File, Job
from anlanh.fhir.bulk.problems import JobFailed, NoSuchJob
from anlanh.fhir.model import json
from anlanh.fhir.store import summary
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import Sight, narrowest, note
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.database import Auditor, Connection, Database
from anlanh.platform.work import Act, Occasion, Principal

EXPORTER = Principal("export", "system")
PAGE = 2000
"""Resources read and noted at once."""

FILE_RESOURCES = 200_000
"""Resources after which the next file begins."""

SLACK = timedelta(seconds=1)
"""A request's instant is taken this much before its transaction begins, at the most."""

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class _Export:
    """What the steps of one export share."""

    connection: Connection
    record: Record
    job: Job
    asked: Asked
    as_of: datetime
    files: Files
    progress: Progress
    sight: Sight
    auditor: Auditor
    base: str
    told: dict[str, set[int]] = field(default_factory=dict)


async def run(
    database: Database,
    record: Record,
    job_id: str,
    files: Files,
    progress: Progress = lambda resource_type, count: None,
) -> None:
    """Run or go on with an export; what it writes goes to `files`. Safe to repeat. `progress(type, resources so far)`.

    A fault of the request ends it as failed; other exceptions are the caller's, who tries again later.
    """
    async with works.begin(database, EXPORTER, works.OPERATIONS, transaction=False) as work:
        connection = work.connection
        try:
            found = await job.start(connection, job_id)
            if found.state != "running":
                return
            if found.attempts > job.TRIES:
                raise JobFailed(kind="export", attempts=job.TRIES)
            as_of = found.as_of or await job.note_as_of(connection, job_id, works.instant())
            sight = record.sights(found.principal, found.principal.purpose)
            export = _Export(
                connection,
                record,
                found,
                asking.of_json(found.asked),
                as_of,
                files,
                progress,
                sight,
                database.auditor,
                attachments.base_of(found.request),
            )
            files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            await _wait_for_older_transactions(connection, as_of)
            await _write_all(export)
            await job.end(connection, job_id, "done", works.instant())
        except NoSuchJob:
            shutil.rmtree(files.folder, ignore_errors=True)
        except Problem as problem:
            if problem.issue in ("transient", "throttled"):
                raise
            await job.end(connection, job_id, "failed", works.instant(), outcome_of(problem.text, problem.issue))


async def _wait_for_older_transactions(connection: Connection, as_of: datetime) -> None:
    """Until every transaction that may have written at or before `as_of` has ended."""
    await asyncio.sleep(max(0.0, (as_of + SLACK - works.instant()).total_seconds()))
    while await connection.fetchval(  # noqa: ASYNC110 (the database tells nobody when a transaction ends)
        "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"
        " and application_name = 'anlanh' and pid <> pg_backend_pid() and xact_start <= $1",
        as_of + SLACK,
    ):
        await asyncio.sleep(0.1)


async def _write_all(export: _Export) -> None:
    there = await job.files(export.connection, export.job.id)
    total = 0
    for number, resource_type in enumerate(export.asked.types):
        mine = [file for file in there if file.kind == "output" and file.type == resource_type]
        if not mine or not mine[-1].whole:
            mine = [
                await _write_type(export, resource_type, mine, f"{number} of {len(export.asked.types)} types, {total}")
            ]
        total += sum(file.resources for file in mine)
    kinds = {file.kind for file in there if file.whole}
    if export.asked.notes and "error" not in kinds:
        lines = [outcome_of(note, "not-supported", "warning") for note in export.asked.notes]
        await _write_small(export, "error", "OperationOutcome", lines)
    if export.asked.since is not None and "deleted" not in kinds:
        lines = [line async for line in deleted.bundles(export.connection, export.record, export.asked, export.sight)]
        await _write_small(export, "deleted", "Bundle", lines)


async def _write_type(export: _Export, resource_type: str, there: list[File], before: str) -> File:
    """Write what is left of a type; its last file, with the resources of all."""
    file, total = await _take_up(export, resource_type, there)
    elements = _elements_of(export.asked.elements, resource_type)
    async for rows in _pages(export, resource_type, file.last_rid):
        if file.resources >= FILE_RESOURCES:
            file = File("output", resource_type, file.number + 1, 0, 0, file.last_rid, False)
            export.files.path(file.name).unlink(missing_ok=True)
        await _tell(export, resource_type, rows)
        content = b"".join([_line(export, resource_type, row["content"], elements) for row in rows])
        await asyncio.to_thread(export.files.append, file.name, content)
        total += len(rows)
        file = replace(
            file, resources=file.resources + len(rows), bytes=file.bytes + len(content), last_rid=rows[-1]["rid"]
        )
        await job.note_file(export.connection, export.job.id, file)
        await job.note_progress(export.connection, export.job.id, f"{before} resources; {resource_type}: {total}")
        export.progress(resource_type, total)
    file = replace(file, whole=True)
    await job.note_file(export.connection, export.job.id, file)
    return replace(file, resources=total)


async def _take_up(export: _Export, resource_type: str, there: list[File]) -> tuple[File, int]:
    """Where the type goes on: its last file, cut to what was noted, and how many resources there are."""
    if there:
        if await asyncio.to_thread(export.files.cut, there[-1].name, there[-1].bytes):
            return there[-1], sum(file.resources for file in there)
        await job.forget_type(export.connection, export.job.id, resource_type)
    file = File("output", resource_type, 1, 0, 0, None, False)
    export.files.path(file.name).unlink(missing_ok=True)
    return file, 0


def _elements_of(elements: Sequence[str], resource_type: str) -> list[str]:
    return [each for each in elements if "." not in each or each.startswith(f"{resource_type}.")]


def _line(export: _Export, resource_type: str, content: bytes, elements: list[str]) -> bytes:
    grant = narrowest(export.sight, resource_type)
    if grant is not None and grant.mask is not None:
        content = grant.mask.part_of(resource_type, content)
    content = attachments.absolute(content, export.base)
    return (summary.part_of(export.record.known, content, "false", elements) if elements else content) + b"\n"


async def _tell(export: _Export, resource_type: str, rows: Sequence[asyncpg.Record]) -> None:
    """Write down, before they are in a file, whose resources of the type are exported: each person once."""
    told = export.told.setdefault(resource_type, set())
    grant = narrowest(export.sight, resource_type)
    who = export.job.principal
    act = Act(
        principal=who, purpose=who.purpose, at=works.instant(),
        occasion=Occasion(export.job.id, "export", export.job.request.partition("?")[2]),
    )  # fmt: skip
    for row in rows:
        fresh = [each for each in row["patients"] if each not in told]
        if fresh:
            told.update(fresh)
            note(act, export.sight, grant.rule if grant else "", resource_type, row["rid"], fresh, "R")
    if act.seen:
        await export.auditor.apart(act)


async def _pages(export: _Export, resource_type: str, after: int | None) -> AsyncIterator[list[asyncpg.Record]]:
    """The resources in order of key, page by page. A limited export finds the keys first, once."""
    tests, values = _times(export)
    limits = await scope.limits(export.connection, export.record, export.asked, resource_type, export.sight)
    if limits is None:
        while rows := await export.connection.fetch(
            f"select rid, content, patients from resource where type = $1 and not deleted and ($2::bigint is null or rid > $2)"
            f" and {tests} order by rid limit {PAGE}",
            export.record.type_number(resource_type), after, *values,
        ):  # fmt: skip
            yield rows
            after = rows[-1]["rid"]
        return
    keys = await _keys(export.connection, limits, after)
    for at in range(0, len(keys), PAGE):
        rows = await export.connection.fetch(
            f"select rid, content, patients from resource where rid = any($1::bigint[]) and not deleted and $2 and {tests} order by rid",
            keys[at : at + PAGE].tolist(), True, *values,
        )  # fmt: skip
        if rows:
            yield rows


async def _keys(connection: Connection, limits: scope.Limits, after: int | None) -> array[int]:
    keys = array("q")
    async with connection.transaction(readonly=True):
        await connection.execute("set local statement_timeout = 0; set local application_name = 'anlanh-export'")
        async for row in connection.cursor(limits.sql, *limits.values, prefetch=10_000):
            if after is None or row[0] > after:
                keys.append(row[0])
    return keys


def _times(export: _Export) -> tuple[str, list[datetime]]:
    """After `_since`; and not made after `as_of` (what was changed after it is there in its later state)."""
    if (since := export.asked.since_at) is None:
        return "(updated_at <= $3 or version > 1)", [export.as_of]
    return "(updated_at <= $3 or version > 1) and updated_at > $4", [export.as_of, since]


async def _write_small(export: _Export, kind: str, resource_type: str, lines: list[bytes]) -> None:
    content = b"".join(line + b"\n" for line in lines)
    file = File(kind, resource_type, 1, len(lines), len(content), None, True)
    export.files.path(file.name).unlink(missing_ok=True)
    await asyncio.to_thread(export.files.append, file.name, content)
    await job.note_file(export.connection, export.job.id, file)


def outcome_of(text: str, code: str, severity: str = "error") -> bytes:
    """An OperationOutcome of one issue, as JSON."""
    issue = {"severity": severity, "code": code, "diagnostics": text}
    return json.encode({"resourceType": "OperationOutcome", "issue": [issue]})
