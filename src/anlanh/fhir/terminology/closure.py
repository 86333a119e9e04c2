"""$closure: a table of subsumption that a client keeps, built up call by call.

FHIR: ConceptMap $closure
Source: https://hl7.org/fhir/R4/conceptmap-operation-closure.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from anlanh.fhir.terminology.problems import BadRequest
from anlanh.fhir.terminology.source import Source, version_of

Pair = tuple[str, str]


@dataclass(frozen=True)
class Table:
    """A closure table: its name, and the codes put in so far, each with the number of the call that did."""

    name: str
    version: int = 0
    codes: Mapping[Pair, int] = field(default_factory=dict)


def add(source: Source, table: Table, codings: Iterable[Mapping[str, Any]]) -> tuple[Table, dict[str, Any]]:
    """The table with the codings in it, and the ConceptMap of what they add. Codes it already has add nothing.

    Raises:
        BadRequest: a coding has no system or no code.
    """
    pairs = [(each.get("system", ""), each.get("code", "")) for each in codings]
    if not all(system and code for system, code in pairs):
        raise BadRequest(why="Each concept of a closure needs a system and a code")
    fresh = [pair for pair in dict.fromkeys(pairs) if pair not in table.codes]
    if not fresh:
        return table, _concept_map(source, table, [])
    grown = replace(table, version=table.version + 1, codes={**table.codes, **dict.fromkeys(fresh, table.version + 1)})
    return grown, _concept_map(source, grown, fresh)


def since(source: Source, table: Table, version: int) -> dict[str, Any]:
    """The ConceptMap of what was added after a version; it serves to bring a lost client up to date."""
    return _concept_map(source, table, [pair for pair, added in table.codes.items() if added > version])


def _concept_map(source: Source, table: Table, fresh: list[Pair]) -> dict[str, Any]:
    wanted = set(fresh)
    by_system: dict[str, list[str]] = {}
    for system, code in table.codes:
        by_system.setdefault(system, []).append(code)
    groups = []
    for system, codes in by_system.items():
        found, version = version_of(source, "CodeSystem", system, None)
        provider = source.provider(system, version) if found else None
        elements = []
        for code in codes if provider else ():
            above = provider.ancestors(code) if provider else set()
            targets = [
                {"code": other, "equivalence": "wider"}
                for other in codes
                if other in above and not wanted.isdisjoint({(system, code), (system, other)})
            ]
            if targets:
                elements.append({"code": code, "target": targets})
        if elements:
            groups.append({"source": system, "target": system, "element": elements})
    found_map: dict[str, Any] = {
        "resourceType": "ConceptMap",
        "version": str(table.version),
        "name": table.name,
        "status": "active",
        "experimental": False,
    }
    return {**found_map, "group": groups} if groups else found_map
