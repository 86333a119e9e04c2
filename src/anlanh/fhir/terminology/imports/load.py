"""Turns rows into concepts, one by one; a bad line is reported and left out, the rest goes on.

FHIR: CodeSystem.concept
Source: https://hl7.org/fhir/R4/codesystem-definitions.html#CodeSystem.concept
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from anlanh.fhir.terminology.concepts import Concept
from anlanh.fhir.terminology.imports import tables
from anlanh.fhir.terminology.imports.catalogue import Catalogue, Property
from anlanh.fhir.terminology.imports.sink import Sink

BATCH = 1000
TRUE = frozenset({"1", "x", "true", "yes", "có"})

Progress = Callable[[int, int], None]
"""Called after every batch with (lines read, lines rejected)."""


@dataclass(frozen=True)
class Reject:
    """A line that was left out: its number, what was wrong, and the way out."""

    line: int
    code: str
    why: str
    way_out: str


@dataclass
class Report:
    """What an import did. `concepts` counts the groups that the table implies too."""

    url: str
    version: str
    lines: int = 0
    concepts: int = 0
    rejects: list[Reject] = field(default_factory=list)


def load(catalogue: Catalogue, rows: Iterable[tables.Row], sink: Sink, progress: Progress | None = None) -> Report:
    """Import a table into a sink. Safe to repeat: the same version is replaced.

    Raises:
        ColumnsMissing: the table has not the columns of the catalogue.
        NotATable: see `tables.read`.
    """
    report = Report(catalogue.url, catalogue.version)
    rows = _checked(catalogue, iter(rows))
    sink.begin(catalogue.head)
    batch: list[Concept] = []
    for concept in _Reader(catalogue, report).concepts(rows):
        batch.append(concept)
        if len(batch) >= BATCH:
            sink.add(batch)
            batch = []
            if progress:
                progress(report.lines, len(report.rejects))
    sink.add(batch)
    sink.finish()
    if progress:
        progress(report.lines, len(report.rejects))
    return report


def _checked(catalogue: Catalogue, rows: Iterator[tables.Row]) -> Iterator[tables.Row]:
    first = next(rows, None)
    if first is None:
        raise tables.NotATable(why="it has no lines")
    needed = [catalogue.code, catalogue.display, *(each.code for each in catalogue.levels)]
    tables.require(first[1], needed)
    return chain([first], rows)


class _Reader:
    """Makes the concepts of one table."""

    def __init__(self, catalogue: Catalogue, report: Report) -> None:
        self._catalogue = catalogue
        self._report = report
        self._seen: dict[str, int] = {}
        self._groups: dict[str, str] = {}

    def concepts(self, rows: Iterable[tables.Row]) -> Iterator[Concept]:
        for line, cells in rows:
            self._report.lines += 1
            code, mark = self._code(cells.get(self._catalogue.code, ""))
            if self._groups.get(code) == cells.get(self._catalogue.display) or (mark and code in self._seen):
                continue
            if reason := self._refusal(code, cells):
                self._report.rejects.append(Reject(line, code, *reason))
                continue
            groups = list(self._new_groups(code, cells))
            self._seen[code] = line
            for concept in (*groups, self._concept(code, mark, cells)):
                self._report.concepts += 1
                yield concept

    def _code(self, cell: str) -> tuple[str, str]:
        """(code, mark) of a cell."""
        code = cell.rstrip(self._catalogue.marks) if self._catalogue.marks else cell
        return (code.zfill(self._catalogue.pad) if code.isdigit() else code), cell[len(code) :]

    def _refusal(self, code: str, cells: dict[str, str]) -> tuple[str, str] | None:
        if not code:
            return "the line has no code", f"fill the column {self._catalogue.code}"
        if self._catalogue.pattern.fullmatch(code) is None:
            return f"'{code}' does not look like a code of this catalogue", "correct the code, or the catalogue chosen"
        if code in self._seen:
            return f"the code is already on line {self._seen[code]}", "take one of the two lines out"
        if code in self._groups:
            return "the code is already a group of another name", "put the line of the group before its members"
        if not cells.get(self._catalogue.display):
            return "the line has no name", f"fill the column {self._catalogue.display}"
        return None

    def _new_groups(self, code: str, cells: dict[str, str]) -> Iterator[Concept]:
        """Concepts of the groups of this line that no line before it had."""
        above: tuple[str, ...] = ()
        for level in self._catalogue.levels:
            group, _ = self._code(cells.get(level.code, ""))
            if group and group != code:
                if group not in self._groups and group not in self._seen:
                    self._groups[group] = cells.get(level.display) or group
                    kept = [] if level.selectable else [{"code": "notSelectable", "valueBoolean": True}]
                    yield Concept(group, self._groups[group], properties=kept, parents=above)
                above = (group,)

    def _concept(self, code: str, mark: str, cells: dict[str, str]) -> Concept:
        catalogue = self._catalogue
        designations: list[dict[str, Any]] = [
            {"language": language, "value": cells[column]}
            for column, language in catalogue.designations.items()
            if cells.get(column)
        ]
        designations += [
            {"language": catalogue.language, "value": name}
            for column in catalogue.synonyms
            for name in (part.strip() for part in cells.get(column, "").split(";"))
            if name
        ]
        properties: list[dict[str, Any]] = [
            {"code": each.code, f"value{each.type[0].upper()}{each.type[1:]}": _value(each, cells[each.column])}
            for each in catalogue.properties
            if cells.get(each.column)
        ]
        if mark:
            properties.append({"code": "mark", "valueString": mark})
        definition = cells.get(catalogue.definition, "") if catalogue.definition else ""
        parents = self._parents(code, cells)
        return Concept(code, cells[catalogue.display], definition or None, designations, properties, [], parents)

    def _parents(self, code: str, cells: dict[str, str]) -> tuple[str, ...]:
        if self._catalogue.parent:
            parent, _ = self._code(cells.get(self._catalogue.parent, ""))
            return (parent,) if parent and parent != code else ()
        groups = (self._code(cells.get(level.code, ""))[0] for level in reversed(self._catalogue.levels))
        nearest = next((group for group in groups if group and group != code), None)
        return (nearest,) if nearest else ()


def _value(declared: Property, cell: str) -> Any:
    if declared.type == "boolean":
        return cell.casefold() in TRUE
    if declared.type == "integer":
        return int(cell) if cell.lstrip("-").isdecimal() else 0
    return cell
