"""What the definitions say of a FHIR type, in a form that is quick to load and to ask.

FHIR: StructureDefinition, ElementDefinition
Source: https://hl7.org/fhir/R4/elementdefinition.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

UNBOUNDED = -1
"""`ElementDef.max` of an element that may repeat without limit (`*`)."""


@dataclass(frozen=True, slots=True)
class TypeRef:
    """One type an element may have. `code` is a type name or the path of a backbone type (`Patient.contact`);
    `targets` are the resource types a Reference or canonical may point to (empty: any)."""

    code: str
    targets: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Constraint:
    """An invariant of a type or element: `expression` is FHIRPath, `severity` is `error` or `warning`."""

    key: str
    severity: str
    human: str
    expression: str


@dataclass(frozen=True, slots=True)
class ElementDef:
    """One element of a type. `name` has no `[x]`; `max` is -1 for `*`."""

    name: str
    path: str
    min: int
    max: int
    choice: bool
    types: tuple[TypeRef, ...]
    summary: bool
    modifier: bool
    xml: Literal["element", "attribute", "text", "xhtml"]
    binding: str | None
    strength: str | None
    constraints: tuple[Constraint, ...]

    @property
    def repeats(self) -> bool:
        """Whether JSON writes it as an array."""
        return self.max != 1


@dataclass(frozen=True)
class TypeDef:
    """A FHIR type: resource, complex type, primitive, or backbone type named by its path (`Patient.contact`)."""

    name: str
    kind: Literal["resource", "complex-type", "primitive-type", "backbone"]
    base: str | None
    abstract: bool
    elements: dict[str, ElementDef]
    regex: str | None
    constraints: tuple[Constraint, ...]

    @cached_property
    def properties(self) -> dict[str, tuple[ElementDef, str]]:
        """JSON property name to its element and type code: `valueQuantity` to (value[x], `Quantity`)."""
        out: dict[str, tuple[ElementDef, str]] = {}
        for element in self.elements.values():
            for ref in element.types:
                name = element.name + ref.code[0].upper() + ref.code[1:] if element.choice else element.name
                out[name] = (element, ref.code)
        return out


@dataclass(frozen=True, slots=True)
class SearchParameterDef:
    """A search parameter of the specification or one that a site defined.

    `base` are resource types (`Resource` and `DomainResource` mean all). `components` are (definition url, expression)
    of a composite.
    """

    url: str
    code: str
    base: tuple[str, ...]
    type: str
    expression: str
    targets: tuple[str, ...]
    components: tuple[tuple[str, str], ...]
    multiple_or: bool
    multiple_and: bool
    description: str
