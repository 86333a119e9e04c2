"""The filters of a value set: from a property, an operator and a value to a test of a concept.

FHIR: ValueSet.compose.include.filter
Source: https://hl7.org/fhir/R4/valueset-filter-operator.html, https://hl7.org/fhir/R4/codesystem.html#defined-props
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import regex

from anlanh.fhir.terminology import concepts
from anlanh.fhir.terminology.concepts import CodeSystemProvider, Concept
from anlanh.fhir.terminology.problems import BadFilter, NoValueInFilter, SlowPattern

Test = Callable[[Concept], bool]
MOST_SECONDS = 0.2
CODE_NAMES = frozenset({"concept", "code"})


def compile(provider: CodeSystemProvider, filters: list[Mapping[str, Any]], where: str) -> Test:
    """A test that is true of the concepts that pass all filters. `where` is the path of the include, for messages.

    Raises:
        NoValueInFilter: a filter has no value.
        BadFilter: the operator or the property is not known here.
        SlowPattern: when a regular expression takes too long on a concept (raised by the test).
    """
    tests = [_one(provider, each, f"{where}.filter[{at}]") for at, each in enumerate(filters)]
    return lambda concept: all(test(concept) for test in tests)


def _one(provider: CodeSystemProvider, stated: Mapping[str, Any], where: str) -> Test:
    name, op, value = stated.get("property", ""), stated.get("op", ""), stated.get("value")
    if value is None or value == "":
        raise NoValueInFilter(system=concepts.url(provider), property=name, op=op, expression=where)
    make = CODE_FILTERS.get(op) if name in CODE_NAMES else None
    if make is not None:
        return make(provider, str(value))
    of_property = PROPERTY_FILTERS.get(op)
    if of_property is None or not _is_known(provider, name):
        raise BadFilter(property=name, op=op, value=value, system=concepts.url(provider), expression=where)
    return of_property(_reader(provider, name), str(value))


def _below(provider: CodeSystemProvider, value: str, *, itself: bool) -> Test:
    codes = provider.descendants(value) | ({value} if itself else set())
    return lambda concept: concept.code in codes


def _is_not_a(provider: CodeSystemProvider, value: str) -> Test:
    inside = _below(provider, value, itself=True)
    return lambda concept: not inside(concept)


def _generalizes(provider: CodeSystemProvider, value: str) -> Test:
    codes = provider.ancestors(value) | {value}
    return lambda concept: concept.code in codes


def _child_of(provider: CodeSystemProvider, value: str) -> Test:
    return lambda concept: value in concept.parents


def _descendent_leaf(provider: CodeSystemProvider, value: str) -> Test:
    inside = _below(provider, value, itself=True)
    return lambda concept: inside(concept) and not concept.children


def _pattern(value: str) -> Callable[[str], bool]:
    try:
        compiled = regex.compile(value)
    except regex.error:
        return lambda text: False

    def matches(text: str) -> bool:
        try:
            return compiled.fullmatch(text, timeout=MOST_SECONDS) is not None
        except TimeoutError:
            raise SlowPattern(pattern=value) from None

    return matches


def _code_pattern(provider: CodeSystemProvider, value: str) -> Test:
    matches = _pattern(value)
    return lambda concept: matches(concept.code)


def _listed(value: str) -> frozenset[str]:
    return frozenset(part.strip() for part in value.split(","))


def _code_in(provider: CodeSystemProvider, value: str) -> Test:
    wanted = _listed(value)
    return lambda concept: concept.code in wanted


def _code_not_in(provider: CodeSystemProvider, value: str) -> Test:
    unwanted = _listed(value)
    return lambda concept: concept.code not in unwanted


CODE_FILTERS: dict[str, Callable[[CodeSystemProvider, str], Test]] = {
    "is-a": lambda provider, value: _below(provider, value, itself=True),
    "descendent-of": lambda provider, value: _below(provider, value, itself=False),
    "is-not-a": _is_not_a,
    "generalizes": _generalizes,
    "child-of": _child_of,
    "descendent-leaf": _descendent_leaf,
    "regex": _code_pattern,
    "=": lambda provider, value: lambda concept: concept.code == value,
    "in": _code_in,
    "not-in": _code_not_in,
    "exists": lambda provider, value: lambda concept: value == "true",
}
"""Operators on the code itself. `child-of` and `descendent-leaf` come from R5."""

Reader = Callable[[Concept], list[str]]


def _equals(read: Reader, value: str) -> Test:
    return lambda concept: value in read(concept)


def _in(read: Reader, value: str) -> Test:
    wanted = _listed(value)
    return lambda concept: not wanted.isdisjoint(read(concept))


def _not_in(read: Reader, value: str) -> Test:
    unwanted = _listed(value)
    return lambda concept: unwanted.isdisjoint(read(concept))


def _exists(read: Reader, value: str) -> Test:
    return lambda concept: bool(read(concept)) == (value == "true")


def _property_pattern(read: Reader, value: str) -> Test:
    matches = _pattern(value)
    return lambda concept: any(matches(each) for each in read(concept))


PROPERTY_FILTERS: dict[str, Callable[[Reader, str], Test]] = {
    "=": _equals,
    "in": _in,
    "not-in": _not_in,
    "exists": _exists,
    "regex": _property_pattern,
}


def _reader(provider: CodeSystemProvider, name: str) -> Reader:
    """Reads the values of a property as text."""
    if name in FIELDS:
        return FIELDS[name]
    codes = {name} | (concepts.property_codes(provider, name) if _is_standard(provider, name) else frozenset())
    return lambda concept: [_text(concepts.value_of(each)) for each in concept.properties if each.get("code") in codes]


FIELDS: dict[str, Reader] = {
    "display": lambda concept: [concept.display] if concept.display else [],
    "definition": lambda concept: [concept.definition] if concept.definition else [],
    "parent": lambda concept: list(concept.parents),
    "child": lambda concept: list(concept.children),
}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return str(value.get("code", ""))
    return str(value)


def _is_standard(provider: CodeSystemProvider, name: str) -> bool:
    declared = next((each for each in provider.head.get("property", ()) if each.get("code") == name), None)
    return declared is None or str(declared.get("uri", "")).startswith(concepts.CONCEPT_PROPERTIES)


STANDARD = frozenset({"status", "inactive", "notSelectable", "effectiveDate", "deprecationDate", "retirementDate"})


def _is_known(provider: CodeSystemProvider, name: str) -> bool:
    declared = {each.get("code") for each in provider.head.get("property", ())}
    filters = {each.get("code") for each in provider.head.get("filter", ())}
    return name in declared | filters | STANDARD | FIELDS.keys()
