"""The simple paths that nearly all search parameters are made of, as a list of steps.

FHIR: SearchParameter.expression
Source: https://hl7.org/fhir/R4/searchparameter.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from anlanh.fhir.fhirpath.syntax import Binary, Call, Constant, Indexer, Literal, Member, Node, TypeOperation
from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.model.types import ElementDef
from anlanh.fhir.search.parameters import IndexPath


class Unsupported(Exception):
    """The generator leaves this path to the FHIRPath engine."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str


@dataclass(frozen=True, slots=True)
class As:
    type: str


@dataclass(frozen=True, slots=True)
class Where:
    name: str
    value: object


@dataclass(frozen=True, slots=True)
class Extension:
    url: str


@dataclass(frozen=True, slots=True)
class At:
    index: int


Step = Field | As | Where | Extension | At


def steps_of(node: Node, resource_type: str) -> Iterator[Step]:
    """The steps of a path from the resource (or, for a relative path, from its element).

    Raises:
        Unsupported: it holds more than steps.
    """
    match node:
        case Member(None, name):
            if name not in (resource_type, "Resource", "DomainResource"):
                yield Field(name)
        case Constant("resource"):
            return
        case Member(source, name) if source is not None:
            yield from steps_of(source, resource_type)
            yield Field(name)
        case TypeOperation("as", operand, _, name):
            yield from steps_of(operand, resource_type)
            yield As("dateTime" if name == "DateTime" else name)
        case Call(source, "as" | "ofType", (Member(None, name),)) if source is not None:
            yield from steps_of(source, resource_type)
            yield As("dateTime" if name == "DateTime" else name)
        case Call(source, "extension", (Literal(str() as url, "String"),)):
            if source is not None:
                yield from steps_of(source, resource_type)
            yield Extension(url)
        case Call(source, "where", (Binary("=", Member(None, name), Literal(value, "String")),)) if source is not None:
            yield from steps_of(source, resource_type)
            yield Where(name, value)
        case Indexer(source, Literal(int() as at, "Integer")):
            yield from steps_of(source, resource_type)
            yield At(at)
        case _:
            raise Unsupported


def elements_of(known: Definitions, path: IndexPath) -> list[tuple[ElementDef, str]]:
    """The elements a path goes through, each with the type it has there; empty when it is more than steps."""
    try:
        steps = list(steps_of(path.node, path.type))
    except Unsupported:
        return []
    found: list[tuple[ElementDef, str]] = []
    kind = path.type
    for at, step in enumerate(steps):
        if not isinstance(step, Field):
            continue
        definition = known.types.get(kind)
        element = definition.elements.get(step.name) if definition else None
        if element is None:
            return []
        chosen = steps[at + 1] if at + 1 < len(steps) else None
        kind = chosen.type if isinstance(chosen, As) else element.types[0].code
        found.append((element, kind))
    return found


@lru_cache(maxsize=4096)
def is_name(known: Definitions, path: IndexPath) -> bool:
    """Whether a string path reaches into a person's name, where any word may be asked for in any order."""
    return any(kind == "HumanName" for _, kind in elements_of(known, path))


@lru_cache(maxsize=4096)
def is_single(known: Definitions, path: IndexPath) -> bool:
    """Whether a resource has at most one row of this path in the range table."""
    elements = elements_of(known, path)
    return bool(elements) and all(element.max == 1 for element, _ in elements)


@lru_cache(maxsize=4096)
def is_contact_point(known: Definitions, path: IndexPath) -> bool:
    """Whether a token path leads to telephone numbers and the like, which are also asked for as they are dialled."""
    elements = elements_of(known, path)
    return bool(elements) and elements[-1][1] == "ContactPoint"


@lru_cache(maxsize=4096)
def implied_systems(known: Definitions, path: IndexPath) -> tuple[str, ...]:
    """Code systems of an element of type `code`, which is stored without one."""
    elements = elements_of(known, path)
    if not elements or elements[-1][1] != "code" or not elements[-1][0].binding:
        return ()
    value_set = known.resource(elements[-1][0].binding) or {}
    return tuple(part["system"] for part in value_set.get("compose", {}).get("include", ()) if "system" in part)
