"""Where a FHIRPath of a patch points to: not the values, but the places in the resource that hold them.

Paths of a patch are navigation: steps, indexes, first(), last(), single(), skip(), take(), tail(), where(), ofType(),
as() and extension(). Criteria of where() may be any FHIRPath.

FHIR: FHIRPath Patch
Source: https://hl7.org/fhir/R4/fhirpatch.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import syntax, types
from anlanh.fhir.model import definitions
from anlanh.fhir.model.types import ElementDef


class NotAPlace(Exception):
    """The path is no navigation; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """One value in a resource: `owner[name]`, or `owner[name][index]`. The root has no owner."""

    parent: Place | None
    name: str
    index: int | None
    type: str
    value: Any

    @property
    def owner(self) -> dict[str, Any]:
        """The object that holds the value."""
        assert self.parent is not None
        found: dict[str, Any] = self.parent.value
        return found


def find(resource: dict[str, Any], path: str) -> list[Place]:
    """All places the path points to, in order.

    Raises:
        NotAPlace: the path computes something instead of pointing somewhere.
        FhirPathProblem: the path is no FHIRPath.
    """
    return _walk(fhirpath.parse(path), _root(resource), path)


def find_list(resource: dict[str, Any], path: str) -> tuple[Place, str]:
    """The owner and the property of the list that the path names as a whole.

    Raises:
        NotAPlace: the last step is no name, or its owner is not one value.
    """
    node = fhirpath.parse(path)
    if not isinstance(node, syntax.Member):
        raise NotAPlace("the path must end with the name of the list")
    root = _root(resource)
    owners = [root] if node.source is None else _walk(node.source, root, path)
    if len(owners) != 1:
        raise NotAPlace(f"the list must be in one element, not in {len(owners)}")
    return owners[0], node.name


def element_of(type_name: str, name: str) -> ElementDef | None:
    """The element of that name (`value` or `valueQuantity` for a choice) of a type."""
    known = definitions.load().types[type_name]
    if name in known.elements:
        return known.elements[name]
    found = known.properties.get(name)
    return found[0] if found else None


def type_at(resource_or_element: Any, declared: str) -> str:
    """The type of a value: what a resource says of itself, otherwise what its place declares."""
    if declared == "Resource" and isinstance(resource_or_element, dict):
        return str(resource_or_element.get("resourceType", declared))
    return declared


def _root(resource: dict[str, Any]) -> Place:
    return Place(None, "", None, resource["resourceType"], resource)


def _walk(node: syntax.Node, root: Place, path: str) -> list[Place]:
    match node:
        case syntax.Member(source=None, name=name):
            return [root] if name in {root.type, "Resource", "DomainResource"} else _children(root, name)
        case syntax.Variable(name="this"):
            return [root]
        case syntax.Member(source=source, name=name) if source is not None:
            return [child for place in _walk(source, root, path) for child in _children(place, name)]
        case syntax.Indexer(source=source, index=syntax.Literal(value=int() as index)):
            return _walk(source, root, path)[index : index + 1]
        case syntax.TypeOperation(operator="as", operand=operand, name=name):
            return [place for place in _walk(operand, root, path) if place.type == name]
        case syntax.Call(source=source, name=name) if source is not None and name in _SELECTORS:
            return _SELECTORS[name](_walk(source, root, path), node, path)
    raise NotAPlace(f"'{path}' computes a value instead of pointing to a place")


def _children(place: Place, name: str) -> list[Place]:
    """The places of an element below a place; a choice is found by its name without a type."""
    if not isinstance(place.value, dict):
        return []
    type_name = type_at(place.value, place.type)
    if element_of(type_name, name) is None:
        raise NotAPlace(f"{type_name} has no element '{name}'")
    known = definitions.load().types[type_name]
    found = []
    for json_name, (element, code) in known.properties.items():
        if name not in {element.name, json_name} or not {json_name, f"_{json_name}"} & place.value.keys():
            continue
        value = place.value.get(json_name)
        if not element.repeats:
            found.append(Place(place, json_name, None, type_at(value, code), value))
            continue
        items = value if value is not None else [None] * len(place.value[f"_{json_name}"])
        found.extend(Place(place, json_name, index, type_at(item, code), item) for index, item in enumerate(items))
    return found


def _number(call: syntax.Call) -> int:
    match call.arguments:
        case (syntax.Literal(value=int() as number),):
            return number
    raise NotAPlace(f"{call.name}() needs a whole number here")


def _text(call: syntax.Call) -> str:
    match call.arguments:
        case (syntax.Literal(value=str() as text),):
            return text
    raise NotAPlace(f"{call.name}() needs a text here")


def _single(places: list[Place], call: syntax.Call, path: str) -> list[Place]:
    if len(places) > 1:
        raise NotAPlace(f"single() found {len(places)} elements")
    return places


def _where(places: list[Place], call: syntax.Call, path: str) -> list[Place]:
    criterion = fhirpath.compile(_argument_text(path, call.at))
    return [place for place in places if criterion.holds(_focus(place))]


def _focus(place: Place) -> fhirpath.Element:
    """The value of a place as FHIRPath sees it."""
    beside = None
    if place.parent is not None and f"_{place.name}" in place.owner:
        beside = place.owner[f"_{place.name}"]
        beside = beside[place.index] if place.index is not None and place.index < len(beside) else None
    return fhirpath.Element(place.value, types.known(place.type) or types.UNKNOWN, beside)


def _of_type(places: list[Place], call: syntax.Call, path: str) -> list[Place]:
    match call.arguments:
        case (syntax.Member(name=name),):
            return [place for place in places if place.type == name]
    raise NotAPlace(f"{call.name}() needs the name of a type")


def _extension(places: list[Place], call: syntax.Call, path: str) -> list[Place]:
    url = _text(call)
    found = [child for place in places for child in _children(place, "extension")]
    return [place for place in found if place.value.get("url") == url]


_SELECTORS: Final[dict[str, Callable[[list[Place], syntax.Call, str], list[Place]]]] = {
    "first": lambda places, call, path: places[:1],
    "last": lambda places, call, path: places[-1:],
    "tail": lambda places, call, path: places[1:],
    "single": _single,
    "skip": lambda places, call, path: places[max(_number(call), 0) :],
    "take": lambda places, call, path: places[: max(_number(call), 0)],
    "where": _where,
    "ofType": _of_type,
    "as": _of_type,
    "extension": _extension,
}


def _argument_text(path: str, at: int) -> str:
    """The text between the parentheses of the call that starts at `at`."""
    start = path.index("(", at) + 1
    depth, quote, position = 1, "", start
    while depth and position < len(path):
        character = path[position]
        if character == "\\":
            position += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'`\"":
            quote = character
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
        position += 1
    return path[start : position - 1]
