"""The table of one type as XML sees it: which children and attributes, in which order, holding what.

FHIR: StructureDefinition
Source: https://hl7.org/fhir/R4/xml.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from anlanh.fhir.model import definitions

FHIR_NAMESPACE: Final = "http://hl7.org/fhir"
XHTML_NAMESPACE: Final = "http://www.w3.org/1999/xhtml"
MAX_DEPTH: Final = 128
NARRATIVE_RETURN: Final = "&#13;"
"""How a carriage return of a narrative travels, which XML would otherwise turn into a line feed."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One XML child or attribute of a type: what it is called, where it stands, what it holds."""

    name: str
    rank: int
    form: str
    type: str
    many: bool


@cache
def slots_of(type_name: str) -> dict[str, Slot]:
    """JSON property name to slot, in the order of XML. `form` is attribute, xhtml, resource, primitive or complex."""
    types = definitions.load().types
    ranks = {path: rank for rank, path in enumerate(element.path for element in types[type_name].elements.values())}
    slots = {}
    for name, (element, code) in types[type_name].properties.items():
        kind = types[code].kind if code in types else "primitive-type"
        form = (
            element.xml
            if element.xml in {"attribute", "xhtml"}
            else {"resource": "resource", "primitive-type": "primitive"}.get(kind, "complex")
        )
        slots[name] = Slot(name, ranks[element.path], form, code, element.max != 1)
    return slots


@cache
def primitive_slots() -> dict[str, Slot]:
    return {name: slot for name, slot in slots_of("Element").items() if slot.form != "attribute"}


def children(slot: Slot) -> dict[str, Slot]:
    """The slots that the children of an element may take; none in a holder of a resource."""
    if slot.form == "primitive":
        return primitive_slots()
    return {} if slot.form == "resource" else slots_of(slot.type)


def is_resource(name: str) -> bool:
    found = definitions.load().types.get(name)
    return found is not None and found.kind == "resource" and not found.abstract
