"""Conversion of single values: toX() and convertsToX().

FHIR: FHIRPath 2.0.0, section 5.5
Source: http://hl7.org/fhirpath/N1/#conversion
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from anlanh.fhir.fhirpath import temporal
from anlanh.fhir.fhirpath.context import Env
from anlanh.fhir.fhirpath.functions.registry import FUNCTIONS, Function, checked
from anlanh.fhir.fhirpath.parser import CALENDAR_UNITS
from anlanh.fhir.fhirpath.temporal import Temporal
from anlanh.fhir.fhirpath.values import Element, Items, Long, Quantity, TypeInfo
from anlanh.kernel import units

_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,100}(\.\d{1,100})?", re.ASCII)
_QUANTITY = re.compile(r"(?P<value>[+-]?\d{1,100}(?:\.\d{1,100})?)\s*(?:'(?P<code>[^']+)'|(?P<word>[a-z]+))?", re.ASCII)

BOOLEANS = dict.fromkeys(("true", "t", "yes", "y", "1", "1.0"), True) | dict.fromkeys(
    ("false", "f", "no", "n", "0", "0.0"), False
)


def to_boolean(value: Any) -> bool | None:
    if type(value) is bool:
        return value
    if type(value) is str:
        return BOOLEANS.get(value.lower())
    return bool(value) if isinstance(value, (int, Decimal)) and value in (0, 1) else None


def to_integer(value: Any) -> int | None:
    if isinstance(value, int):
        return int(value)
    if type(value) is str and _INTEGER.fullmatch(value) and -(2**31) <= int(value) < 2**31:
        return int(value)
    return None


def to_long(value: Any) -> Long | None:
    if isinstance(value, int):
        return Long(value)
    if type(value) is str and _INTEGER.fullmatch(value):
        return Long(value)
    return None


def to_decimal(value: Any) -> Decimal | None:
    if type(value) is Decimal:
        return value
    if isinstance(value, int):
        return Decimal(value)
    if type(value) is str and _DECIMAL.fullmatch(value):
        return Decimal(value)
    return None


def to_string(value: Any) -> str | None:
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is Decimal:
        return format(value, "f")
    if type(value) is Element or type(value) is TypeInfo:
        return None
    return str(value)


def to_date(value: Any) -> Temporal | None:
    if type(value) is str:
        value = temporal.parse(value, "DateTime")
    if type(value) is not Temporal or value.kind == "Time":
        return None
    return value if value.kind == "Date" else temporal.parse(value.text.partition("T")[0], "Date")


def to_date_time(value: Any) -> Temporal | None:
    if type(value) is Temporal and value.kind != "Time":
        return temporal.parse(value.text, "DateTime")
    return temporal.parse(value, "DateTime") if type(value) is str else None


def to_time(value: Any) -> Temporal | None:
    if type(value) is Temporal and value.kind == "Time":
        return value
    return temporal.parse(value, "Time") if type(value) is str else None


def to_quantity(value: Any) -> Quantity | None:
    if type(value) is Quantity:
        return value
    if isinstance(value, (int, Decimal)):
        return Quantity(Decimal(value), "1")
    hit = _QUANTITY.fullmatch(value) if type(value) is str else None
    if hit is None:
        return None
    number, code, word = Decimal(hit["value"]), hit["code"], hit["word"]
    if word is not None:
        return Quantity(number, word.removesuffix("s"), True) if word in CALENDAR_UNITS else None
    return Quantity(number, code or "1")


def _register(name: str, convert: Callable[[Any], Any], *, to_unit: bool = False) -> None:
    def value_of(items: Items, arguments: list[Items], to: str) -> Any:
        value = checked(items, None, "Any", to)
        if value is None:
            return None
        found = convert(value)
        return in_unit(found, arguments[0]) if arguments and found is not None else found

    def run_to(items: Items, arguments: list[Items], env: Env) -> Items:
        found = value_of(items, arguments, "to" + name)
        return [] if found is None else [found]

    def run_converts(items: Items, arguments: list[Items], env: Env) -> Items:
        return [value_of(items, arguments, "convertsTo" + name) is not None] if items else []

    most = 1 if to_unit else 0
    FUNCTIONS["to" + name] = Function("to" + name, 0, most, run_to, result=name, one_result=True)
    FUNCTIONS["convertsTo" + name] = Function(
        "convertsTo" + name, 0, most, run_converts, result="Boolean", one_result=True
    )


def in_unit(value: Quantity, unit: Items) -> Quantity | None:
    """The quantity in the unit given by code or calendar word; None when they are not comparable."""
    code = checked(unit, (str,), "String", "toQuantity")
    if code is None:
        return None
    calendar = code in CALENDAR_UNITS
    target = Quantity(Decimal(0), code.removesuffix("s") if calendar else code, calendar)
    if not units.comparable(value.ucum, target.ucum):
        return None
    return Quantity(units.convert(value.value, value.ucum, target.ucum), target.unit, calendar)


_register("Boolean", to_boolean)
_register("Integer", to_integer)
_register("Long", to_long)
_register("Decimal", to_decimal)
_register("String", to_string)
_register("Date", to_date)
_register("DateTime", to_date_time)
_register("Time", to_time)
_register("Quantity", to_quantity, to_unit=True)
