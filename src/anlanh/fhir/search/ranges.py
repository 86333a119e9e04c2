"""Comparisons of dates, numbers and quantities: what `ge2024-05` or `5.4|http://unitsofmeasure.org|mg` asks of a row.

Dates are half-open ranges of ticks. For numbers a row is a point (or a Range), and only `eq`, `ne` and `ap` use the
precision of the value asked for.

FHIR: prefixes, quantity
Source: https://hl7.org/fhir/R4/search.html#prefix, https://hl7.org/fhir/R4/search.html#quantity
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from anlanh.fhir.search.conditions import All, Any, Column, Comparison, Condition, Near
from anlanh.fhir.search.criteria_text import split, unescape
from anlanh.fhir.search.keys import UCUM
from anlanh.fhir.search.leaves import number_of
from anlanh.fhir.search.parameters import near_paths
from anlanh.fhir.search.problems import BadValue
from anlanh.fhir.search.values import FUTURE, PAST, date_range, moment_of, number, precision_half
from anlanh.kernel import units
from anlanh.kernel.problem import Problem

PREFIXES = frozenset(("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"))

Tests = tuple[tuple[tuple[str, str, float], ...], ...]
"""Alternatives, each a list of (column, operator, value) that must all hold."""

LONG: dict[str, float | None] = {"date": 1_728_000_000_000.0, "number": None, "quantity": 0.0}
"""The extent beyond which a row is in the index of long ones: two days in ticks; for quantities, not one value."""

_METRES = {"km": 1000.0, "m": 1.0, "[mi_us]": 1609.347, "mi": 1609.344, "miles": 1609.344, "": 1000.0, "ft": 0.3048}
DEFAULT_DISTANCE = "10"


def prefix_of(text: str) -> tuple[str, str]:
    """The comparison prefix (`eq` when there is none) and the rest."""
    return (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)


def comparisons(
    kind: str, name: str, text: str, zone: ZoneInfo, low: str = "low", high: str = "high"
) -> tuple[Comparison, ...]:
    """The alternatives, any of which a row of the range table may pass. `low`, `high`: the columns that bound the row.

    Raises:
        NotADate, NotANumber, BadValue: the value has the wrong form.
    """
    prefix, rest = prefix_of(text)
    if kind == "date":
        return tuple(Comparison(tests) for tests in _date_tests(prefix, *date_range(_plus(rest), zone), low, high))
    if kind == "number":
        return tuple(Comparison(tests) for tests in _number_tests(prefix, number(rest), Decimal(1), low, high))
    return _quantity(prefix, rest, name)


def both(one: Comparison, other: Comparison) -> Comparison:
    """The tests of two comparisons of the same row."""
    return Comparison((*one.tests, *other.tests))


def _plus(text: str) -> str:
    """A `+` of a zone that was sent unescaped arrives as a space."""
    return text.replace(" ", "+")


def _date_tests(prefix: str, q_low: float, q_high: float, low: str, high: str) -> Tests:
    inside = ((low, ">=", q_low), (high, "<=", q_high))
    if prefix == "ap":
        slack = q_high - q_low
        return (((low, "<", q_high + slack), (high, ">", q_low - slack)),)
    table: dict[str, Tests] = {
        "eq": (inside,),
        "ne": (((low, "<", q_low),), ((high, ">", q_high),)),
        "gt": (((high, ">", q_high),),),
        "lt": (((low, "<", q_low),),),
        "ge": (((high, ">", q_high),), ((low, ">=", q_low),)),
        "le": (((low, "<", q_low),), ((high, "<=", q_high),)),
        "sa": (((low, ">=", q_high),),),
        "eb": (((high, "<=", q_low),),),
    }
    return table[prefix]


def _number_tests(prefix: str, value: Decimal, factor: Decimal, low: str, high: str) -> Tests:
    """`factor` scales value and precision to another unit."""
    at = float(value * factor)
    half = precision_half(value)
    if prefix == "ap":
        half = max(half, abs(value) / 10)
    q_low, q_high = float((value - half) * factor), float((value + half) * factor)
    inside = ((low, ">=", q_low), (high, "<", q_high))
    table: dict[str, Tests] = {
        "eq": (inside,),
        "ap": (((low, "<=", q_high), (high, ">=", q_low)),),
        "ne": (((low, "<", q_low),), ((high, ">=", q_high),)),
        "gt": (((high, ">", at),),),
        "lt": (((low, "<", at),),),
        "ge": (((high, ">=", at),),),
        "le": (((low, "<=", at),),),
        "sa": (((low, ">", at),),),
        "eb": (((high, "<", at),),),
    }
    return table[prefix]


def _quantity(prefix: str, text: str, name: str) -> tuple[Comparison, ...]:
    parts = [unescape(part) for part in split(text, "|")]
    if len(parts) > 3:
        raise BadValue(found=text, name=name, kind="quantity", wanted="5.4, 5.4|system|code or 5.4||code")
    value, system, code = number(parts[0]), (parts[1:2] or [""])[0], (parts[2:3] or [""])[0]
    found: list[Comparison] = []
    if code and system in ("", UCUM):
        found += _canonical(prefix, value, code)
    same: list[tuple[str, str, float]] = []
    if system:
        same.append(("system", "=", number_of(system) or 0))
    if code:
        same.append(("code", "=", number_of(code) or 0))
    if not (found and system == UCUM):
        found += [Comparison((*tests, *same)) for tests in _number_tests(prefix, value, Decimal(1), "low", "high")]
    return tuple(found)


def _canonical(prefix: str, value: Decimal, code: str) -> list[Comparison]:
    try:
        one, unit = units.canonical(Decimal(1), code)
        zero, _ = units.canonical(Decimal(0), code)
    except Problem:
        return []
    number_of_unit = number_of(unit) or 0
    if zero:  # a scale with an offset, as of temperatures: only the value itself can be converted
        half = precision_half(value)
        ends = {each: float(units.canonical(each, code)[0]) for each in (value - half, value, value + half)}
        tests = _number_tests(prefix, value, Decimal(1), "unit_low", "unit_high")
        moved = {float(each): end for each, end in ends.items()}
        tests = tuple(tuple((c, op, moved.get(v, v)) for c, op, v in test) for test in tests)
    else:
        tests = _number_tests(prefix, value, one, "unit_low", "unit_high")
    return [Comparison((("unit", "=", number_of_unit), *test)) for test in tests]


def last_updated(text: str, zone: ZoneInfo) -> Condition:
    """`_lastUpdated` against the row's own instant."""
    prefix, rest = prefix_of(text)
    tests = _date_tests(prefix, *date_range(_plus(rest), zone), "low", "high")
    alternatives: list[Condition] = []
    for alternative in tests:
        parts = [_instant_test(column, operator, value) for column, operator, value in alternative]
        alternatives.append(All(tuple(part for part in parts if part is not None)))
    return alternatives[0] if len(alternatives) == 1 else Any(tuple(alternatives))


def _instant_test(column: str, operator: str, value: float) -> Condition | None:
    """An instant is the range [t, t + 1 ms); its high end compares as t itself."""
    moment = moment_of(value)
    if moment is None:
        moment = datetime.min.replace(tzinfo=UTC) if value == PAST or value < 0 else datetime.max.replace(tzinfo=UTC)
    if column == "high":
        operator = {"<=": "<", ">": ">="}.get(operator, operator)
    return Column("updated_at", operator, (moment,))


def near(text: str) -> Condition:
    """`latitude|longitude|distance|units` as a circle.

    Raises:
        BadValue: not two numbers on the globe, or a unit that is no length.
    """
    parts = [*split(text, "|"), "", ""]
    try:
        latitude, longitude = float(parts[0]), float(parts[1])
        distance = float(parts[2] or DEFAULT_DISTANCE) * _METRES[parts[3]]
    except (ValueError, KeyError, IndexError):
        raise BadValue(found=text, name="near", kind="special", wanted="latitude|longitude|distance|km") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180 and 0 <= distance < FUTURE):
        raise BadValue(found=text, name="near", kind="special", wanted="latitude|longitude|distance|km")
    return Near(*near_paths(), latitude, longitude, distance)
