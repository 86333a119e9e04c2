"""`anlanh terminology`: catalogues and packages into the record, and which code systems it holds.

Ids are made of URL and version, so that importing again replaces, and several versions stand side by side.

FHIR: CodeSystem, ValueSet, ConceptMap, StructureDefinition, SearchParameter
Source: https://hl7.org/fhir/R4/terminology-module.html, https://confluence.hl7.org/display/FHIR/NPM+Package+Specification
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import conformance, read, write
from anlanh.fhir.store.record import Record
from anlanh.fhir.terminology import MemorySource
from anlanh.fhir.terminology.imports import MemorySink, Reject, load, package, tables
from anlanh.fhir.terminology.imports.catalogue import EFFECTIVE_PERIOD, Catalogue
from anlanh.fhir.terminology.imports.vietnam import CATALOGUES
from anlanh.fhir.validate.structure import structure
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings
from anlanh.platform import work as works
from anlanh.platform.work import Principal, Work
from anlanh.tenant import open_tenant

PACKAGE = "package"
"""What stands in the place of a catalogue's name for a FHIR package (.tgz)."""

NAMES = (*CATALOGUES, PACKAGE)
IMPORTER = Principal("catalogues", "system")

Progress = Callable[[int, int, str], None]
"""Called with what is done, of how much, and a note."""


class NoSuchFile(Problem):
    issue = "not-found"
    says = "There is no file {path}."
    hint = "Name the CSV or XLSX file of the catalogue, or the .tgz of the package."


@dataclass
class Imported:
    """What an import did. `unchanged` resources were there already, to the letter."""

    name: str
    version: str
    concepts: int = 0
    written: int = 0
    unchanged: int = 0
    left_out: int = 0
    rejects: list[Reject] = field(default_factory=list)


@dataclass(frozen=True)
class Listed:
    """A code system of the record. Days are ISO dates or empty."""

    url: str
    version: str
    title: str
    concepts: int
    since: str
    until: str


def import_file(
    settings: Settings,
    url: str,
    name: str,
    path: Path,
    *,
    version: str | None = None,
    effective_from: date | None = None,
    progress: Progress = lambda done, total, note: None,
) -> Imported:
    """Import a catalogue by its name, or a package, all of it or nothing. Safe to repeat. `url` is of the database.

    `version` and `effective_from` take the place of those that this program knows for the catalogue.

    Raises:
        NoSuchFile, NotATable, ColumnsMissing, NotAPackage: nothing was written.
    """
    if not path.is_file():
        raise NoSuchFile(path=path)
    data = path.read_bytes()
    if name == PACKAGE:
        resources, report = _of_package(data, progress)
    else:
        resources, report = _of_table(_edition(CATALOGUES[name], version, effective_from), data, progress)
    asyncio.run(_store(settings, url, resources, report, progress))
    return report


async def listed(settings: Settings, url: str) -> list[Listed]:
    """The code systems of the record, by URL and version."""
    database, own = await open_tenant(settings, url, connections=1)
    try:
        async with database.connection() as connection:
            await own.refresh(connection)
        found = [each for each in own.conformance.resources if each["resourceType"] == "CodeSystem"]
    finally:
        await database.close()
    return sorted(map(_line, found), key=lambda each: (each.url, each.since, each.version))


def _edition(catalogue: Catalogue, version: str | None, effective_from: date | None) -> Catalogue:
    if effective_from is not None:
        catalogue = replace(catalogue, effective_from=effective_from, effective_to=None)
    return replace(catalogue, version=version) if version else catalogue


def _of_table(catalogue: Catalogue, data: bytes, progress: Progress) -> tuple[list[dict[str, Any]], Imported]:
    source = MemorySource()
    rows = list(tables.read(data))
    report = load(
        catalogue,
        rows,
        MemorySink(source),
        lambda lines, rejected: progress(lines, len(rows), f"{lines:,} lines, {rejected:,} rejected"),
    )
    made = source.get("CodeSystem", report.url, report.version)
    resources = [dict(made)] if made is not None else []
    return resources, Imported(catalogue.title, report.version, report.concepts, rejects=report.rejects)


def _of_package(data: bytes, progress: Progress) -> tuple[list[dict[str, Any]], Imported]:
    resources: list[dict[str, Any]] = []
    report = package.read(data, resources.append, lambda count: progress(count, 0, f"{count:,} resources read"))
    usable = [each for each in resources if each["resourceType"] in conformance.TYPES and "url" in each]
    left_out = len(resources) - len(usable)
    return usable, Imported(report.name, report.version, left_out=left_out, rejects=report.rejects)


async def _store(
    settings: Settings, url: str, resources: list[dict[str, Any]], report: Imported, progress: Progress
) -> None:
    database, own = await open_tenant(settings, url, connections=1)
    try:
        async with works.begin(database, IMPORTER, works.OPERATIONS) as work:
            await own.refresh(work.connection)
            for number, resource in enumerate(resources, start=1):
                await _write(work, own, resource, report)
                progress(number, len(resources), f"{number:,} of {len(resources):,} resources written")
    finally:
        await database.close()


async def _write(work: Work, record: Record, resource: dict[str, Any], report: Imported) -> None:
    kind = resource["resourceType"]
    resource = {**resource, "id": _id(resource)}
    if wrong := next((issue for issue in structure(resource) if issue.fails), None):
        place = f"{kind} {resource['url']}: {wrong.expression}"
        report.rejects.append(Reject(0, place, wrong.text, "correct the resource in the package"))
        return
    prepared = write.prepare(record, resource, resource["id"])
    there = (await read.current(work, record, [rid_of(kind, resource["id"])])).get(prepared.rid)
    if there and there.content == write.whole_content(prepared.head, there.version, there.updated_at, prepared.tail):
        report.unchanged += 1
        return
    await write.put(work, record, prepared)
    report.written += 1


def _id(resource: dict[str, Any]) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{resource['url']}|{resource.get('version', '')}"))


def _line(system: dict[str, Any]) -> Listed:
    periods = (each for each in system.get("extension", ()) if each.get("url") == EFFECTIVE_PERIOD)
    period: dict[str, str] = next((each.get("valuePeriod", {}) for each in periods), {})
    count = system.get("count") or json.encode(system.get("concept", [])).count(b'"code":')
    title = system.get("title") or system.get("name", "")
    return Listed(
        system["url"], system.get("version", ""), title, count, period.get("start", ""), period.get("end", "")
    )
