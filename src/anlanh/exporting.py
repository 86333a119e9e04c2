"""`anlanh fhir export`: the record as NDJSON files in a folder; started again after a break, it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from anlanh.fhir.bulk import asked as asking
from anlanh.fhir.bulk import export, job
from anlanh.fhir.bulk.asked import Asked
from anlanh.fhir.bulk.files import OpenFiles
from anlanh.fhir.bulk.job import File
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal
from anlanh.tenant import open_tenant

Progress = Callable[[int, int, str], None]


class ExportFailed(Problem):
    issue = "exception"
    says = "The export was broken off: {why}"
    hint = "Start the same command again; it goes on where it was."


async def run(
    settings: Settings, url: str, folder: Path, types: Sequence[str], since: str | None, progress: Progress
) -> list[File]:
    """Export to `folder`, an absolute path; the files. `progress(resources so far, about how many there are, type at work)`.

    Safe to repeat: the same command goes on with what was broken off.
    """
    database, own = await open_tenant(settings, url, connections=2)
    try:
        pairs = [("_type", ",".join(types))] * bool(types) + ([("_since", since)] if since else [])
        asked = asking.read(own.criteria(), "system", None, pairs, base="", lenient=False)
        job_id, about = await _job(database, asked, folder)
        counts: dict[str, int] = {}

        def note(resource_type: str, count: int) -> None:
            counts[resource_type] = count
            progress(sum(counts.values()), about, resource_type)

        await export.run(database, own, job_id, OpenFiles(folder), note)
        return await _end(database, job_id)
    finally:
        await database.close()


async def _job(database: Database, asked: Asked, folder: Path) -> tuple[str, int]:
    """The job that was broken off, or a new one; and about how many resources there are."""
    principal = Principal(f"export:{folder}", "system")
    async with works.begin(database, principal, works.OPERATIONS) as work:
        about = await work.connection.fetchval(
            "select reltuples::bigint from pg_class where oid = 'resource'::regclass"
        )
        broken_off = await work.connection.fetchval(
            "select id from bulk_job where requested_by = $1 and state = 'running' and asked = $2 order by asked_at limit 1",
            principal.subject, msgspec.json.encode(asked.as_json()).decode(),
        )  # fmt: skip
        return broken_off or await job.ask(work, "export", "anlanh fhir export", asked.as_json(), defer=False), about


async def _end(database: Database, job_id: str) -> list[File]:
    async with database.connection() as connection:
        found = await job.get(connection, job_id)
        files = await job.files(connection, job_id)
        await connection.execute("delete from bulk_job where id = $1", job_id)
    if found.state != "done":
        outcome = msgspec.json.decode(found.problem or b'{"issue":[{"diagnostics":"it was stopped."}]}')
        raise ExportFailed(why=outcome["issue"][0]["diagnostics"])
    return [file for file in files if file.resources]
