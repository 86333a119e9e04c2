"""What flows through an expression: FHIR elements with their type, and System values.

A FHIR element is an `Element`. A System value is a plain Python value: bool, int (`Long` for long), Decimal, str,
`Temporal` or `Quantity`.

FHIR: FHIRPath 2.0.0, types; FHIR R4, use of FHIRPath
Source: http://hl7.org/fhirpath/N1/#literals, https://hl7.org/fhir/R4/fhirpath.html
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from anlanh.fhir.fhirpath import temporal, types
from anlanh.fhir.fhirpath.problems import EvaluationProblem
from anlanh.fhir.fhirpath.temporal import Temporal
from anlanh.fhir.fhirpath.types import UNKNOWN, ElementType

Items = list[Any]

UCUM = "http://unitsofmeasure.org"

UCUM_OF_CALENDAR = {
    "year": "a",
    "month": "mo",
    "week": "wk",
    "day": "d",
    "hour": "h",
    "minute": "min",
    "second": "s",
    "millisecond": "ms",
}


class Element:
    """A FHIR element: its JSON `value`, its `type`, and for primitives the `_name` property beside it (`beside`)."""

    __slots__ = ("beside", "type", "value")

    def __init__(self, value: Any, type_: ElementType, beside: dict[str, Any] | None = None) -> None:
        self.value = value
        self.type = type_
        self.beside = beside

    def __repr__(self) -> str:
        return f"Element({self.type.name}, {str(self.value)[:60]})"


class Long(int):
    """A System.Long."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A System.Quantity; `unit` is a UCUM code, or a calendar word (singular) when `calendar`."""

    value: Decimal
    unit: str
    calendar: bool = False

    @property
    def ucum(self) -> str:
        """The UCUM code of the unit."""
        return UCUM_OF_CALENDAR[self.unit] if self.calendar else self.unit

    def __str__(self) -> str:
        if self.calendar:
            return f"{self.value} {self.unit}" + ("" if self.value == 1 else "s")
        return f"{self.value} '{self.unit}'"


class TypeInfo(NamedTuple):
    """What type() returns."""

    namespace: str
    name: str


class Service(NamedTuple):
    """A service of the environment, such as %terminologies."""

    name: str


TERMINOLOGIES = Service("terminologies")

SYSTEM_NAMES: dict[type, str] = {
    bool: "Boolean",
    str: "String",
    int: "Integer",
    Long: "Long",
    Decimal: "Decimal",
    Quantity: "Quantity",
    TypeInfo: "SimpleTypeInfo",
}


def type_of(item: Any) -> TypeInfo:
    """The namespace and name of an item's type."""
    if type(item) is Element:
        return TypeInfo("FHIR", item.type.title)
    if type(item) is Temporal:
        return TypeInfo("System", item.kind)
    return TypeInfo("System", SYSTEM_NAMES.get(type(item), "Any"))


def element(value: Any) -> Any:
    """A JSON value as an item: a resource gets its type, other objects stay untyped, plain values are System values."""
    if type(value) is dict:
        return Element(value, types.of_resource(value.get("resourceType")) if "resourceType" in value else UNKNOWN)
    return decimal(value) if type(value) is float else value


def decimal(value: Any) -> Decimal:
    """A JSON number as a Decimal."""
    return value if type(value) is Decimal else Decimal(repr(value)) if type(value) is float else Decimal(value)


def system(item: Any) -> Any:
    """The System value of an item: FHIR primitives and quantities are converted, all else is given back as it is.

    A primitive that has no value (only extensions) is given back as it is, too.
    """
    if type(item) is not Element:
        return item
    value, kind = item.value, item.type.system
    if kind == "String" or value is None:
        return item if value is None else value
    if not kind:
        return item if "Quantity" not in item.type.ancestors else quantity(item)
    if kind in ("Date", "DateTime", "Time"):
        found = temporal.parse(value, kind) if type(value) is str else None
        return value if found is None else found
    if kind == "Decimal" and type(value) is not bool:
        try:
            return decimal(value)
        except (InvalidOperation, TypeError):
            return value
    return value


def quantity(item: Element) -> Any:
    """The System quantity of a FHIR Quantity (Age, Duration...); the item itself when it has no value."""
    value = item.value.get("value")
    if value is None:
        return item
    code = item.value.get("code")
    unit = code if code is not None else item.value.get("unit")
    return Quantity(decimal(value), unit or "1")


def plain(item: Any) -> Any:
    """An item as a JSON value: an element's own, System values as FHIR writes them."""
    if type(item) is Element:
        return item.value
    if type(item) is Temporal:
        return item.text
    if type(item) is Quantity:
        return {"value": item.value, "unit": item.unit} | ({} if item.calendar else {"system": UCUM, "code": item.unit})
    if type(item) is TypeInfo:
        return item._asdict()
    return item


def single(items: Items) -> Any:
    """The System value of the only item, or None when there is none.

    Raises:
        EvaluationProblem: more than one item.
    """
    if not items:
        return None
    if len(items) > 1:
        raise EvaluationProblem(f"expects a single item, there are {len(items)}")
    item = items[0]
    value = system(item) if type(item) is Element else item
    return None if type(value) is Element and value.value is None else value


def truth(items: Items) -> bool | None:
    """The items as a criterion: None for empty, the value of a Boolean, true for any other single item.

    Raises:
        EvaluationProblem: more than one item.
    """
    if not items:
        return None
    if len(items) > 1:
        raise EvaluationProblem(f"expects a single Boolean, there are {len(items)} items")
    item = items[0]
    if item is True or item is False:
        return item
    if type(item) is Element:
        return item.value if type(item.value) is bool else True
    return True
