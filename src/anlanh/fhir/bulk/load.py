"""Import: many resources at once, by COPY, with all indexes, in several processes; resumable, every reject reported.

A resource keeps its id (NDJSON, collections) or, in a transaction Bundle whose entries refer to each other by
urn:uuid, gets the id that its fullUrl carries. What is there already in the same content is left alone, so that an
import broken off is simply started again; other content makes a new version.

FHIR: $import (draft), NDJSON, Bundle
Source: https://github.com/smart-on-fhir/bulk-import/blob/master/import.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from anlanh.fhir.bulk.sources import Piece
from anlanh.fhir.model import json
from anlanh.fhir.store import write
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import Prepared
from anlanh.fhir.validate.structure import structure
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work

TRIES = 5

BATCH = 1000
"""Resources written by one COPY."""

IMPORTER = Principal("import", "system")
ID_LENGTH = 64
KEPT_REJECTS = 10_000


@dataclass(frozen=True, slots=True)
class Reject:
    """A piece that was not imported: where it stands, why, and the way out."""

    place: str
    why: str
    hint: str = ""


@dataclass(slots=True)
class Report:
    """What an import did. `unchanged`: was there already, the same."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def reject(self, place: str, why: str, hint: str = "") -> None:
        """Note what could not be imported."""
        self.rejected += 1
        if len(self.rejects) < KEPT_REJECTS:
            self.rejects.append(Reject(place, why, hint))

    def add(self, other: Report) -> None:
        """Add up with the report of another process."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.rejected += other.rejected
        self.rejects += other.rejects[: KEPT_REJECTS - len(self.rejects)]

    @property
    def seen(self) -> int:
        """Resources dealt with."""
        return self.created + self.updated + self.unchanged + self.rejected


async def load(database: Database, record: Record, pieces: Iterable[Piece]) -> Report:
    """Import these pieces. Each batch is a transaction; safe to repeat."""
    report = Report()
    batch: list[Prepared] = []
    taken: set[int] = set()
    for piece in pieces:
        for place, resource in _resources(piece, report):
            prepared = _prepared(record, place, resource, report)
            if prepared is None:
                continue
            if prepared.rid in taken:
                await _write(database, record, batch, report)
                batch, taken = [], set()
            batch.append(prepared)
            taken.add(prepared.rid)
            if len(batch) >= BATCH:
                await _write(database, record, batch, report)
                batch, taken = [], set()
    await _write(database, record, batch, report)
    return report


def _resources(piece: Piece, report: Report) -> Iterator[tuple[str, Any]]:
    try:
        document = json.decode(piece.data)
    except Problem as problem:
        report.reject(piece.place, problem.text, problem.way_out)
        return
    if not isinstance(document, dict):
        report.reject(piece.place, "It is not a JSON object.", "Each line or file is one resource or one Bundle.")
    elif document.get("resourceType") == "Bundle" and document.get("type") in (
        "transaction",
        "batch",
        "collection",
        "searchset",
    ):
        yield from _entries(piece.place, document)
    else:
        yield piece.place, document


def _entries(place: str, bundle: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The resources of a Bundle, with ids out of their fullUrls and references put right."""
    entries = [
        each for each in bundle.get("entry", ()) if isinstance(each, dict) and isinstance(each.get("resource"), dict)
    ]
    names: dict[str, str] = {}
    for entry in entries:
        resource, url = entry["resource"], entry.get("fullUrl")
        if isinstance(url, str) and url.startswith("urn:uuid:"):
            resource.setdefault("id", url.removeprefix("urn:uuid:"))
        if isinstance(url, str) and "id" in resource:
            names[url] = f"{resource.get('resourceType')}/{resource['id']}"
    for number, entry in enumerate(entries):
        if names:
            _rename(entry["resource"], names)
        yield f"{place}:entry[{number}]", entry["resource"]


def _rename(element: dict[str, Any], names: dict[str, str]) -> None:
    """Put `Type/id` in place of the fullUrls of other entries, in every reference below `element`."""
    reference = element.get("reference")
    if reference is not None and type(reference) is str and reference in names:
        element["reference"] = names[reference]
    for child in element.values():
        kind = type(child)
        if kind is dict:
            _rename(child, names)
        elif kind is list:
            for each in child:
                if type(each) is dict:
                    _rename(each, names)


def _prepared(record: Record, place: str, resource: Any, report: Report) -> Prepared | None:
    issues = [issue for issue in structure(resource) if issue.fails]
    if issues:
        more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
        report.reject(place, f"{issues[0].expression}: {issues[0].text}{more}", issues[0].way_out)
        return None
    resource_id = resource.get("id")
    if resource_id is None:
        report.reject(place, "The resource has no id.", "Give each resource an id, so that the import can be repeated.")
        return None
    return write.prepare(record, resource, resource_id)


async def _write(database: Database, record: Record, batch: list[Prepared], report: Report) -> None:
    """New ones by COPY, those that are there already one by one; again when another process wrote one of them just now."""
    if not batch:
        return
    for attempt in range(TRIES):
        try:
            async with works.begin(database, IMPORTER, works.OPERATIONS, keyed=True) as work:
                created, updated = await _merge(work, record, batch)
            break
        except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
            if attempt == TRIES - 1:
                raise
    report.created += created
    report.updated += updated
    report.unchanged += len(batch) - created - updated


async def _merge(work: Work, record: Record, batch: list[Prepared]) -> tuple[int, int]:
    """How many were new, and how many changed what was there."""
    rows = await work.connection.fetch(
        "select rid, version, updated_at, deleted, content from resource where rid = any($1::bigint[]) order by rid",
        [each.rid for each in batch],
    )
    there = {row["rid"]: row for row in rows}
    fresh = [each for each in batch if each.rid not in there]
    updated = 0
    for each in sorted((b for b in batch if b.rid in there), key=lambda b: b.rid):
        row = there[each.rid]
        same = write.whole_content(each.head, row["version"], row["updated_at"], each.tail)
        if row["deleted"] or row["content"] != same:
            await write.put(work, record, each)
            updated += 1
    if fresh:
        await write.add_new(work, record, fresh, announce=False)
    return len(fresh), updated
