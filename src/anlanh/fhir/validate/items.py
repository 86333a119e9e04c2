"""Stepping through JSON by the names of definitions: which values an element has, and where they stand.

FHIR: JSON representation, choice of types
Source: https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/formats.html#choice
"""

from __future__ import annotations

from typing import Any, NamedTuple

from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.model.types import TypeDef


class Item(NamedTuple):
    """One value: its JSON, what stands beside it (`_name`), its type code, its FHIRPath location."""

    value: Any
    extra: Any
    type: str
    path: str


def of_resource(resource: dict[str, Any], path: str) -> Item:
    """A resource as an item."""
    return Item(resource, None, str(resource.get("resourceType")), path)


def children(known: Definitions, item: Item, name: str) -> list[Item]:
    """The values of an element below an item; `name` as in a definition: `code`, `value[x]` or `valueQuantity`."""
    owner = known.types.get(item.type)
    if owner is None or not isinstance(item.value, dict):
        extension_of_primitive = name in {"extension", "id"} and isinstance(item.extra, dict)
        return children(known, Item(item.extra, None, "Element", item.path), name) if extension_of_primitive else []
    found: list[Item] = []
    for json_name in json_names(owner, name.removesuffix("[x]")):
        value, extra = item.value.get(json_name), item.value.get(f"_{json_name}")
        if value is None and extra is None:
            continue
        element, code = owner.properties[json_name]
        step = f"{item.path}.{element.name}"
        if isinstance(value, list) or isinstance(extra, list):
            found.extend(_of_list(value, extra, code, step))
        else:
            found.append(Item(value, extra, actual_type(value, code), step))
    return found


def json_names(owner: TypeDef, name: str) -> list[str]:
    """The JSON properties of an element: one, or one for each type of a choice."""
    if name in owner.properties:
        return [name]
    element = owner.elements.get(name)
    if element is None:
        return []
    return [f"{name}{ref.code[0].upper()}{ref.code[1:]}" for ref in element.types]


def actual_type(value: Any, code: str) -> str:
    """The type of a value: that of a resource is in the resource."""
    if code == "Resource" and isinstance(value, dict):
        return str(value.get("resourceType", code))
    return code


def _of_list(value: Any, extra: Any, code: str, step: str) -> list[Item]:
    values = value if isinstance(value, list) else []
    extras = extra if isinstance(extra, list) else []
    found = []
    for index in range(max(len(values), len(extras))):
        held = values[index] if index < len(values) else None
        beside = extras[index] if index < len(extras) else None
        found.append(Item(held, beside, actual_type(held, code), f"{step}[{index}]"))
    return found
