"""Mathematics of single values, and the boundaries and precision of measured ones.

FHIR: FHIRPath 2.0.0, section 5.7; precision and boundaries of FHIRPath 3
Source: http://hl7.org/fhirpath/N1/#math, http://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, InvalidOperation, Overflow
from typing import Any

from anlanh.fhir.fhirpath import temporal
from anlanh.fhir.fhirpath.functions.registry import on_items, on_one
from anlanh.fhir.fhirpath.problems import EvaluationProblem
from anlanh.fhir.fhirpath.temporal import Temporal
from anlanh.fhir.fhirpath.values import Items, Quantity, single
from anlanh.kernel import units

NUMBERS = Context(prec=40)
"""Arithmetic of expressions: wider than the 28 digits the specification asks for."""
TRANSCENDENTAL = Context(prec=28)
MAX_PLACES = 28
DEFAULT_PLACES = 8


@on_one("abs", "Measured")
def absolute(value: Any) -> Any:
    return Quantity(abs(value.value), value.unit, value.calendar) if type(value) is Quantity else abs(value)


@on_one("ceiling", "Number", result="Integer")
def ceiling(value: Any) -> int:
    return int(Decimal(value).to_integral_value(ROUND_CEILING))


@on_one("floor", "Number", result="Integer")
def floor(value: Any) -> int:
    return int(Decimal(value).to_integral_value(ROUND_FLOOR))


@on_one("truncate", "Number", result="Integer")
def truncate(value: Any) -> int:
    return int(value)


@on_one("round", "Number", "Integer?", result="Decimal")
def round_(value: Any, places: int = 0) -> Decimal:
    if not 0 <= places <= MAX_PLACES:
        raise EvaluationProblem(f"round() takes 0 to {MAX_PLACES} decimal places")
    return _quantized(Decimal(value), places, ROUND_HALF_UP)


@on_one("exp", "Number", result="Decimal")
def exp(value: Any) -> Decimal | None:
    return _finite(TRANSCENDENTAL.exp, Decimal(value))


@on_one("ln", "Number", result="Decimal")
def ln(value: Any) -> Decimal | None:
    return _finite(TRANSCENDENTAL.ln, Decimal(value)) if value > 0 else None


@on_one("log", "Number", "Number", result="Decimal")
def log(value: Any, base: Any) -> Decimal | None:
    if value <= 0 or base <= 0 or base == 1:
        return None
    wide = Context(prec=40)
    return TRANSCENDENTAL.plus(wide.divide(wide.ln(Decimal(value)), wide.ln(Decimal(base)))).normalize(TRANSCENDENTAL)


@on_one("sqrt", "Number", result="Decimal")
def sqrt(value: Any) -> Decimal | None:
    return TRANSCENDENTAL.sqrt(Decimal(value)) if value >= 0 else None


@on_one("power", "Number", "Number")
def power(value: Any, exponent: Any) -> Any:
    if value < 0 and exponent != int(exponent):
        return None
    if value == 0 and exponent <= 0:
        return None if exponent < 0 else 1
    found = _finite(lambda base: TRANSCENDENTAL.power(base, Decimal(exponent)), Decimal(value))
    whole = isinstance(value, int) and isinstance(exponent, int) and exponent >= 0
    return int(found) if whole and found is not None and abs(found) < 10**27 else found


@on_items("precision", result="Integer", one=True)
def precision(items: Items) -> Items:
    value = single(items)
    if type(value) is Temporal:
        return [temporal.precision(value)]
    if type(value) is Decimal:
        return [places(value)]
    return [] if value is None or type(value) is not int else [0]


@on_one("lowBoundary", "Bounded", "Integer?")
def low_boundary(value: Any, digits: int | None = None) -> Any:
    if type(value) is Temporal:
        return temporal.low_boundary(value, digits)
    return _boundary(value, digits, Decimal("-0.5"))


@on_one("highBoundary", "Bounded", "Integer?")
def high_boundary(value: Any, digits: int | None = None) -> Any:
    if type(value) is Temporal:
        return temporal.high_boundary(value, digits)
    return _boundary(value, digits, Decimal("0.5"))


@on_items("comparable", 1, result="Boolean", one=True)
def comparable(items: Items, other: Items) -> Items:
    mine, yours = single(items), single(other)
    if mine is None or yours is None:
        return []
    if type(mine) is not Quantity or type(yours) is not Quantity:
        return [type(mine) is type(yours)]
    return [units.comparable(mine.ucum, yours.ucum)]


def places(value: Decimal) -> int:
    """Digits after the decimal point."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _boundary(value: Any, digits: int | None, half: Decimal) -> Any:
    if type(value) is Quantity:
        found = _boundary(value.value, digits, half)
        return None if found is None else Quantity(found, value.unit, value.calendar)
    number = Decimal(value)
    wanted = DEFAULT_PLACES if digits is None else digits
    if not 0 <= wanted <= MAX_PLACES:
        return None
    bound = NUMBERS.add(number, half.scaleb(-places(number)))
    # Away from zero the next digit decides, towards zero the rest is dropped: as in the published results.
    return _quantized(bound, wanted, ROUND_HALF_UP if abs(bound) > abs(number) else ROUND_DOWN)


def _quantized(value: Decimal, digits: int, rounding: str) -> Decimal:
    try:
        return value.quantize(Decimal(1).scaleb(-digits), rounding, Context(prec=200))
    except InvalidOperation as error:
        raise EvaluationProblem("is given a number with too many digits") from error


def _finite(function: Any, value: Decimal) -> Decimal | None:
    try:
        return function(value)  # type: ignore[no-any-return]
    except (Overflow, InvalidOperation) as error:
        raise EvaluationProblem("makes a number too large to hold") from error
