"""The syntax tree of FHIRPath: what `parser.parse` returns.

Every node keeps `at`, its offset in the text, so that messages can point at it.

FHIR: FHIRPath 2.0.0, grammar
Source: http://hl7.org/fhirpath/N1/grammar.html
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Literal:
    """`type` is Null, Boolean, String, Integer, Long, Decimal, Date, DateTime or Time.

    Dates and times keep their text, without `@` and without the `T` of a time.
    """

    value: bool | str | int | Decimal | None
    type: str
    at: int


@dataclass(frozen=True, slots=True)
class QuantityLiteral:
    """`4 'mg'` or `3 days`; `calendar` tells the word of the language from the UCUM code."""

    value: Decimal
    unit: str
    calendar: bool
    at: int


@dataclass(frozen=True, slots=True)
class Member:
    """`source.name`; without a source the first step of a path, which may also be the name of a type."""

    source: Node | None
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """`source.name(arguments)`; without a source the function of the context item."""

    source: Node | None
    name: str
    arguments: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Variable:
    """`$this`, `$index` or `$total`, without the dollar sign."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Constant:
    """`%name`, without the percent sign."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Indexer:
    """`source[index]`."""

    source: Node
    index: Node
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`+operand` or `-operand`."""

    operator: str
    operand: Node
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`, for all operators but `is` and `as`."""

    operator: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True, slots=True)
class TypeOperation:
    """`operand is type` or `operand as type`; `namespace` is FHIR, System or empty."""

    operator: str
    operand: Node
    namespace: str
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class SortKey:
    """An argument of sort() with its direction: `name desc`."""

    operand: Node
    descending: bool
    at: int


Node = (
    Literal | QuantityLiteral | Member | Call | Variable | Constant | Indexer | Unary | Binary | TypeOperation | SortKey
)
