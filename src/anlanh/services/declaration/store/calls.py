"""Calls of stations: a Task for each alert. The program writes it, for whoever was let in to the alert.

FHIR: Task
"""

from __future__ import annotations

from typing import Any

from anlanh.access.rights import erasure
from anlanh.fhir.model import json
from anlanh.fhir.store import read, write
from anlanh.fhir.store.problems import AlreadyExists, Gone, NotFound
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.declaration.rules import calling
from anlanh.services.declaration.store.forms import as_publisher

TYPE = "Task"


async def task(work: Work, record: Record, alert: str) -> dict[str, Any] | None:
    """The Task of an alert; None: there is none."""
    with as_publisher(work):
        try:
            found = await read.read(work, record, TYPE, calling.id_of(alert))
        except (NotFound, Gone):
            return None
    return dict(json.decode(found.content))


async def ask(work: Work, record: Record, alert: str, resource: dict[str, Any]) -> None:
    """Write the Task of an alert, once."""
    with as_publisher(work):
        try:
            await write.put(work, record, write.prepare(record, resource, calling.id_of(alert)), expected=0)
        except AlreadyExists:
            return


async def put(work: Work, record: Record, alert: str, resource: dict[str, Any]) -> None:
    """Write it anew."""
    with as_publisher(work):
        await write.put(work, record, write.prepare(record, resource, calling.id_of(alert)))


async def erase(work: Work, record: Record, alert: str) -> None:
    """Erase it with all its versions, for good: what was noted speaks of what was declared. Safe to repeat."""
    with as_publisher(work):
        await erasure.erase(work, record, TYPE, calling.id_of(alert))
