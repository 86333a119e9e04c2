"""Where an import puts a code system.

FHIR: CodeSystem
Source: https://hl7.org/fhir/R4/codesystem.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from anlanh.fhir.terminology.concepts import Concept
from anlanh.fhir.terminology.source import MemorySource


class Sink(Protocol):
    """Takes one code system in: its head, its concepts in batches, then the end. Nothing counts before the end."""

    def begin(self, head: Mapping[str, Any]) -> None: ...

    def add(self, concepts: Iterable[Concept]) -> None: ...

    def finish(self) -> None: ...


class MemorySink:
    """Puts code systems into a MemorySource, as complete CodeSystem resources. Safe to repeat."""

    def __init__(self, source: MemorySource) -> None:
        self.source = source
        self._head: Mapping[str, Any] = {}
        self._concepts: list[Concept] = []

    def begin(self, head: Mapping[str, Any]) -> None:
        self._head, self._concepts = head, []

    def add(self, concepts: Iterable[Concept]) -> None:
        self._concepts += concepts

    def finish(self) -> None:
        self.source.add(resource(self._head, self._concepts))


def resource(head: Mapping[str, Any], concepts: Iterable[Concept]) -> dict[str, Any]:
    """The CodeSystem resource of a head and its concepts; concepts are nested under their first parent."""
    made: dict[str, dict[str, Any]] = {}
    roots: list[dict[str, Any]] = []
    for each in concepts:
        line = made[each.code] = _concept(each)
        parent = made.get(each.parents[0]) if each.parents else None
        (roots if parent is None else parent.setdefault("concept", [])).append(line)
    return {**head, "count": len(made), "concept": roots}


def _concept(concept: Concept) -> dict[str, Any]:
    parts = {
        "code": concept.code,
        "display": concept.display,
        "definition": concept.definition,
        "designation": concept.designations,
        "property": concept.properties + [{"code": "parent", "valueCode": each} for each in concept.parents[1:]],
    }
    return {name: value for name, value in parts.items() if value}
