"""Asking for the type of items: `is`, `as` and ofType().

FHIR: FHIRPath 2.0.0, types; FHIR R4, inheritance of types
Source: http://hl7.org/fhirpath/N1/#types, https://hl7.org/fhir/R4/fhirpath.html#types
"""

from __future__ import annotations

from typing import Any, NamedTuple

from anlanh.fhir.fhirpath import types
from anlanh.fhir.fhirpath.problems import EvaluationProblem
from anlanh.fhir.fhirpath.values import Element, Items, type_of


class TypeTest(NamedTuple):
    """A type named in an expression. `fhir` is its FHIR name, `system` its System name; either may be missing."""

    fhir: str | None
    system: str | None

    @classmethod
    def of(cls, namespace: str, name: str) -> TypeTest | None:
        """The type of that name, or None. Another namespace than FHIR and System names no type."""
        fhir = name if namespace in ("", "FHIR") and types.known(name) is not None else None
        system = name if namespace in ("", "System") and name in types.SYSTEM_TYPES else None
        # A System type may have any name: `Patient.is(System.Patient)` is a question, not a mistake.
        if fhir is None and system is None and namespace != "System":
            return None
        return cls(fhir, system)

    def fits(self, item: Any, *, exact: bool) -> bool:
        """Whether the item is of the type. `exact`, for casts: a primitive is not cast to one it is derived from."""
        if type(item) is not Element:
            return self.system is not None and self.system in (type_of(item).name, "Any")
        if exact and item.type.system:
            # `value.as(DateTime)`, as search parameters of R4 have it: the System type that a primitive converts to.
            return item.type.name == self.fhir or item.type.system == self.system
        return self.fhir in item.type.ancestors


def test(items: Items, wanted: TypeTest) -> Items:
    """`items is wanted`.

    Raises:
        EvaluationProblem: more than one item.
    """
    if len(items) > 1:
        raise EvaluationProblem(f"asks for the type of a single item, there are {len(items)}")
    return [wanted.fits(items[0], exact=False)] if items else []


def cast(items: Items, wanted: TypeTest) -> Items:
    """The items of that type, for `as` and ofType(). The search parameters of R4 use `as` on collections."""
    return [item for item in items if wanted.fits(item, exact=True)]
