"""One page of a search as SQL: order, tie-break, and where the last page ended.

Pages are cut by key, not by number: the last row's sort values and `rid` are where the next page begins, so that
nothing is lost or repeated among equal values, or while others write. Rows without a value come last.

FHIR: paging, _sort
Source: https://hl7.org/fhir/R4/http.html#paging, https://hl7.org/fhir/R4/search.html#sort
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from anlanh.fhir.search.conditions import All, Condition, InRange
from anlanh.fhir.search.criteria import Criteria
from anlanh.fhir.search.leaves import RANGED
from anlanh.fhir.search.parameters import Parameter
from anlanh.fhir.search.paths import As, Extension, Field, Unsupported, elements_of, steps_of
from anlanh.fhir.search.problems import BadCursor
from anlanh.fhir.search.query import Query
from anlanh.fhir.search.sql import Writer

COLUMNS = "r.rid, r.type, r.id, r.version, r.updated_at, r.content"

Cursor = list[Any]
"""Sort values of the last row delivered, then its rid."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, its parameters, and how many sort values (`s0`, `s1`…) each row has after COLUMNS."""

    sql: str
    values: list[object]
    sorts: int


def encode(values: Sequence[Any], rid: int) -> str:
    """The cursor of a row as URL-safe text."""
    return base64.urlsafe_b64encode(msgspec.json.encode([*values, rid])).rstrip(b"=").decode()


def decode(text: str, sorts: int) -> Cursor:
    """The cursor back.

    Raises:
        BadCursor: not made by `encode` for that many sort values.
    """
    try:
        cursor = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (msgspec.DecodeError, binascii.Error, ValueError):
        raise BadCursor from None
    if not isinstance(cursor, list) or len(cursor) != sorts + 1 or not isinstance(cursor[-1], int):
        raise BadCursor
    return cursor


def statement(criteria: Criteria, query: Query, writer: Writer, limit: int) -> Statement:
    """The rows of one page and one more, in order."""
    sorts = [_sort_value(criteria, query.types, key.code, key.descending, writer) for key in query.sort]
    where = _where(query, writer)
    joins = "".join(f" cross join lateral (select {sql} as v) s{at}" for at, (sql, _) in enumerate(sorts))
    selected = "".join(f", s{at}.v as s{at}" for at in range(len(sorts)))
    descending = [key.descending for key in query.sort]
    tie = descending[-1] if descending else False
    if query.cursor is not None:
        cursor = decode(query.cursor, len(sorts))
        where += " and " + _after(
            writer, [(f"s{at}.v", cast) for at, (_, cast) in enumerate(sorts)], descending, tie, cursor
        )
    order = [f"s{at}.v {'desc' if down else 'asc'} nulls last" for at, down in enumerate(descending)]
    order.append("r.rid desc" if tie else "r.rid")
    sql = f"select {COLUMNS}{selected} from resource r{joins} where {where} order by {', '.join(order)} limit {limit}"
    return Statement(sql, writer.values, len(sorts))


def walk(criteria: Criteria, query: Query, writer: Writer, limit: int) -> Statement | None:
    """The same page by walking the index of the one sort key, when nothing else narrows the search. Only rows that
    have a value; None when this does not fit."""
    if len(query.types) != 1 or len(query.sort) != 1:
        return None
    key, resource_type = query.sort[0], query.types[0]
    condition = query.conditions[resource_type]
    if not all(isinstance(part, InRange) for part in _parts(condition)):
        return None
    path = _single_path(criteria, criteria.parameter(resource_type, key.code))
    if path is None:
        return None
    where = f"x.path = {path} and x.key is null and not r.deleted"
    if _parts(condition):
        where += " and " + writer.where(condition, "r", resource_type)
    if query.cursor is not None:
        cursor = decode(query.cursor, 1)
        if cursor[0] is None:
            return None
        value, rid = writer.param(float(cursor[0]), "float8"), writer.param(cursor[1], "bigint")
        where += f" and (x.low, x.rid) {'<' if key.descending else '>'} ({value}, {rid})"
    down = " desc" if key.descending else ""
    sql = (
        f"select {COLUMNS}, x.low as s0 from range_index x join resource r on r.rid = x.rid where {where}"
        f" order by x.low{down}, x.rid{down} limit {limit}"
    )
    return Statement(sql, writer.values, 1)


def count_statement(query: Query, writer: Writer) -> Statement:
    """How many resources match."""
    return Statement(f"select count(*) from resource r where {_where(query, writer)}", writer.values, 0)


def _parts(condition: Condition) -> list[Condition]:
    return [p for each in condition.of for p in _parts(each)] if isinstance(condition, All) else [condition]


def _where(query: Query, writer: Writer) -> str:
    distinct = set(query.conditions.values())
    if len(query.types) > 1 and len(distinct) == 1:
        types = writer.param([writer.type_number(each) for each in query.types], "smallint[]")
        return f"r.type = any({types}) and {writer.where(distinct.pop(), 'r', None)}"
    parts = [writer.where(condition, "r", each) for each, condition in query.conditions.items()]
    if not parts:
        return "false"
    return parts[0] if len(parts) == 1 else "(" + " or ".join(f"({part})" for part in parts) + ")"


