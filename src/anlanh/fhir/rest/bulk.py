"""Exports and imports over HTTP: kick-off, status, cancel, files.

FHIR: Bulk Data Access 2.0, asynchronous request pattern
Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html, https://hl7.org/fhir/R4/async.html
"""

from __future__ import annotations

import asyncio
from email.utils import format_datetime
from typing import Any

from anlanh.fhir.bulk import asked as asking
from anlanh.fhir.bulk import imports, job, scope
from anlanh.fhir.bulk.asked import NDJSON
from anlanh.fhir.bulk.job import Job
from anlanh.fhir.bulk.problems import NoSuchFile
from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, Call, Operation
from anlanh.fhir.rest.exchange import Ask, Reply, Server, Streamed
from anlanh.fhir.store import read
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import DOING, NotAllowed
from anlanh.fhir.store.write import instant_text
from anlanh.platform.work import Work

PLACE = "_bulk"
RETRY_AFTER_S = 2


async def export(work: Work, record: Record, call: Call) -> Answer:
    """`$export` of everything, of patients, or of a Group: 202 and where to ask for its status.

    Raises:
        Problem: a parameter is wrong; nothing was started.
    """
    if not record.sight(work).exports:
        raise NotAllowed(doing=DOING["x"], type="record")
    if call.resource_type == "Group":
        await read.read(work, record, "Group", call.resource_id)
    level = call.resource_type or "system"
    pairs = _pairs(call)
    criteria = record.criteria(call.base)
    asked = asking.read(criteria, level, call.resource_id or None, pairs, base=call.base, lenient=call.lenient)
    await scope.patients_of(work.connection, asked)
    return _accepted(call, await job.ask(work, "export", call.url, asked.as_json()))


async def import_(work: Work, record: Record, call: Call) -> Answer:
    """`$import` of NDJSON: 202 and where to ask for its status.

    Raises:
        NotAllowed: only the system itself imports.
    """
    if not record.sight(work).unlimited:
        raise NotAllowed(doing=DOING["i"], type="record")
    asked = imports.read(call.body)
    return _accepted(call, await job.ask(work, "import", call.url, asked))


def _pairs(call: Call) -> list[tuple[str, str]]:
    """The parameters as names and texts; references by what they refer to."""
    references = [
        (str(each.get("name")), str(each["valueReference"].get("reference", "")))
        for each in call.parameters
        if isinstance(each.get("valueReference"), dict)
    ]
    return call.strings + references


def _accepted(call: Call, job_id: str) -> Answer:
    return Answer(b"", 202, {"content-location": f"{call.base}/{PLACE}/{job_id}"})


async def status(work: Work, server: Server, ask: Ask) -> Reply:
    """How far it is (202), what it made (200), or why it failed."""
    found = await job.get(work.connection, ask.path[1], work.principal.subject)
    if found.state in job.OPEN:
        return Reply(202, headers={"x-progress": found.progress, "retry-after": str(RETRY_AFTER_S)})
    if found.state == "failed":
        return Reply(500, found.problem or b"", resource_type="OperationOutcome")
    files = await job.files(work.connection, found.id)
    headers = {"expires": format_datetime(found.expires_at, usegmt=True)} if found.expires_at else {}
    return Reply(200, json.encode(_manifest(ask, found, files)), headers=headers, media="application/json")


def _manifest(ask: Ask, found: Job, files: list[job.File]) -> dict[str, Any]:
    made: dict[str, list[dict[str, Any]]] = {"output": [], "deleted": [], "error": []}
    for file in files:
        if file.resources:
            url = f"{ask.base}/{PLACE}/{found.id}/{file.name}"
            made[file.kind].append({"type": file.type, "url": url, "count": file.resources})
    head = {
        "transactionTime": instant_text(found.as_of or found.asked_at),
        "request": found.request,
        "requiresAccessToken": True,
    }
    more = {"extension": {"report": found.progress}} if found.kind == "import" else {}
    return head | made | more


async def cancel(work: Work, server: Server, ask: Ask) -> Reply:
    """Stop and forget it, with its files."""
    await job.cancel(work.connection, server.data, ask.path[1], work.principal.subject)
    return Reply(202)


async def file(work: Work, server: Server, ask: Ask) -> Reply:
    """One file, streamed."""
    found = await job.get(work.connection, ask.path[1], work.principal.subject)
    made = {each.name: each for each in await job.files(work.connection, found.id) if each.resources}
    wanted = made.get(ask.path[2])
    if found.state != "done" or wanted is None:
        raise NoSuchFile
    if not server.record.sight(work).grants("s", wanted.type):  # another token of the client, with fewer scopes
        raise NoSuchFile
    files = job.files_in(server.data, found.id)
    if not await asyncio.to_thread(files.holds, wanted.name, wanted.bytes):
        raise NoSuchFile
    return Reply(200, file=Streamed(wanted.bytes, files.read(wanted.name, wanted.bytes)), media=NDJSON)


_IG = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"

OFFERED = (
    Operation("export", export, ("system",), f"{_IG}/export", writes=True),
    Operation("export", export, ("type",), f"{_IG}/patient-export", ("Patient",), writes=True),
    Operation("export", export, ("instance",), f"{_IG}/group-export", ("Group",), writes=True),
    Operation("import", import_, ("system",), "https://anlanh.vn/fhir/OperationDefinition/import", (), ("POST",), True),
)
"""The asynchronous operations, one row each."""
