"""Which codes a value set has, where the definitions alone can say so.

Filters, and code systems whose content is elsewhere (SNOMED CT, LOINC, UCUM, mime types), cannot be listed: the answer
is then None, and a terminology service has to be asked.

FHIR: ValueSet, CodeSystem
Source: https://hl7.org/fhir/R4/valueset.html#compositions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from anlanh.fhir.validate import systems

MOST_CODES: Final = 5000

Codes = frozenset[tuple[str, str]]
"""Pairs of system and code."""

Find = Callable[[str], dict[str, Any] | None]
"""Conformance resource by canonical URL."""


def codes_of(canonical: str, find: Find, seen: dict[str, Codes | None] | None = None) -> Codes | None:
    """All (system, code) of a value set, or None where they cannot be listed or are more than MOST_CODES."""
    seen = {} if seen is None else seen
    if canonical not in seen:
        seen[canonical] = None
        seen[canonical] = _look_up_codes(canonical, find, seen)
    return seen[canonical]


def _look_up_codes(canonical: str, find: Find, seen: dict[str, Codes | None]) -> Codes | None:
    value_set = find(canonical) or find(canonical.partition("|")[0])
    if value_set is None or value_set.get("resourceType") != "ValueSet":
        return None
    compose = value_set.get("compose")
    if compose is None:
        return _expanded(value_set)
    included = _union(compose.get("include", ()), find, seen)
    excluded = _union(compose.get("exclude", ()), find, seen)
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


def _union(rules: list[dict[str, Any]], find: Find, seen: dict[str, Codes | None]) -> Codes | None:
    found: Codes = frozenset()
    for rule in rules:
        codes = _codes_of_rule(rule, find, seen)
        if codes is None:
            return None
        found |= codes
    return found


def _codes_of_rule(rule: dict[str, Any], find: Find, seen: dict[str, Codes | None]) -> Codes | None:
    """The codes of one include or exclude: those of its system that are in all its value sets."""
    parts = [codes_of(url, find, seen) for url in rule.get("valueSet", ())]
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


Seen = dict[str, bool | None]
"""Answers found already, so that value sets that import each other are asked once; None while one is being found."""


def member(canonical: str, system: str | None, code: str, find: Find, seen: Seen | None = None) -> bool | None:
    """Whether a code is in a value set; None where the definitions cannot tell. No system: any system may have it."""
    seen = {} if seen is None else seen
    if canonical not in seen:
        seen[canonical] = None
        seen[canonical] = _look_up(canonical, system, code, find, seen)
    return seen[canonical]


def _look_up(canonical: str, system: str | None, code: str, find: Find, seen: Seen) -> bool | None:
    value_set = find(canonical) or find(canonical.partition("|")[0])
    if value_set is None or value_set.get("resourceType") != "ValueSet":
        return None
    compose = value_set.get("compose")
    if compose is None:
        pairs = _expanded(value_set)
        return None if pairs is None else any(code == each and system in (None, its) for its, each in pairs)
    included = _any(_rule_has(rule, system, code, find, seen) for rule in compose.get("include", ()))
    if not included:
        return included
    excluded = _any(_rule_has(rule, system, code, find, seen) for rule in compose.get("exclude", ()))
    return None if excluded is None else not excluded


def _any(answers: Iterator[bool | None]) -> bool | None:
    unsure = False
    for answer in answers:
        if answer:
            return True
        unsure = unsure or answer is None
    return None if unsure else False


def _rule_has(rule: dict[str, Any], system: str | None, code: str, find: Find, seen: Seen) -> bool | None:
    answers = [member(url, system, code, find, seen) for url in rule.get("valueSet", ())]
    if "system" in rule:
        answers.append(_system_has(rule, system, code, find))
    if not answers or False in answers:
        return False
    return None if None in answers else True


def _system_has(rule: dict[str, Any], system: str | None, code: str, find: Find) -> bool | None:
    its = rule["system"]
    if system is not None and system != its:
        return False
    if "concept" in rule:
        return any(concept.get("code") == code for concept in rule["concept"])
    code_system = find(its)
    if code_system is None or code_system.get("content") != "complete":
        form = systems.has_right_form(its, code)
        return None if form and "filter" in rule else form
    return _filtered(code_system, code, rule.get("filter", []))


def _filtered(code_system: dict[str, Any], code: str, filters: list[dict[str, Any]]) -> bool | None:
    """Whether a complete code system has a code that passes all filters."""
    concepts = {concept.get("code"): concept for concept in concepts_of(code_system)}
    if code not in concepts:
        return False
    for each in filters:
        if each.get("op") not in {"is-a", "descendent-of"} or each.get("property") != "concept":
            return None
        above = concepts.get(each.get("value"))
        below = {concept.get("code") for concept in concepts_of(above)} if above else set()
        if code not in below and not (each["op"] == "is-a" and code == each.get("value")):
            return False
    return True
