"""The operators of FHIRPath on evaluated collections.

FHIR: FHIRPath 2.0.0, section 6
Source: http://hl7.org/fhirpath/N1/#operations
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from anlanh.fhir.fhirpath import equality, temporal
from anlanh.fhir.fhirpath.functions.maths import NUMBERS
from anlanh.fhir.fhirpath.functions.text import bounded
from anlanh.fhir.fhirpath.parser import CALENDAR_UNITS
from anlanh.fhir.fhirpath.problems import EvaluationProblem
from anlanh.fhir.fhirpath.temporal import Temporal
from anlanh.fhir.fhirpath.values import UCUM_OF_CALENDAR, Element, Items, Quantity, single, type_of
from anlanh.kernel import units

TRUE: Items = [True]
FALSE: Items = [False]

DEFINITE = {code: word for word, code in UCUM_OF_CALENDAR.items() if word not in ("year", "month")}
"""UCUM units that dates can be moved by; a year or month in UCUM is a fixed time and has no place in a calendar."""


def equal(left: Items, right: Items) -> Items:
    answer = equality.equal_items(left, right)
    return [] if answer is None else [answer]


def not_equal(left: Items, right: Items) -> Items:
    answer = equality.equal_items(left, right)
    return [] if answer is None else [not answer]


def equivalent(left: Items, right: Items) -> Items:
    return [equality.equivalent_items(left, right)]


def not_equivalent(left: Items, right: Items) -> Items:
    return [not equality.equivalent_items(left, right)]


def less(left: Items, right: Items) -> Items:
    order = equality.order(left, right)
    return [] if order is None else [order < 0]


def less_or_equal(left: Items, right: Items) -> Items:
    order = equality.order(left, right)
    return [] if order is None else [order <= 0]


def greater(left: Items, right: Items) -> Items:
    order = equality.order(left, right)
    return [] if order is None else [order > 0]


def greater_or_equal(left: Items, right: Items) -> Items:
    order = equality.order(left, right)
    return [] if order is None else [order >= 0]


def union(left: Items, right: Items) -> Items:
    return equality.distinct(left + right)


def is_in(left: Items, right: Items) -> Items:
    if not left:
        return []
    if len(left) > 1:
        raise EvaluationProblem("expects a single item on the left of 'in'")
    return [any(equality.equal(left[0], item) for item in right)]


def contains(left: Items, right: Items) -> Items:
    if len(right) > 1:
        raise EvaluationProblem("expects a single item on the right of 'contains'")
    return is_in(right, left)


def concatenate(left: Items, right: Items) -> Items:
    return [bounded(_text(left) + _text(right))]


def plus(left: Items, right: Items) -> Items:
    mine, yours = single(left), single(right)
    if mine is None or yours is None:
        return []
    if type(mine) is str and type(yours) is str:
        return [bounded(mine + yours)]
    if type(mine) is Temporal and type(yours) is Quantity:
        return _moved(mine, yours, 1)
    if type(mine) is Quantity and type(yours) is Quantity:
        return _summed(mine, yours, 1)
    return _number(mine, yours, "+", NUMBERS.add)


def minus(left: Items, right: Items) -> Items:
    mine, yours = single(left), single(right)
    if mine is None or yours is None:
        return []
    if type(mine) is Temporal and type(yours) is Quantity:
        return _moved(mine, yours, -1)
    if type(mine) is Quantity and type(yours) is Quantity:
        return _summed(mine, yours, -1)
    return _number(mine, yours, "-", NUMBERS.subtract)


def times(left: Items, right: Items) -> Items:
    mine, yours = single(left), single(right)
    if mine is None or yours is None:
        return []
    if type(mine) is Quantity or type(yours) is Quantity:
        return _scaled(mine, yours, "*", units.multiply)
    return _number(mine, yours, "*", NUMBERS.multiply)


def divided_by(left: Items, right: Items) -> Items:
    mine, yours = single(left), single(right)
    if mine is None or yours is None:
        return []
    if type(mine) is Quantity or type(yours) is Quantity:
        return _scaled(mine, yours, "/", units.divide)
    return _number(Decimal(mine) if type(mine) is int else mine, yours, "/", NUMBERS.divide)


def div(left: Items, right: Items) -> Items:
    mine, yours = single(left), single(right)
    if mine is None or yours is None:
        return []
    found = _number(mine, yours, "div", NUMBERS.divide_int)
    return [int(found[0])] if found else []


def mod(left: Items, right: Items) -> Items:
    mine, yours = single(left), single(right)
    if mine is None or yours is None:
        return []
    return _number(mine, yours, "mod", NUMBERS.remainder)


def negative(items: Items) -> Items:
    value = single(items)
    if value is None:
        return []
    if type(value) is Quantity:
        return [Quantity(-value.value, value.unit, value.calendar)]
    return [-_as_number(value, "-")]


def positive(items: Items) -> Items:
    value = single(items)
    if value is None or type(value) is Quantity:
        return [] if value is None else [value]
    return [_as_number(value, "+")]


BINARY: dict[str, Callable[[Items, Items], Items]] = {
    "=": equal,
    "!=": not_equal,
    "~": equivalent,
    "!~": not_equivalent,
    "<": less,
    "<=": less_or_equal,
    ">": greater,
    ">=": greater_or_equal,
    "|": union,
    "in": is_in,
    "contains": contains,
    "&": concatenate,
    "+": plus,
    "-": minus,
    "*": times,
    "/": divided_by,
    "div": div,
    "mod": mod,
}

UNARY = {"+": positive, "-": negative}


def _text(items: Items) -> str:
    value = single(items)
    if value is None:
        return ""
    if type(value) is not str:
        if type(value) is Temporal and type(items[0]) is Element:
            return value.text
        raise EvaluationProblem(f"joins texts with '&', not {'.'.join(type_of(items[0]))}")
    return value


def _as_number(value: Any, sign: str) -> Any:
    if type(value) in (int, Decimal) or (isinstance(value, int) and type(value) is not bool):
        return value
    raise EvaluationProblem(f"cannot calculate '{sign}' with {'.'.join(type_of(value))}")


def _number(mine: Any, yours: Any, sign: str, calculate: Callable[[Decimal, Decimal], Decimal]) -> Items:
    _as_number(mine, sign)
    _as_number(yours, sign)
    try:
        found = calculate(Decimal(mine), Decimal(yours))
    except (DivisionByZero, InvalidOperation):
        return []
    except Overflow as error:
        raise EvaluationProblem("makes a number too large to hold") from error
    if isinstance(mine, int) and isinstance(yours, int) and found == found.to_integral_value() and sign != "/":
        kind = type(mine) if type(mine) is not int else type(yours)
        return [kind(found)]
    return [found]


def _scaled(mine: Any, yours: Any, sign: str, calculate: Callable[..., tuple[Decimal, str]]) -> Items:
    one = mine if type(mine) is Quantity else Quantity(Decimal(_as_number(mine, sign)), "1")
    other = yours if type(yours) is Quantity else Quantity(Decimal(_as_number(yours, sign)), "1")
    if other.unit == "1" and type(yours) is not Quantity:
        found = _number(one.value, other.value, sign, NUMBERS.multiply if sign == "*" else NUMBERS.divide)
        return [Quantity(found[0], one.unit, one.calendar)] if found else []
    try:
        value, unit = calculate(one.value, one.ucum, other.value, other.ucum)
    except (units.UnknownUnit, units.IncomparableUnits, units.OffTheScale) as error:
        raise EvaluationProblem(f"cannot calculate '{sign}': {error.text}") from error
    except (DivisionByZero, InvalidOperation):
        return []
    return [Quantity(value, unit)]


def _summed(mine: Quantity, yours: Quantity, sign: int) -> Items:
    if mine.unit == yours.unit:
        return [Quantity(NUMBERS.add(mine.value, sign * yours.value), mine.unit, mine.calendar)]
    if not units.comparable(mine.ucum, yours.ucum):
        return []
    other = units.convert(yours.value, yours.ucum, mine.ucum)
    return [Quantity(NUMBERS.add(mine.value, sign * other), mine.unit, mine.calendar)]


def _moved(value: Temporal, by: Quantity, sign: int) -> Items:
    word = by.unit if by.calendar else DEFINITE.get(by.unit)
    if word is None and by.unit in CALENDAR_UNITS:
        word = by.unit.removesuffix("s")
    if word is None:
        raise EvaluationProblem(f"cannot move a date or time by '{by.unit}'; use a calendar word such as months")
    if abs(by.value) > 10**15:
        return []
    moved = temporal.add(value, sign * by.value, word)
    return [] if moved is None else [moved]
