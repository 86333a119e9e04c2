"""The table language of `tables/segments.txt`: rows are read once into closures, then run over segments.

A row costs nothing for a field that is empty; the path of a row is walked only when there is a value to put there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from anlanh.exchange.hl7v2 import tables
from anlanh.exchange.hl7v2.codec import Repetition, Segment
from anlanh.exchange.hl7v2.mapping import datatypes
from anlanh.exchange.hl7v2.mapping.make import Make, Resource

Beside = Mapping[str, Segment]
"""Segments that belong to the same thing: the ORC of an OBR and the other way round."""
Condition = Callable[[Segment, Repetition | None, Beside], bool]
Scope = dict[tuple[int, str, object], Resource]

_ROW = re.compile(r"(\d+)(?:\.(\d+))?\s+(\S+)\s+(\"[^\"]*\"|\{[^}]*\}|\S+)(?:\s+\?\s+(.+))?")
_STEP = re.compile(r"(ext\([^)]*\)|[A-Za-z_]+)(\[[a-z0-9]*\])?(?:\(([A-Za-z]+)\))?(?:\.|$)")
_TERM = re.compile(r"(!?)([A-Z][A-Z0-9]{2}-|\.|#)?(>?\d*)(?:(!?=)(\S+))?")
EACH = "[]"
NTH = "n"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path. `key`: None for a plain element, EACH for one a repetition, or the name of an element."""

    name: str
    key: str | None = None
    type: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the field it reads, the place it fills, the value it makes."""

    number: int
    component: int
    path: tuple[Step, ...]
    convert: datatypes.Convert | None
    table: str
    constant: Any
    condition: Condition | None
    once: bool
    """There is room for one value only: of several repetitions the first counts."""


def fill(make: Make, block: str, segment: Segment, resource: Resource, beside: Beside) -> Resource:
    """Fill a resource from a segment by the block of that name, such as `PV1 Encounter`; the resource."""
    scope: Scope = {}
    for number, rows in blocks()[block]:
        if number == 0:
            for row in rows:
                if row.condition is None or row.condition(segment, None, beside):
                    _put(make, scope, resource, row, row.constant, 0)
        elif segment.valued(number):
            for at, repetition in enumerate(segment.repetitions(number)):
                for row in rows:
                    if at and row.once:
                        continue
                    if row.condition is None or row.condition(segment, repetition, beside):
                        _one(make, scope, resource, row, repetition, (number, at))
    return resource


def _one(make: Make, scope: Scope, resource: Resource, row: Row, repetition: Repetition, key: tuple[int, int]) -> None:
    if row.convert is None:
        _put(make, scope, resource, row, row.constant, key)
        return
    value = row.convert(make, repetition.within(row.component) if row.component else repetition, row.table)
    if value is None:
        return
    for each in value if isinstance(value, list) else (value,):
        _put(make, scope, resource, row, each, key)


def _put(make: Make, scope: Scope, resource: Resource, row: Row, value: Any, key: object) -> None:
    place = resource
    for step in row.path[:-1]:
        place = _step(make, scope, place, step, key)
    last = row.path[-1]
    if last.type or last.extension:
        _merge(_step(make, scope, place, last, key), value)
    elif last.key is None:
        known = place.get(last.name)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        elif value is not None:
            place[last.name] = dict(value) if isinstance(value, dict) else value
    else:
        _append(scope, place, last, value, key)


def _append(scope: Scope, place: Resource, step: Step, value: Any, key: object) -> None:
    at = (id(place), step.name, _which(step, key))
    if not isinstance(value, dict):
        values = place.setdefault(step.name, [])
        if value not in values or not isinstance(value, str):
            values.append(value)
        return
    known = scope.get(at)
    if known is not None and not (step.key == EACH and known.keys() & value.keys() - {"type"}):
        _merge(known, value)
        return
    scope[at] = element = dict(value)
    place.setdefault(step.name, []).append(element)


def _merge(known: Resource, value: Resource) -> None:
    for name, found in value.items():
        before = known.get(name)
        if isinstance(before, list) and isinstance(found, list):
            before += [each for each in found if each not in before]
        elif isinstance(before, dict) and isinstance(found, dict):
            _merge(before, found)
        elif name != "resourceType":
            known[name] = found


def _step(make: Make, scope: Scope, place: Resource, step: Step, key: object) -> Resource:
    if step.key is None and not step.extension:
        found = place.setdefault(step.name, {})
    else:
        at = (id(place), step.extension or step.name, _which(step, key))
        known = scope.get(at)
        if known is None:
            known = scope[at] = {"url": step.extension} if step.extension else {}
            place.setdefault(step.name, []).append(known)
        found = known
    return make.linked(found, step.type) if step.type else found


def _which(step: Step, key: object) -> object:
    """What tells the elements of a list apart."""
    if step.key == EACH:
        return key
    return f"n{key[1]}" if step.key == NTH and isinstance(key, tuple) else step.key


@cache
def blocks() -> dict[str, tuple[tuple[int, tuple[Row, ...]], ...]]:
    """The rows of each block, by field, in the order of the table (constants of field 0 where they stand)."""
    found: dict[str, list[Row]] = {}
    rows: list[Row] = []
    for line in tables.lines("segments.txt"):
        if line[0].isdigit():
            rows.append(_row(line))
        else:
            rows = found[line.strip()] = []
    return {name: _by_field(each) for name, each in found.items()}


def _by_field(rows: list[Row]) -> tuple[tuple[int, tuple[Row, ...]], ...]:
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.number, []).append(row)
    return tuple((number, tuple(each)) for number, each in grouped.items())


def _row(line: str) -> Row:
    found = _ROW.fullmatch(line.strip())
    if found is None:
        raise ValueError(line)
    number, component, path, how, condition = found.groups()
    convert, table, constant = None, "", None
    if how[0] == '"':
        constant = how[1:-1]
    elif how in ("true", "false"):
        constant = how == "true"
    elif how[0] == "{":
        constant = _concept(how[1:-1])
    else:
        name, _, table = how.partition(":")
        convert = datatypes.TYPES[name]
    steps = _path(path)
    return Row(
        int(number), int(component or 0), steps, convert, table, constant,
        _condition(condition) if condition else None, not any(step.key in (EACH, NTH) for step in steps),
    )  # fmt: skip


def _path(text: str) -> tuple[Step, ...]:
    steps, at = [], 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise ValueError(text)
        name, index, resource_type = found.groups()
        if name.startswith("ext("):
            url = name[4:-1]
            whole = url[1:] if url.startswith("-") else tables.DEFINITION + url
            steps.append(Step("extension", index, extension=whole))
        else:
            steps.append(Step(name, index if index in (None, EACH) else index[1:-1], resource_type or ""))
        at = found.end()
    return tuple(steps)


def _concept(text: str) -> dict[str, Any]:
    coded, _, said = text.partition("|")
    system, code, *display = coded.split(" ", 2)
    coding = {"system": tables.whole(system), "code": code}
    if display and display[0].strip():
        coding["display"] = display[0].strip()
    return {"coding": [coding]} | ({"text": said} if said else {})


def _condition(text: str) -> Condition:
    terms = [_term(part.strip()) for part in text.split(" & ")]
    if len(terms) == 1:
        return terms[0]
    return lambda segment, repetition, beside: all(term(segment, repetition, beside) for term in terms)


def _term(text: str) -> Condition:
    found = _TERM.fullmatch(text)
    if found is None:
        raise ValueError(text)
    negated, where, number, compared, values = found.groups()
    if where == "#":
        longest = int(number[1:])
        return lambda segment, repetition, beside: repetition is not None and len(repetition.raw) > longest
    wanted, at = frozenset((values or "").split(",")), int(number)
    if compared:
        among = compared == "="
        return lambda segment, repetition, beside: (segment.first(at) in wanted) is among
    valued = not negated
    if where == ".":
        return lambda segment, repetition, beside: (repetition is not None and repetition.has(at)) is valued
    if where:
        name = where[:-1]
        return lambda segment, repetition, beside: (name in beside and beside[name].valued(at)) is valued
    return lambda segment, repetition, beside: segment.valued(at) is valued
