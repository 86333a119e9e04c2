"""Which codes a value set has, where the definitions alone can say so.

Filters, and code systems whose content is elsewhere (SNOMED CT, LOINC, UCUM, mime types), cannot be listed: the answer
is then None, and a terminology service has to be asked.

FHIR: ValueSet, CodeSystem
Source: https://hl7.org/fhir/R4/valueset.html#compositions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

MOST_CODES: Final = 5000
DEEPEST_IMPORT: Final = 10

Codes = frozenset[tuple[str, str]]
"""Pairs of system and code."""

Find = Callable[[str], dict[str, Any] | None]
"""Conformance resource by canonical URL."""


def codes_of(canonical: str, find: Find, depth: int = 0) -> Codes | None:
    """All (system, code) of a value set, or None where they cannot be listed or are more than MOST_CODES."""
    value_set = find(canonical) or find(canonical.partition("|")[0])
    if value_set is None or value_set.get("resourceType") != "ValueSet" or depth > DEEPEST_IMPORT:
        return None
    compose = value_set.get("compose")
    if compose is None:
        return _expanded(value_set)
    included = _union(compose.get("include", ()), find, depth)
    excluded = _union(compose.get("exclude", ()), find, depth)
    if included is None or excluded is None or len(included) > MOST_CODES:
        return None
    return included - excluded


def concepts_of(code_system: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every concept of a code system, parents before children."""
    pending = list(reversed(code_system.get("concept", ())))
    while pending:
        concept = pending.pop()
        yield concept
        pending.extend(reversed(concept.get("concept", ())))


def _union(rules: list[dict[str, Any]], find: Find, depth: int) -> Codes | None:
    found: Codes = frozenset()
    for rule in rules:
        codes = _codes_of_rule(rule, find, depth)
        if codes is None:
            return None
        found |= codes
    return found


def _codes_of_rule(rule: dict[str, Any], find: Find, depth: int) -> Codes | None:
    """The codes of one include or exclude: those of its system that are in all its value sets."""
    parts = [codes_of(url, find, depth + 1) for url in rule.get("valueSet", ())]
    if "system" in rule:
        parts.append(_codes_of_system(rule, find))
    if not parts or any(part is None for part in parts):
        return None
    return frozenset.intersection(*(part for part in parts if part is not None))


def _codes_of_system(rule: dict[str, Any], find: Find) -> Codes | None:
    system = rule["system"]
    if "filter" in rule:
        return None
    if "concept" in rule:
        return frozenset((system, concept["code"]) for concept in rule["concept"])
    code_system = find(system)
    if code_system is None or code_system.get("content") != "complete":
        return None
    return frozenset((system, concept["code"]) for concept in concepts_of(code_system))


def _expanded(value_set: dict[str, Any]) -> Codes | None:
    expansion = value_set.get("expansion")
    if expansion is None or ("total" in expansion and expansion["total"] != len(expansion.get("contains", ()))):
        return None
    return frozenset((each.get("system", ""), each["code"]) for each in expansion.get("contains", ()) if "code" in each)
