"""Forms and their rules in the record. They are nobody's data: the program reads and publishes them for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.store import find, write
from anlanh.fhir.store.problems import AlreadyExists
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Principal, Work
from anlanh.services.declaration.rules import reading

PUBLISHER = Principal("system:declaration", "system")
MOST = 200


@contextmanager
def as_publisher(work: Work) -> Iterator[None]:
    """The program acts: guests and citizens read what is published without a role of their own."""
    actor, work.principal = work.principal, PUBLISHER
    try:
        yield
    finally:
        work.principal = actor


async def published(
    work: Work, record: Record, resource_type: str, url: str, version: str = ""
) -> dict[str, Any] | None:
    """The Questionnaire or PlanDefinition of that url: of that version, or the one that is active."""
    pairs = [("url", url), ("version", version) if version else ("status", "active")]
    return next(iter(await _find(work, record, resource_type, pairs)), None)


async def all_active(work: Work, record: Record) -> list[dict[str, Any]]:
    """Every Questionnaire that is open to be filled in here, by title."""
    found = await _find(work, record, "Questionnaire", [("status", "active")])
    usable = [each for each in found if str(each.get("url", "")).startswith(reading.FORM_URL)]
    return sorted(
        (each for each in usable if reading.extension(each, reading.DELETE_AFTER)), key=lambda each: str(each["title"])
    )


async def versions(work: Work, record: Record, url: str) -> list[dict[str, Any]]:
    """Every version of a form, the newest first."""
    found = await _find(work, record, "Questionnaire", [("url", url)])
    return sorted(found, key=lambda each: str(each["meta"]["lastUpdated"]), reverse=True)


async def put(work: Work, record: Record, resource: dict[str, Any]) -> None:
    """Write a Questionnaire or PlanDefinition under its id."""
    with as_publisher(work):
        await write.put(work, record, write.prepare(record, resource, str(resource["id"])))


async def put_new(work: Work, record: Record, resource: dict[str, Any]) -> bool:
    """The same where there is none of that id yet; False: there is."""
    with as_publisher(work):
        try:
            await write.put(work, record, write.prepare(record, resource, str(resource["id"])), expected=0)
        except AlreadyExists:
            return False
    return True


def shipped() -> list[dict[str, Any]]:
    """The forms that come with the program, and their rules."""
    folder = files("anlanh.services.declaration") / "forms"
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".json"))
    return [json.decode((folder / name).read_bytes()) for name in names]


async def _find(work: Work, record: Record, resource_type: str, pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
    with as_publisher(work):
        criteria = record.criteria("", record.sight(work))
        query = queries.read(criteria, (resource_type,), [*pairs, ("_count", str(MOST))])
        page = await find.find(work, record, criteria, query)
    return [json.decode(each.content) for each in page.matches]
