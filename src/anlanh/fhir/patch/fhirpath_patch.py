"""FHIRPath Patch: add, insert, delete, replace and move, told by a Parameters resource, all or nothing.

FHIR: FHIRPath Patch
Source: https://hl7.org/fhir/R4/fhirpatch.html
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from anlanh.fhir.model import definitions
from anlanh.fhir.model.types import ElementDef
from anlanh.fhir.patch import places
from anlanh.fhir.patch.places import NotAPlace, Place
from anlanh.fhir.patch.problems import PatchInvalid, PatchNotApplicable

MOST_OPERATIONS: Final = 1000


@dataclass(frozen=True, slots=True)
class Operation:
    """One `operation` parameter with its parts by name."""

    number: int
    path: str
    parts: dict[str, dict[str, Any]]

    def invalid(self, reason: str) -> PatchInvalid:
        """The operation itself is wrong."""
        return PatchInvalid(number=self.number, reason=reason, expression=self.path or None)

    def unfit(self, reason: str) -> PatchNotApplicable:
        """The operation does not fit the resource."""
        return PatchNotApplicable(number=self.number, reason=reason, expression=self.path or None)

    def text(self, name: str) -> str:
        """A part that is a text or code."""
        value = _value(self.parts.get(name, {}))
        if not isinstance(value, str):
            raise self.invalid(f"the part '{name}' is missing")
        return value

    def whole_number(self, name: str) -> int:
        """A part that is an integer."""
        value = _value(self.parts.get(name, {}))
        if type(value) is not int or value < 0:
            raise self.invalid(f"the part '{name}' must be a whole number from 0")
        return value


@dataclass(frozen=True, slots=True)
class Content:
    """A value as a patch gives it: its JSON, what goes beside it (`_name`), its type where the parameter names one."""

    value: Any
    extra: dict[str, Any] | None
    type: str | None


def fhirpath_patch(resource: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """The resource after all operations, in order; the resource given is not changed.

    Raises:
        PatchInvalid: parameters that are no patch, or more than MOST_OPERATIONS operations.
        PatchNotApplicable: a path that does not point to exactly one place, or a value that does not fit it.
        FhirPathProblem: a path that is no FHIRPath.
    """
    if parameters.get("resourceType") != "Parameters":
        raise PatchInvalid(number=1, reason="a FHIRPath Patch is a Parameters resource")
    given = parameters.get("parameter", [])
    if len(given) > MOST_OPERATIONS:
        raise PatchInvalid(number=MOST_OPERATIONS + 1, reason=f"a patch has at most {MOST_OPERATIONS} operations")
    result = copy.deepcopy(resource)
    for number, parameter in enumerate(given, 1):
        operation, apply = _read(number, parameter)
        try:
            apply(result, operation)
        except NotAPlace as error:
            raise operation.unfit(str(error)) from None
    return result


def _read(number: int, parameter: dict[str, Any]) -> tuple[Operation, Callable[[dict[str, Any], Operation], None]]:
    if parameter.get("name") != "operation":
        raise PatchInvalid(number=number, reason=f"the parameter '{parameter.get('name')}' is not 'operation'")
    operation = Operation(number, "", {part.get("name", ""): part for part in parameter.get("part", [])})
    kind = operation.text("type")
    if kind not in OPERATIONS:
        raise operation.invalid(f"'{kind}' is not one of {', '.join(OPERATIONS)}")
    return Operation(number, operation.text("path"), operation.parts), OPERATIONS[kind]


def _add(resource: dict[str, Any], operation: Operation) -> None:
    """Append a value to an element, by the name of the child."""
    place = _one_place(resource, operation)
    if not isinstance(place.value, dict):
        raise operation.unfit("the path does not point to an element that has children")
    name = operation.text("name")
    element, json_name, content = _fitting(place, name, operation)
    present = [each for each in _json_names(place, element) if each in place.value or f"_{each}" in place.value]
    if not element.repeats:
        if present:
            raise operation.unfit(f"'{name}' is there already and does not repeat; use replace")
        _put(place.value, json_name, content)
        return
    _insert_item(place.value, json_name, len(_items(place.value, json_name)), content)


def _insert(resource: dict[str, Any], operation: Operation) -> None:
    """Put a value into a list, before the item at `index`."""
    owner, name = places.find_list(resource, operation.path)
    element, json_name, content = _fitting(owner, name, operation)
    if not element.repeats:
        raise operation.unfit(f"'{name}' is not a list")
    index, length = operation.whole_number("index"), len(_items(owner.value, json_name))
    if index > length:
        raise operation.unfit(f"the index {index} is beyond the end of the list ({length} items)")
    _insert_item(owner.value, json_name, index, content)


def _delete(resource: dict[str, Any], operation: Operation) -> None:
    """Take away one place; nothing happens where there is none."""
    found = places.find(resource, operation.path)
    if len(found) > 1:
        raise operation.unfit(f"the path points to {len(found)} places, not to one")
    if found and found[0].parent is None:
        raise operation.unfit("the resource itself cannot be deleted by a patch")
    for place in found:
        _remove(place)


def _replace(resource: dict[str, Any], operation: Operation) -> None:
    """Put another value into one place; a choice may change its type."""
    place = _one_place(resource, operation)
    if place.parent is None:
        raise operation.unfit("the resource itself cannot be replaced by a patch; use update")
    element = definitions.load().types[places.type_at(place.owner, place.parent.type)].properties[place.name][0]
    _, json_name, content = _fitting(place.parent, element.name, operation)
    if place.index is None:
        place.owner.pop(place.name, None)
        place.owner.pop(f"_{place.name}", None)
        _put(place.owner, json_name, content)
        return
    _take_item(place.owner, place.name, place.index)
    _insert_item(place.owner, json_name, place.index, content)


def _move(resource: dict[str, Any], operation: Operation) -> None:
    """Take an item out of a list and put it back at another index."""
    owner, name = places.find_list(resource, operation.path)
    length = len(_items(owner.value, name))
    source, destination = operation.whole_number("source"), operation.whole_number("destination")
    for index in (source, destination):
        if index >= length:
            raise operation.unfit(f"the index {index} is beyond the end of the list ({length} items)")
    for key in (name, f"_{name}"):
        if key in owner.value:
            items = owner.value[key]
            items.extend([None] * (length - len(items)))
            items.insert(destination, items.pop(source))


OPERATIONS: Final[dict[str, Callable[[dict[str, Any], Operation], None]]] = {
    "add": _add,
    "insert": _insert,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}


def _one_place(resource: dict[str, Any], operation: Operation) -> Place:
    found = places.find(resource, operation.path)
    if len(found) != 1:
        raise operation.unfit(f"the path points to {len(found)} places, not to one")
    return found[0]


def _fitting(owner: Place, name: str, operation: Operation) -> tuple[ElementDef, str, Content]:
    """The element of that name, the JSON property for the type of the value given, and the value."""
    type_name = places.type_at(owner.value, owner.type)
    element = places.element_of(type_name, name)
    if element is None:
        raise operation.unfit(f"{type_name} has no element '{name}'")
    if "value" not in operation.parts:
        raise operation.invalid("the part 'value' is missing")
    content = _content(operation.parts["value"], element, operation)
    if not element.choice:
        return element, element.name, content
    json_name = name if name != element.name else f"{name}{content.type}"
    if json_name not in definitions.load().types[type_name].properties:
        raise operation.unfit(f"'{name}' cannot be a {content.type}")
    return element, json_name, content


def _content(part: dict[str, Any], element: ElementDef, operation: Operation) -> Content:
    """The value of a part: a value[x], a resource, or an element without a type of its own, told by its parts."""
    if "resource" in part:
        return Content(part["resource"], None, "Resource")
    if "part" in part:
        return Content(_anonymous(part["part"], element.types[0].code, operation), None, None)
    names = {key.removeprefix("_") for key in part if key.removeprefix("_").startswith("value")}
    if len(names) != 1:
        raise operation.invalid(f"'{element.name}' needs one value[x]")
    name = names.pop()
    return Content(part.get(name), part.get(f"_{name}"), name.removeprefix("value"))


def _anonymous(parts: list[dict[str, Any]], type_name: str, operation: Operation) -> dict[str, Any]:
    """A backbone element out of its parts; a repeating child may be named more than once."""
    built: dict[str, Any] = {}
    for part in parts:
        place = Place(None, "", None, type_name, built)
        inner = Operation(operation.number, operation.path, {"value": part})
        element, json_name, content = _fitting(place, str(part.get("name")), inner)
        if element.repeats:
            _insert_item(built, json_name, len(_items(built, json_name)), content)
        elif json_name in built:
            raise operation.invalid(f"'{element.name}' is given twice")
        else:
            _put(built, json_name, content)
    return built


def _json_names(owner: Place, element: ElementDef) -> list[str]:
    known = definitions.load().types[places.type_at(owner.value, owner.type)]
    return [name for name, (each, _) in known.properties.items() if each is element]


def _value(part: dict[str, Any]) -> Any:
    return next((value for key, value in part.items() if key.startswith("value")), None)


def _items(owner: dict[str, Any], name: str) -> list[Any]:
    """The list of a property, or the list beside it where all its values are missing."""
    found: list[Any] = owner.get(name) or owner.get(f"_{name}") or []
    return found


def _put(owner: dict[str, Any], name: str, content: Content) -> None:
    if content.value is not None:
        owner[name] = content.value
    if content.extra is not None:
        owner[f"_{name}"] = content.extra


def _insert_item(owner: dict[str, Any], name: str, index: int, content: Content) -> None:
    """Put an item into a list and keep the list beside it (`_name`) in step."""
    length = len(_items(owner, name))
    for key, item in ((name, content.value), (f"_{name}", content.extra)):
        if key in owner or item is not None:
            items = owner.setdefault(key, [])
            items.extend([None] * (length - len(items)))
            items.insert(index, item)


def _take_item(owner: dict[str, Any], name: str, index: int) -> None:
    """Take an item out of a list and out of the list beside it; a list that says nothing more goes."""
    for key in (name, f"_{name}"):
        items = owner.get(key)
        if items is not None and index < len(items):
            del items[index]
            if not any(item is not None for item in items):
                del owner[key]


def _remove(place: Place) -> None:
    """Take away a place, and every element above it that is empty then."""
    if place.index is None:
        place.owner.pop(place.name, None)
        place.owner.pop(f"_{place.name}", None)
    else:
        _take_item(place.owner, place.name, place.index)
    parent = place.parent
    if parent is not None and parent.parent is not None and not parent.value:
        _remove(parent)
