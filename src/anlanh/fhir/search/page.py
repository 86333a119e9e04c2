"""One page of a search as SQL: order, tie-break, and where the last page ended.

Pages are cut by key, not by number: the last row's sort values and `rid` are where the next page begins, so that
nothing is lost or repeated among equal values, or while others write. Rows without a value come last.

FHIR: paging, _sort
Source: https://hl7.org/fhir/R4/http.html#paging, https://hl7.org/fhir/R4/search.html#sort
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from anlanh.fhir.search.conditions import All, InRange, is_narrow
from anlanh.fhir.search.criteria import Criteria
from anlanh.fhir.search.cursors import Cursor
from anlanh.fhir.search.leaves import RANGED
from anlanh.fhir.search.parameters import Parameter
from anlanh.fhir.search.paths import As, Extension, Field, Unsupported, elements_of, is_single, steps_of
from anlanh.fhir.search.problems import BadCursor
from anlanh.fhir.search.query import Query
from anlanh.fhir.search.sql import Writer, is_predictable, lowest, merged

COLUMNS = "r.rid, r.type, r.id, r.version, r.updated_at, r.content, r.patients"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, its parameters, and how many sort values (`s0`, `s1`…) each row has after COLUMNS."""

    sql: str
    values: list[object]
    sorts: int


def statement(criteria: Criteria, query: Query, writer: Writer, limit: int, column: str = "") -> Statement:
    """The rows of one page and one more, in order. `column`: one more of each row."""
    narrow = all(map(is_narrow, query.conditions.values()))
    query, met = _met_in_order(criteria, query)
    where = _where(query, writer)
    if met is None:
        sorts = [_sort_value(criteria, query.types, key.code, key.descending, writer) for key in query.sort]
        # Planned once for whatever keys: the planner must not take few matches for many and walk through all in order.
        kept = [f"{sql} + interval '0'" if narrow and cast == "timestamptz" else sql for sql, cast in sorts]
        joins = "".join(f" cross join lateral (select {sql} as v) s{at}" for at, sql in enumerate(kept))
    else:
        where += "".join(f" and {writer.row_tests(each, 's0')}" for each in met.tests)
        sorts = [("", "float8")]
        joins = (
            " left join lateral (select x.*, x.low as v from range_index x"
            f" where x.rid = r.rid and x.path = {met.path} and x.key is null limit 1) s0 on true"
        )
    selected = "".join(f", s{at}.v as s{at}" for at in range(len(sorts))) + column
    descending = [key.descending for key in query.sort]
    filled = [key.code in FILLED for key in query.sort]
    tie = descending[-1] if descending else False
    if query.cursor is not None:
        cursor = criteria.cursors.open(query.cursor, len(sorts))
        where += " and " + _after(
            writer, [(f"s{at}.v", cast) for at, (_, cast) in enumerate(sorts)], descending, filled, tie, cursor
        )
    walkable = not narrow and all(is_predictable(condition) for condition in query.conditions.values())
    order = [_in_order(f"s{at}.v", down, full) for at, (down, full) in enumerate(zip(descending, filled, strict=True))]
    order.append(_in_order("r.rid" if walkable else "r.rid + 0", tie, True))
    sql = f"select {COLUMNS}{selected} from resource r{joins} where {where} order by {', '.join(order)} limit {limit}"
    return Statement(sql, writer.values, len(sorts))


@dataclass(frozen=True, slots=True)
class _Met:
    """The one row of each resource that gives its order, and what is asked of that row besides."""

    path: int
    tests: tuple[InRange, ...]


def _met_in_order(criteria: Criteria, query: Query) -> tuple[Query, _Met | None]:
    """Where few resources match and one single range gives their order: that row is looked up once, for the order and
    for what is asked of it; the query is left with the other conditions."""
    if len(query.types) != 1 or len(query.sort) != 1 or query.sort[0].code in FILLED:
        return query, None
    resource_type = query.types[0]
    condition = query.conditions[resource_type]
    if not is_narrow(condition):
        return query, None
    path = _single_path(criteria, criteria.parameter(resource_type, query.sort[0].code))
    if path is None:
        return query, None
    parts = merged(condition)
    tests = tuple(part for part in parts if isinstance(part, InRange) and part.single and part.paths == (path,))
    rest = All(tuple(part for part in parts if part not in tests))
    return replace(query, conditions={resource_type: rest}), _Met(path, tests)


