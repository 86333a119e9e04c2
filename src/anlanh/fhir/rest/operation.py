"""The operations this server offers: one row each, from which routes and the CapabilityStatement are made.

FHIR: OperationDefinition
Source: https://hl7.org/fhir/R4/operations.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from anlanh.fhir.rest.exchange import Ask, Reply, Server
from anlanh.platform.work import Work

Handler: TypeAlias = Callable[[Work, Server, Ask], Awaitable[Reply]]

ALL = ("*",)
"""`types` of an operation that every resource type has."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `levels` are system, type and instance; `types` those it is for."""

    name: str
    handle: Handler
    levels: tuple[str, ...]
    definition: str
    types: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ("GET", "POST")
    writes: bool = False


OFFERED: dict[str, list[Operation]] = {}


def offer(*operations: Operation) -> None:
    """Add operations to what the server offers. Called once, where the program is put together."""
    for each in operations:
        rows = OFFERED.setdefault(each.name, [])
        if each not in rows:
            rows.append(each)


def find(name: str, level: str, resource_type: str | None) -> Operation | None:
    """The operation of that name at that level for that type."""
    for each in OFFERED.get(name, ()):
        if level in each.levels and (level == "system" or each.types == ALL or resource_type in each.types):
            return each
    return None
