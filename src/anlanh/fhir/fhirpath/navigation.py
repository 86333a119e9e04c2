"""Stepping through FHIR JSON: from elements to their children, with choice types, extensions and resource types.

FHIR: FHIRPath 2.0.0, path selection; FHIR R4, polymorphism
Source: http://hl7.org/fhirpath/N1/#path-selection, https://hl7.org/fhir/R4/fhirpath.html#polymorphism
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anlanh.fhir.fhirpath import types
from anlanh.fhir.fhirpath.types import UNKNOWN, Child, ElementType
from anlanh.fhir.fhirpath.values import Element, Items, Quantity, TypeInfo, system

Walk = Callable[[Any, Items], None]
"""From the JSON value of an element of a certain type to the items at the end of a path, appended to a list."""

SYSTEM_PARTS: dict[type, tuple[str, ...]] = {TypeInfo: ("namespace", "name"), Quantity: ("value", "unit")}


def step(item: Any, name: str, out: Items) -> None:
    """Append the children of that name."""
    if type(item) is not Element:
        if name in SYSTEM_PARTS.get(type(item), ()):
            out.append(getattr(item, name))
        return
    value = item.value
    if type(value) is not dict:
        _step_from_primitive(item, name, out)
        return
    child = item.type.children.get(name)
    if child is None:
        _step_beyond_model(item, name, out)
    elif child.type is not None:
        wrap(value.get(name), value.get("_" + name) if child.type.system else None, child.type, out)
    else:
        _step_to_choice(value, child, out)


def wrap(value: Any, beside: Any, type_: ElementType, out: Items) -> None:
    """Append the elements that a JSON property (and the `_name` property beside it) holds."""
    if type(value) is list or type(beside) is list:
        values, besides = value or [], beside if type(beside) is list else []
        for at in range(max(len(values), len(besides))):
            wrap(values[at] if at < len(values) else None, besides[at] if at < len(besides) else None, type_, out)
    elif type_.resource:
        if type(value) is dict:
            out.append(Element(value, types.of_resource(value.get("resourceType"))))
    elif value is not None or beside is not None:
        out.append(Element(value, type_, beside))


def children(item: Any, out: Items) -> None:
    """Append all children, in the order of the JSON."""
    if type(item) is not Element:
        return
    value = item.value
    if type(value) is not dict:
        if item.beside:
            children(Element(item.beside, types.table()["Element"]), out)
        return
    properties = item.type.properties
    for key, part in value.items():
        if key[0] == "_":
            if key[1:] not in value and key[1:] in properties:
                wrap(None, part, properties[key[1:]][1], out)
        elif key in properties:
            type_ = properties[key][1]
            wrap(part, value.get("_" + key) if type_.system else None, type_, out)
        elif key != "resourceType":
            wrap(part, value.get("_" + key), _guess(part), out)


def walk(type_: ElementType, names: tuple[str, ...]) -> Walk | None:
    """A fast way along `names` from a value of that type, or None where the model does not fix every step.

    Only the last step may reach a primitive; choices and resources inside resources are left to `step`.
    """
    keys: list[str] = []
    for name in names[:-1]:
        child = type_.children.get(name)
        if child is None or child.type is None or child.type.resource or child.type.system:
            return None
        keys.append(child.key)
        type_ = child.type
    last = type_.children.get(names[-1])
    if last is None or last.type is None or last.type.resource:
        return None
    return _walk_to(keys, last, last.type)


def _walk_to(keys: list[str], last: Child, type_: ElementType) -> Walk:
    key, beside_key = last.key, "_" + last.key
    primitive = bool(type_.system)

    def finish(value: dict[str, Any], out: Items) -> None:
        found = value.get(key)
        if primitive and beside_key in value:
            wrap(found, value[beside_key], type_, out)
        elif found is None:
            return
        elif type(found) is list:
            for one in found:
                out.append(Element(one, type_))
        else:
            out.append(Element(found, type_))

    if not keys:
        return finish

    def run(value: dict[str, Any], out: Items) -> None:
        at = [value]
        for step_key in keys:
            following: list[Any] = []
            for one in at:
                found = one.get(step_key) if type(one) is dict else None
                if type(found) is list:
                    following += found
                elif found is not None:
                    following.append(found)
            if not following:
                return
            at = following
        for one in at:
            if type(one) is dict:
                finish(one, out)

    return run


def _step_from_primitive(item: Element, name: str, out: Items) -> None:
    if name == "value" and item.type.system:
        if item.value is not None:
            out.append(system(item))
        return
    if item.beside:
        child = types.table()["Element"].children.get(name)
        if child is not None and child.type is not None:
            wrap(item.beside.get(name), None, child.type, out)


def _step_to_choice(value: dict[str, Any], child: Child, out: Items) -> None:
    choices = child.choices
    for key in value:
        name = key[1:] if key[0] == "_" else key
        if name in choices and (name is key or name not in value):
            wrap(value.get(name), value.get("_" + name), choices[name], out)


def _step_beyond_model(item: Element, name: str, out: Items) -> None:
    value = item.value
    known = item.type.properties.get(name)
    if known is not None:
        wrap(value.get(name), value.get("_" + name), known[1], out)
    elif name in value and name != "resourceType":
        wrap(value[name], value.get("_" + name), _guess(value[name]), out)
    elif item.type is UNKNOWN:
        _step_to_guessed_choice(value, name, out)


def _step_to_guessed_choice(value: dict[str, Any], name: str, out: Items) -> None:
    size = len(name)
    for key, part in value.items():
        if key.startswith(name) and key[size : size + 1].isupper():
            rest = key[size:]
            found = types.known(rest) or types.known(rest[0].lower() + rest[1:])
            if found is not None:
                wrap(part, value.get("_" + key), found, out)


_GUESSES = {str: "string", bool: "boolean", int: "integer", float: "decimal"}


def _guess(value: Any) -> ElementType:
    if type(value) is list and value:
        return _guess(value[0])
    if type(value) is dict:
        return types.of_resource(value["resourceType"]) if "resourceType" in value else UNKNOWN
    return types.table()[_GUESSES.get(type(value), "decimal")]
