"""Concepts, and what a code system offers to the operations whether it lives in memory or in a table.

FHIR: CodeSystem.concept
Source: https://hl7.org/fhir/R4/codesystem-definitions.html#CodeSystem.concept
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary

CONCEPT_PROPERTIES = "http://hl7.org/fhir/concept-properties#"
"""Prefix of the URIs of standard properties. Source: https://hl7.org/fhir/R4/codesystem-concept-properties.html"""

EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
STANDARDS_STATUS = EXTENSION + "structuredefinition-standards-status"


@dataclass(slots=True)
class Concept:
    """One concept. `designations`, `properties` and `extensions` are in FHIR JSON shape; parents come by code."""

    code: str
    display: str | None = None
    definition: str | None = None
    designations: list[dict[str, Any]] = field(default_factory=list)
    properties: list[dict[str, Any]] = field(default_factory=list)
    extensions: list[dict[str, Any]] = field(default_factory=list)
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()


class CodeSystemProvider(Protocol):
    """A code system of one version. `head` is the CodeSystem resource, whose `concept` may be left out."""

    @property
    def head(self) -> Mapping[str, Any]: ...

    def find(self, code: str) -> Concept | None:
        """The concept; in a case-insensitive system in whatever case the code is given."""

    def concepts(self) -> Iterable[Concept]:
        """All concepts, parents before children, in the order of the code system.

        Raises:
            TooCostly: the code system cannot be listed (a grammar, such as UCUM).
        """

    def descendants(self, code: str) -> set[str]:
        """All codes below, the code itself not among them."""

    def ancestors(self, code: str) -> set[str]:
        """All codes above, the code itself not among them."""

    def supplements(self) -> tuple[str, ...]:
        """`url|version` of the supplements that are merged in."""


_PROPERTY_CODES: WeakKeyDictionary[CodeSystemProvider, dict[str, frozenset[str]]] = WeakKeyDictionary()
"""What `property_codes` found, for as long as the code system lives."""


def url(provider: CodeSystemProvider) -> str:
    """The canonical URL of the code system."""
    return str(provider.head.get("url", ""))


def version(provider: CodeSystemProvider) -> str | None:
    """The version of the code system, where it has one."""
    return provider.head.get("version")


def vurl(resource: Mapping[str, Any]) -> str:
    """`url|version`, or the URL alone; empty when the resource has none."""
    return "|".join(part for part in (resource.get("url"), resource.get("version")) if part)


def value_of(holder: Mapping[str, Any]) -> Any:
    """The value[x] of a parameter, property or extension."""
    return next((value for name, value in holder.items() if name.startswith("value")), None)


def extension_value(holder: Mapping[str, Any], name: str) -> Any:
    """The value of the first extension with that URL, or None."""
    return next((value_of(each) for each in holder.get("extension", ()) if each.get("url") == name), None)


def property_codes(provider: CodeSystemProvider, standard: str) -> frozenset[str]:
    """The codes under which the system keeps a standard property, such as `notSelectable`."""
    known = _PROPERTY_CODES.setdefault(provider, {})
    if standard not in known:
        known[standard] = _property_codes(provider, standard)
    return known[standard]


def _property_codes(provider: CodeSystemProvider, standard: str) -> frozenset[str]:
    declared = {
        each["code"]
        for each in provider.head.get("property", ())
        if each.get("uri") == CONCEPT_PROPERTIES + standard and "code" in each
    }
    return frozenset(declared | {standard})


def property_value(provider: CodeSystemProvider, concept: Concept, standard: str) -> Any:
    """The first value of a standard property of the concept, or None."""
    if not concept.properties:
        return None
    codes = property_codes(provider, standard)
    return next((value_of(each) for each in concept.properties if each.get("code") in codes), None)


def is_abstract(provider: CodeSystemProvider, concept: Concept) -> bool:
    """Whether the concept is only there to group others."""
    return property_value(provider, concept, "notSelectable") is True


def status(provider: CodeSystemProvider, concept: Concept) -> str | None:
    """The status of the concept in the words of the code system; standards status where it has no property."""
    stated = property_value(provider, concept, "status")
    if stated is None:
        stated = next((value_of(each) for each in concept.extensions if each.get("url") == STANDARDS_STATUS), None)
    if stated is None and property_value(provider, concept, "inactive") is True:
        return "inactive"
    return str(stated) if stated is not None else None


def is_inactive(provider: CodeSystemProvider, concept: Concept) -> bool:
    """Whether the concept must not be used for new records."""
    stated = property_value(provider, concept, "inactive")
    if isinstance(stated, bool):
        return stated
    return status(provider, concept) in {"retired", "inactive", "withdrawn"}
