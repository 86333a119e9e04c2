"""The table of exports and imports: asked for, how far, done, deleted.

FHIR: asynchronous request pattern
Source: https://hl7.org/fhir/R4/async.html
"""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from anlanh.fhir.bulk.files import SealedFiles
from anlanh.fhir.bulk.problems import NoSuchJob, TooManyJobs
from anlanh.platform import blobs, jobs
from anlanh.platform.database import Connection
from anlanh.platform.work import Principal, Work

AT_ONCE = 10
"""Exports and imports that one client may have waiting or running."""

KEPT = timedelta(days=1)
TRIES = 10
"""Starts after which a job is said to have failed; fewer than the queue makes, so that somebody is told."""
OPEN = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Job:
    """One export or import, as it stands. `as_of` is its transactionTime."""

    id: str
    kind: str
    state: str
    requested_by: str
    request: str
    asked: dict[str, Any]
    asked_at: datetime
    as_of: datetime | None
    progress: str
    attempts: int
    problem: bytes | None
    expires_at: datetime | None
    principal: Principal


@dataclass(frozen=True, slots=True)
class File:
    """One file of an export: what it holds and how far it counts."""

    kind: str
    type: str
    number: int
    resources: int
    bytes: int
    last_rid: int | None
    whole: bool

    @property
    def name(self) -> str:
        """The file's name among those of its job."""
        return f"{self.type}-{self.number}.ndjson" if self.kind == "output" else f"{self.kind}-{self.number}.ndjson"


def folder(data: Path, job_id: str) -> Path:
    """Where the files of an export lie."""
    return data / "export" / job_id


def files_in(data: Path, job_id: str) -> SealedFiles:
    """The files themselves."""
    return SealedFiles(folder(data, job_id), blobs.keys_of(data))


async def ask(work: Work, kind: str, request: str, asked: dict[str, Any], *, defer: bool = True) -> str:
    """Note the job and, in the same transaction, ask the worker to run it; its id.

    Raises:
        TooManyJobs: the client has too many already.
    """
    waiting = await work.connection.fetchval(
        "select count(*) from bulk_job where requested_by = $1 and state = any($2)", work.principal.subject, list(OPEN)
    )
    if waiting >= AT_ONCE:
        raise TooManyJobs(count=waiting, limit=AT_ONCE)
    job_id = str(uuid.uuid4())
    await work.connection.execute(
        "insert into bulk_job (id, kind, state, requested_by, request, asked, asked_at, principal)"
        " values ($1, $2, 'waiting', $3, $4, $5, $6, $7)",
        job_id, kind, work.principal.subject, request, msgspec.json.encode(asked).decode(), work.at,
        msgspec.json.encode(work.principal).decode(),
    )  # fmt: skip
    if defer:
        await jobs.defer(work, f"bulk-{kind}", job_id=job_id)
    return job_id


async def get(connection: Connection, job_id: str, requested_by: str | None = None) -> Job:
    """The job, for the client who asked for it.

    Raises:
        NoSuchJob: there is none, or it is another client's.
    """
    row = await connection.fetchrow(
        "select id, kind, state, requested_by, request, asked, asked_at, as_of, progress, attempts, problem, expires_at,"
        " principal"
        " from bulk_job where id = $1 and state <> 'cancelled' and ($2::text is null or requested_by = $2)",
        job_id, requested_by,
    )  # fmt: skip
    if row is None:
        raise NoSuchJob
    values = dict(row)
    principal = msgspec.json.decode(values["principal"], type=Principal)
    return Job(**{**values, "asked": msgspec.json.decode(values["asked"]), "principal": principal})


async def start(connection: Connection, job_id: str) -> Job:
    """The job, noted as running.

    Raises:
        NoSuchJob: it was deleted meanwhile.
    """
    await connection.execute(
        "update bulk_job set state = 'running', attempts = attempts + 1 where id = $1 and state = any($2)",
        job_id,
        list(OPEN),
    )
    return await get(connection, job_id)


async def note_as_of(connection: Connection, job_id: str, as_of: datetime) -> datetime:
    """Fix the transactionTime; the first one noted counts."""
    found: datetime = await connection.fetchval(
        "update bulk_job set as_of = coalesce(as_of, $2) where id = $1 returning as_of", job_id, as_of
    )
    return found


async def note_progress(connection: Connection, job_id: str, progress: str) -> None:
    """Say how far it is.

    Raises:
        NoSuchJob: it was deleted meanwhile, so stop.
    """
    done = await connection.execute(
        "update bulk_job set progress = $2 where id = $1 and state = 'running'", job_id, progress[:99]
    )
    if done == "UPDATE 0":
        raise NoSuchJob


async def end(connection: Connection, job_id: str, state: str, at: datetime, problem: bytes | None = None) -> None:
    """Note that it is done or has failed; it is kept for a day from then."""
    await connection.execute(
        "update bulk_job set state = $2, ended_at = $3, expires_at = $4, problem = $5 where id = $1 and state = 'running'",
        job_id, state, at, at + KEPT, problem,
    )  # fmt: skip


async def files(connection: Connection, job_id: str) -> list[File]:
    """Its files, by kind, type and number."""
    rows = await connection.fetch(
        "select kind, type, number, resources, bytes, last_rid, whole from bulk_file where job_id = $1 order by kind, type, number",
        job_id,
    )
    return [_file(row) for row in rows]


def _file(row: asyncpg.Record) -> File:
    return File(**dict(row))


async def note_file(connection: Connection, job_id: str, file: File) -> None:
    """Write down how far a file is."""
    await connection.execute(
        "insert into bulk_file (job_id, kind, type, number, resources, bytes, last_rid, whole) values ($1, $2, $3, $4, $5, $6, $7, $8)"
        " on conflict (job_id, kind, type, number) do update set resources = excluded.resources, bytes = excluded.bytes,"
        " last_rid = excluded.last_rid, whole = excluded.whole",
        job_id, file.kind, file.type, file.number, file.resources, file.bytes, file.last_rid, file.whole,
    )  # fmt: skip


async def forget_type(connection: Connection, job_id: str, resource_type: str) -> None:
    """The files of a type are not to be relied on; they are written again."""
    await connection.execute(
        "delete from bulk_file where job_id = $1 and kind = 'output' and type = $2", job_id, resource_type
    )


async def cancel(connection: Connection, data: Path, job_id: str, requested_by: str) -> None:
    """Delete a job and its files; one that runs stops at its next page.

    Raises:
        NoSuchJob: there is none, or it is another client's.
    """
    job = await get(connection, job_id, requested_by)
    await connection.execute("update bulk_job set state = 'cancelled' where id = $1", job_id)
    if job.state != "running":
        shutil.rmtree(folder(data, job_id), ignore_errors=True)


async def purge(connection: Connection, data: Path, now: datetime) -> int:
    """Forget what has expired or was deleted, with its files. Safe to repeat."""
    rows = await connection.fetch(
        "delete from bulk_job where expires_at < $1 or (state = 'cancelled' and asked_at < $1 - interval '1 hour') returning id",
        now,
    )
    for row in rows:
        shutil.rmtree(folder(data, row["id"]), ignore_errors=True)
    return len(rows)