def _single_path(criteria: Criteria, parameter: Parameter) -> int | None:
    """The one path of a parameter whose resources have at most one row in it."""
    if parameter.kind not in RANGED or len(parameter.branches) != 1:
        return None
    path = parameter.branches[0].path
    elements = elements_of(criteria.parameters.definitions, path)
    if not elements or any(element.max != 1 for element, _ in elements) or elements[-1][1] == "Timing":
        return None
    return path.id


def _sort_value(
    criteria: Criteria, types: Sequence[str], code: str, descending: bool, writer: Writer
) -> tuple[str, str]:
    """An expression about row r, and its type."""
    if code == "_id":
        return "r.id", "text"
    if code == "_lastUpdated":
        return "r.updated_at", "timestamptz"
    parameters = [criteria.parameter(each, code) for each in types]
    kind = parameters[0].kind
    numbers = [b.path.id for p in parameters for b in p.branches]
    end = "max" if descending else "min"
    if kind in RANGED:
        paths = writer.param(numbers, "int[]")
        return (
            f"(select {end}(x.low) from range_index x where x.rid = r.rid and x.path = any({paths}) and x.key is null)",
            "float8",
        )
    if kind in ("string", "uri"):
        paths = writer.param(numbers, "int[]")
        return (
            f"(select {end}(x.value) from string_value x where x.key = any(r.keys) and x.path = any({paths}) and x.whole)",
            "text",
        )
    chosen = [writer.param(path, "jsonpath") for p in parameters for path in _json_paths(criteria, p)]
    found = (
        " union all ".join(f"select jsonb_path_query(j.v, {path}) #>> '{{}}' as v" for path in chosen)
        or "select null as v"
    )
    return (
        f"(select {end}(x.v collate \"C\") from (select convert_from(r.content, 'UTF8')::jsonb as v) j, lateral ({found}) x)",
        "text",
    )


_TOLD_BY = {"CodeableConcept": ".coding.code", "Coding": ".code", "Identifier": ".value", "ContactPoint": ".value",
            "Reference": ".reference", "Quantity": ".value"}  # fmt: skip


def _json_paths(criteria: Criteria, parameter: Parameter) -> list[str]:
    """SQL/JSON paths to what a token or reference is ordered by."""
    found = []
    for branch in parameter.branches:
        try:
            steps = list(steps_of(branch.path.node, branch.path.type))
        except Unsupported:
            continue
        if any(isinstance(step, Extension) for step in steps):
            continue
        elements = elements_of(criteria.parameters.definitions, branch.path)
        if not elements:
            continue
        names = []
        fields = [at for at, step in enumerate(steps) if isinstance(step, Field)]
        for (element, _), at in zip(elements, fields, strict=True):
            chosen = steps[at + 1] if at + 1 < len(steps) else None
            code = chosen.type if isinstance(chosen, As) else element.types[0].code
            names.append(element.name + code[0].upper() + code[1:] if element.choice else element.name)
        found.append("$" + "".join(f'."{name}"' for name in names) + _TOLD_BY.get(elements[-1][1], ""))
    return found


def _after(
    writer: Writer, sorts: list[tuple[str, str]], descending: list[bool], tie_descending: bool, cursor: Cursor
) -> str:
    """Rows that come after the cursor: greater in the first key, or equal there and greater in the next, and so on."""
    alternatives: list[str] = []
    equal: list[str] = []
    for (sql, cast), down, value in zip(sorts, descending, cursor[:-1], strict=True):
        if value is not None:
            param = writer.param(_typed(value, cast), cast)
            collate = ' collate "C"' if cast == "text" else ""
            alternatives.append(
                " and ".join([*equal, f"({sql}{collate} {'<' if down else '>'} {param} or {sql} is null)"])
            )
            equal.append(f"{sql}{collate} = {param}")
        else:
            equal.append(f"{sql} is null")
    rid = writer.param(cursor[-1], "bigint")
    alternatives.append(" and ".join([*equal, f"r.rid {'<' if tie_descending else '>'} {rid}"]))
    return "(" + " or ".join(f"({each})" for each in alternatives) + ")" if len(alternatives) > 1 else alternatives[0]


def _typed(value: Any, cast: str) -> Any:
    try:
        match cast:
            case "timestamptz":
                return datetime.fromisoformat(value)
            case "float8":
                return float(value)
            case _:
                return str(value)
    except (ValueError, TypeError):
        raise BadCursor from None


def rid_statement(query: Query, writer: Writer, limit: int) -> Statement:
    """Only the keys of the matches."""
    return Statement(
        f"select r.rid from resource r where {_where(query, writer)} order by r.rid limit {limit}", writer.values, 0
    )
