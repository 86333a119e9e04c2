"""The types that FHIRPath navigates: FHIR's, laid out for stepping through JSON, and the System types.

FHIR: FHIRPath 2.0.0, types and reflection; FHIR R4 data types
Source: http://hl7.org/fhirpath/N1/#types-and-reflection, https://hl7.org/fhir/R4/fhirpath.html#types
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from anlanh.fhir.model import definitions
from anlanh.fhir.model.types import TypeDef

SYSTEM_TYPES = frozenset(
    ["Any", "Boolean", "String", "Integer", "Long", "Decimal", "Date", "DateTime", "Time", "Quantity"]
)

SYSTEM_OF = {
    "boolean": "Boolean",
    "string": "String",
    "uri": "String",
    "code": "String",
    "oid": "String",
    "id": "String",
    "uuid": "String",
    "markdown": "String",
    "base64Binary": "String",
    "canonical": "String",
    "url": "String",
    "xhtml": "String",
    "integer": "Integer",
    "unsignedInt": "Integer",
    "positiveInt": "Integer",
    "integer64": "Long",
    "decimal": "Decimal",
    "date": "Date",
    "dateTime": "DateTime",
    "instant": "DateTime",
    "time": "Time",
}
"""FHIR primitive types and the System type each converts to without being asked.

Source: https://hl7.org/fhir/R4/fhirpath.html#types
"""


@dataclass(slots=True, eq=False)
class ElementType:
    """A FHIR type. `ancestors` holds its own name and those it is derived from; `system` is set for primitives."""

    name: str
    ancestors: frozenset[str]
    system: str = ""
    resource: bool = False
    abstract: bool = False
    children: dict[str, Child] = field(default_factory=dict)
    properties: dict[str, tuple[str, ElementType]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name that type() and error messages show; elements with their own name show BackboneElement."""
        return "BackboneElement" if "." in self.name else self.name


@dataclass(slots=True, eq=False)
class Child:
    """An element by its FHIRPath name. `key` and `type` are set unless it is a choice; then `choices` are."""

    name: str
    many: bool
    key: str = ""
    type: ElementType | None = None
    choices: dict[str, ElementType] = field(default_factory=dict)


UNKNOWN = ElementType("Element", frozenset({"Element"}))
"""What a JSON value is whose place the model does not know."""


@cache
def table() -> dict[str, ElementType]:
    """All FHIR types by name, linked to each other; built once per process."""
    found = definitions.load().types
    types = {name: _bare(definition, found) for name, definition in found.items()}
    for name, definition in found.items():
        _link(types[name], definition, types)
    types["Element"].abstract = True
    return types


def known(name: str) -> ElementType | None:
    """The FHIR type of that name, or None."""
    return table().get(name)


def of_resource(name: object) -> ElementType:
    """The type of a resource by its resourceType."""
    return table().get(name, UNKNOWN) if isinstance(name, str) else UNKNOWN


def _bare(definition: TypeDef, found: Mapping[str, TypeDef]) -> ElementType:
    ancestors, base = [definition.name], definition.base
    while base is not None and base in found:
        ancestors.append(base)
        base = found[base].base
    return ElementType(
        definition.name,
        frozenset(ancestors),
        SYSTEM_OF.get(definition.name, "") if definition.kind == "primitive-type" else "",
        definition.kind == "resource",
        definition.abstract,
    )


def _link(type_: ElementType, definition: TypeDef, types: dict[str, ElementType]) -> None:
    for element in definition.elements.values():
        if type_.system and element.name == "value":
            continue
        child = Child(element.name, element.repeats)
        if element.choice:
            child.choices = {
                element.name + ref.code[0].upper() + ref.code[1:]: types[ref.code]
                for ref in element.types
                if ref.code in types
            }
        elif element.types:
            child.key, child.type = element.name, types.get(element.types[0].code, UNKNOWN)
        type_.children[element.name] = child
        for key, target in child.choices.items() if element.choice else [(child.key, child.type or UNKNOWN)]:
            type_.properties[key] = (element.name, target)
