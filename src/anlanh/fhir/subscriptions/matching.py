"""Does a change meet a condition? Worked out in memory from the index of the resource, without the database.

Three answers: yes, no, and None where only the database can tell (chains, positions, composites of strings).

FHIR: search
Source: https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any as AnyValue

from anlanh.fhir.search import sql
from anlanh.fhir.search.conditions import All, Any, Column, Comparison, Condition, HasKey, InRange, Not, Text
from anlanh.fhir.search.leaves import Index, RangeRow

OPERATORS: dict[str, Callable[[AnyValue, AnyValue], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COLUMNS = {"path": 0, "key": 1, "low": 2, "high": 3, "system": 4, "code": 5, "unit": 6, "unit_low": 7, "unit_high": 8}


@dataclass(frozen=True, slots=True)
class Facts:
    """One version of a resource, as far as conditions ask about it."""

    rid: int
    id: str
    updated_at: datetime
    keys: frozenset[int]
    index: Index


def facts_of(rid: int, resource_id: str, updated_at: datetime, index: Index) -> Facts:
    """The facts of a resource whose index is `index`."""
    return Facts(rid, resource_id, updated_at, frozenset(index.refs) | frozenset(index.keys), index)


def meets(condition: Condition, facts: Facts) -> bool | None:
    """Whether the resource meets the condition; None: only the database can tell."""
    match condition:
        case HasKey(keys):
            return not facts.keys.isdisjoint(keys)
        case All(of):
            return _all([meets(each, facts) for each in of])
        case Any(of):
            return _not(_all([_not(meets(each, facts)) for each in of]))
        case Not(inner):
            return _not(meets(inner, facts))
        case InRange():
            return any(_in_range(condition, row) for row in facts.index.ranges)
        case Text():
            return all(_has_string(lookup, facts) for lookup in sql.lookups(condition))
        case Column():
            return _column(condition, facts)
        case _:
            return None


def in_memory(condition: Condition) -> bool:
    """Whether `meets` always has an answer."""
    match condition:
        case All(of) | Any(of):
            return all(in_memory(each) for each in of)
        case Not(inner):
            return in_memory(inner)
        case _:
            return isinstance(condition, HasKey | InRange | Text | Column)


def _all(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _in_range(condition: InRange, row: RangeRow) -> bool:
    if row[0] not in condition.paths:
        return False
    if row[1] is not None if condition.keys is None else row[1] not in condition.keys:
        return False
    return any(_passes(comparison, row) for comparison in condition.any_of)


def _passes(comparison: Comparison, row: RangeRow) -> bool:
    cells = [(row[COLUMNS[column]], test, value) for column, test, value in comparison.tests]
    return all(cell is not None and OPERATORS[test](cell, value) for cell, test, value in cells)


def _has_string(lookup: sql.Lookup, facts: Facts) -> bool:
    for _, path, whole, value in facts.index.strings:
        found = lookup.text in value if lookup.how == "contains" else value.startswith(lookup.text)
        if found and path in lookup.paths and (whole or not lookup.whole):
            return True
    return False


def _column(column: Column, facts: Facts) -> bool:
    if column.name == "id":
        return facts.id in column.values
    if column.name == "rid":
        return facts.rid in column.values
    return OPERATORS[column.operator](facts.updated_at, column.values[0])
