"""An import asked for over HTTP, run in the background: files of the server's own folder, Binary resources, or text sent along.

Nothing is fetched from other addresses. Every line that is rejected is reported with its place and the way out.

FHIR: $import (draft), NDJSON
Source: https://github.com/smart-on-fhir/bulk-import/blob/master/import.md
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from anlanh.fhir.bulk import job, load, sources
from anlanh.fhir.bulk.export import outcome_of
from anlanh.fhir.bulk.job import File
from anlanh.fhir.bulk.load import Report
from anlanh.fhir.bulk.problems import BadImport, JobFailed, NoSuchJob
from anlanh.fhir.bulk.sources import Piece
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.database import Connection, Database

PIECES = 200
"""Lines imported at once: the process that imports also delivers notifications."""

Asked = dict[str, Any]


def read(body: Any) -> Asked:
    """The inputs of a Parameters resource, or of the plain JSON form `{"inputFormat": …, "input": [{"url": …}]}`.

    Raises:
        BadImport: there are none, or one is an address on the network.
    """
    inputs = [_input(each) for each in _inputs(body)]
    if not inputs:
        raise BadImport(why="it names no input")
    return {"inputs": inputs}


def _inputs(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, dict):
        return []
    if body.get("resourceType") != "Parameters":
        found = body.get("input")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    out = []
    for parameter in body.get("parameter", ()):
        if parameter.get("name") == "input":
            parts = {part.get("name"): part for part in parameter.get("part", ())}
            url = next((v for n, v in parts.get("url", {}).items() if n.startswith("value")), None)
            out.append({"url": url, "resource": parts.get("resource", {}).get("resource")})
    return out


def _input(given: dict[str, Any]) -> dict[str, str]:
    resource, url = given.get("resource"), given.get("url")
    if isinstance(resource, dict) and resource.get("resourceType") == "Binary":
        return {"data": str(resource.get("data", ""))}
    if not isinstance(url, str) or not url:
        raise BadImport(why="an input has neither url nor a Binary resource")
    if ":" in url or url.startswith("/") or ".." in url.split("/"):
        raise BadImport(why=f"{url[:60]!r} is not a file of the import folder or Binary/[id]")
    return {"url": url}


async def run(database: Database, record: Record, job_id: str, data: Path) -> None:
    """Run an import; safe to repeat, since what is there already is left alone."""
    principal = load.IMPORTER
    async with works.begin(database, principal, works.OPERATIONS, transaction=False) as work:
        connection = work.connection
        try:
            found = await job.start(connection, job_id)
            if found.state != "running":
                return
            if found.attempts > job.TRIES:
                raise JobFailed(kind="import", attempts=job.TRIES)
            report = await _load_all(database, connection, record, found, data)
            await _write_report(connection, found, report, data)
            await job.note_progress(connection, job_id, _figures(report))
            await job.end(connection, job_id, "done", works.instant())
        except NoSuchJob:
            return
        except Problem as problem:
            if problem.issue in ("transient", "throttled"):
                raise
            await job.end(connection, job_id, "failed", works.instant(), outcome_of(problem.text, problem.issue))


async def _load_all(database: Database, connection: Connection, record: Record, found: job.Job, data: Path) -> Report:
    report = Report()
    for number, each in enumerate(found.asked["inputs"], 1):
        pieces = await _pieces(connection, each, f"input {number}", data)
        while chunk := await asyncio.to_thread(lambda pieces=pieces: list(islice(pieces, PIECES))):  # type: ignore[misc]
            report.add(await load.load(database, record, chunk))
            await job.note_progress(connection, found.id, _figures(report))
    return report


async def _pieces(connection: Connection, given: dict[str, str], name: str, data: Path) -> Iterator[Piece]:
    if "data" in given:
        return _lines(name, given["data"])
    if given["url"].startswith("Binary/"):
        content = await connection.fetchval(
            "select content from resource where rid = $1 and not deleted", rid_of("Binary", given["url"][7:])
        )
        if content is None:
            raise BadImport(why=f"there is no {given['url'][:80]}")
        return _lines(given["url"], json.decode_fast(content).get("data", ""))
    folder = (data / "import").resolve()
    path = (folder / given["url"]).resolve()
    if not path.is_relative_to(folder) or not path.exists():
        raise BadImport(why=f"the import folder has no {given['url'][:80]!r}")
    return sources.pieces(path)


def _lines(name: str, encoded: str) -> Iterator[Piece]:
    try:
        lines = base64.b64decode(encoded, validate=True).split(b"\n")
    except (binascii.Error, ValueError):
        raise BadImport(why=f"the Binary of {name} is not base64") from None
    return (Piece(f"{name}:{number}", line) for number, line in enumerate(lines, 1) if line.strip())


async def _write_report(connection: Connection, found: job.Job, report: Report, data: Path) -> None:
    """Every rejected line as an OperationOutcome in the manifest's `error` file."""
    lines = [outcome_of(f"{each.place}: {each.why} {each.hint}".strip(), "invalid") for each in report.rejects]
    content = b"".join(line + b"\n" for line in lines)
    file = File("error", "OperationOutcome", 1, len(lines), len(content), None, True)
    if lines:
        files = job.files_in(data, found.id)
        files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.path(file.name).unlink(missing_ok=True)
        await asyncio.to_thread(files.append, file.name, content)
    await job.note_file(connection, found.id, file)


def _figures(report: Report) -> str:
    return (
        f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged, {report.rejected} rejected"
    )