FILLED = frozenset(("_id", "_lastUpdated"))
"""What every resource has: an index gives its order."""


def _in_order(sql: str, descending: bool, filled: bool) -> str:
    return f"{sql}{' desc' if descending else ''}{'' if filled else ' nulls last'}"


def walk(criteria: Criteria, query: Query, writer: Writer, limit: int, column: str = "") -> Statement | None:
    """The same page by walking the index of the one sort key, when nothing else narrows the search. Only rows that
    have a value; None when this does not fit."""
    if len(query.types) != 1 or len(query.sort) != 1:
        return None
    key, resource_type = query.sort[0], query.types[0]
    parts = merged(query.conditions[resource_type])
    if not all(isinstance(part, InRange) for part in parts):
        return None
    path = _single_path(criteria, criteria.parameter(resource_type, key.code))
    if path is None:
        return None
    own = [part for part in parts if isinstance(part, InRange) and part.single and part.paths == (path,)]
    others = tuple(part for part in parts if part not in own)
    where = f"x.path = {path} and x.key is null and not r.deleted"
    if others:
        where += " and " + writer.where(All(others), "r", resource_type)
    where += "".join(f" and {writer.row_tests(each, 'x')}" for each in own)
    if query.cursor is not None:
        cursor = criteria.cursors.open(query.cursor, 1)
        if cursor[0] is None:
            return None
        value, rid = writer.param(_typed(cursor[0], "float8"), "float8"), writer.param(cursor[1], "bigint")
        where += f" and (x.low, x.rid) {'<' if key.descending else '>'} ({value}, {rid})"
    down = " desc" if key.descending else ""
    order = f"x.low{down}, x.rid{down}"
    chosen = f"select {COLUMNS}, x.low as s0{column} from range_index x join resource r on r.rid = x.rid where {where}"
    least = None if key.descending or not own else lowest(own[0])
    if least is None or own[0].long is None:
        return Statement(f"{chosen} order by {order} limit {limit}", writer.values, 1)
    # Upwards from a bound: the few long rows that reach over it are found apart.
    start, extent, long = writer.param(least, "float8"), "x.high - x.low", f"{own[0].long:.0f}"
    short_ones = f"{chosen} and x.low >= {start} - {long} and {extent} <= {long} order by {order} limit {limit}"
    long_ones = f"{chosen} and x.high >= {start} and {extent} > {long} order by x.low + 0, x.rid limit {limit}"
    sql = f"select * from (({short_ones}) union all ({long_ones})) u order by s0, rid limit {limit}"
    return Statement(sql, writer.values, 1)


def count_statement(query: Query, writer: Writer) -> Statement:
    """How many resources match."""
    return Statement(f"select count(*) from resource r where {_where(query, writer)}", writer.values, 0)


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
    return path.id if is_single(criteria.parameters.definitions, path) else None


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
    writer: Writer, sorts: list[tuple[str, str]], descending: list[bool], filled: list[bool], tie_descending: bool,
    cursor: Cursor,
) -> str:  # fmt: skip
    """Rows that come after the cursor: greater in the first key, or equal there and greater in the next, and so on."""
    rid = writer.param(_typed(cursor[-1], "bigint"), "bigint")
    after = "<" if tie_descending else ">"
    if filled == [True]:
        (sql, cast), value = sorts[0], cursor[0]
        return f"({sql}, r.rid) {after} ({writer.param(_typed(value, cast), cast)}, {rid})"
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
    alternatives.append(" and ".join([*equal, f"r.rid {after} {rid}"]))
    return "(" + " or ".join(f"({each})" for each in alternatives) + ")" if len(alternatives) > 1 else alternatives[0]


def _typed(value: Any, cast: str) -> Any:
    try:
        match cast:
            case "timestamptz":
                return datetime.fromisoformat(value)
            case "float8":
                return float(value)
            case "bigint":
                return int(value)
            case _:
                return str(value)
    except (ValueError, TypeError):
        raise BadCursor from None


def rid_statement(query: Query, writer: Writer, limit: int) -> Statement:
    """Only the keys of the matches."""
    return Statement(
        f"select r.rid from resource r where {_where(query, writer)} order by r.rid limit {limit}", writer.values, 0
    )
