"""Terminology as the rest of the engine asks it: members, codes, descendants, ancestors; answers are kept.

One service stands over one source that does not change; make a new one when the terminology does.

FHIR: memberOf(), subsumes(), token search :in :below :above, %terminologies
Source: https://hl7.org/fhir/R4/fhirpath.html#txapi, https://hl7.org/fhir/R4/search.html#token
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from anlanh.fhir.terminology import expand, operations, request, subsumes, validate
from anlanh.fhir.terminology.compose import Composer
from anlanh.fhir.terminology.concepts import CodeSystemProvider
from anlanh.fhir.terminology.displays import displays_of
from anlanh.fhir.terminology.findings import Findings
from anlanh.fhir.terminology.internal import Grammar
from anlanh.fhir.terminology.membership import Membership
from anlanh.fhir.terminology.problems import TooCostly, UnknownCode, UnknownSystem, UnknownValueSet
from anlanh.fhir.terminology.request import Options
from anlanh.fhir.terminology.resolver import Resolver
from anlanh.fhir.terminology.source import Source
from anlanh.kernel.problem import Problem

Pair = tuple[str, str]

MOST_CODES = 20_000
KEPT_ANSWERS = 100_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_NAME = "urn:uuid:00000000-0000-0000-0000-000000000000"

SERVICES = {"validateVS": "validate-code", "validateCS": "cs-validate-code"}
"""Names of %terminologies that differ from those of the operations."""


class Terminology:
    """Answers about one source. Safe to share between threads once made: what it keeps only ever grows."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._options = Options()
        self._codes: dict[str, frozenset[Pair]] = {}
        self._asked: Callable[[str, str | None, str], bool | None] = lru_cache(KEPT_ANSWERS)(self._ask)

    def member_of(self, coded: Any, value_set: str, system: str | None = None) -> bool | None:
        """Whether a code, Coding or CodeableConcept (JSON values) is in a value set; None where it cannot be told.

        A bare code belongs when any system of the value set has it, or only `system` where one is given.
        """
        if isinstance(coded, str):
            return self._asked(value_set, system, coded)
        if not isinstance(coded, Mapping):
            return None
        answers = [
            self._asked(value_set, each.get("system", ""), each["code"])
            for each in coded.get("coding", [coded] if "code" in coded else [])
            if "code" in each
        ]
        if True in answers:
            return True
        return None if None in answers else False

    def codes_of(self, value_set: str) -> frozenset[Pair]:
        """All (system, code) of a value set.

        Raises:
            UnknownValueSet, TooCostly, and what `Composer.entries` raises.
        """
        if value_set not in self._codes:
            found = frozenset((each.system, each.concept.code) for each in self._entries(value_set))
            if len(found) > MOST_CODES:
                raise TooCostly(value_set=value_set, limit=MOST_CODES)
            self._codes[value_set] = found
        return self._codes[value_set]

    def descendants(self, system: str, code: str) -> set[str]:
        """The codes below one, without itself. Empty for what is not known."""
        provider = self._provider(system)
        return provider.descendants(code) if provider else set()

    def ancestors(self, system: str, code: str) -> set[str]:
        """The codes above one, without itself. Empty for what is not known."""
        provider = self._provider(system)
        return provider.ancestors(code) if provider else set()

    def below(self, system: str, code: str) -> list[Pair]:
        """The code and all its descendants, as (system, code)."""
        return [(system, each) for each in (code, *sorted(self.descendants(system, code)))]

    def above(self, system: str, code: str) -> list[Pair]:
        """The code and all its ancestors, as (system, code)."""
        return [(system, each) for each in (code, *sorted(self.ancestors(system, code)))]

    def subsumes(self, one: Any, other: Any) -> bool | None:
        """Whether `one` is `other` or stands above it (Codings or CodeableConcepts); None where it cannot be told."""
        answers = [
            self._relation(a, b)
            for a in one.get("coding", [one])
            for b in other.get("coding", [other])
            if a.get("system") == b.get("system")
        ]
        if True in answers:
            return True
        return None if not answers or None in answers else False

    def display(self, system: str, code: str) -> str | None:
        """The display of a code, or None."""
        provider = self._provider(system)
        concept = provider.find(code) if provider else None
        return concept.display if concept else None

    def validate_code(
        self, value_set: str, coded: Mapping[str, Any], accept_language: str | None = None
    ) -> dict[str, Any]:
        """$validate-code of a Coding or CodeableConcept, as Parameters.

        Raises:
            UnknownValueSet, and what `validate.validate` raises.
        """
        name = "valueCodeableConcept" if "coding" in coded else "valueCoding"
        asked = request.Request(
            ({"name": "url", "valueUri": value_set}, {"name": name[5].lower() + name[6:], name: coded})
        )
        options = request.options(asked, accept_language)
        found = expand.find_value_set(self.source, asked, options)
        return validate.validate(self.source, found, validate.subject(asked), asked, options)

    def operation(self, name: str, *arguments: Any) -> dict[str, Any] | None:
        """An operation of %terminologies: (value set or code system or map, coded[, parameters]); None if it fails."""
        asked = ARGUMENTS[name](*arguments)
        status, found = operations.answer(
            self.source, SERVICES.get(name, name), {"parameter": asked}, now=EPOCH, identifier=NO_NAME
        )
        return found if status < 400 else None

    def _ask(self, value_set: str, system: str | None, code: str) -> bool | None:
        try:
            found = self._value_set(value_set)
            if system is None:
                return self._in_any_system(found, value_set, code)
            resolver = Resolver(self.source, self._options.seen(found))
            membership = Membership(resolver, Findings(), abstract_ok=True, only=False, trust_lists=True)
            membership.prepare(found)
            verdict = membership.ask(found, {"system": system, "code": code}, "")
        except Problem:
            return None
        return None if verdict.unknown or (verdict.fragment and verdict.tried) else verdict.is_member

    def _in_any_system(self, found: Mapping[str, Any], value_set: str, code: str) -> bool | None:
        """Whether any system of a value set has the code in it; systems that cannot be listed are asked one by one."""
        systems = [rule.get("system") for rule in found.get("compose", {}).get("include", ())]
        if not systems or None in systems:
            return any(each == code for _, each in self.codes_of(value_set))
        answers = [self._asked(value_set, system, code) for system in dict.fromkeys(systems)]
        return True if True in answers else None if None in answers else False

    def _entries(self, value_set: str) -> list[Any]:
        found = self._value_set(value_set)
        composer = Composer(Resolver(self.source, self._options.seen(found)))
        return list(composer.entries(found).values())

    def _value_set(self, canonical: str) -> Mapping[str, Any]:
        found = Resolver(self.source, self._options).value_set(canonical)
        if found is None:
            raise UnknownValueSet(value_set=canonical)
        return found

    def _provider(self, system: str) -> CodeSystemProvider | None:
        return Resolver(self.source, self._options).code_system(system, None)

    def _relation(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool | None:
        provider = self._provider(one.get("system", ""))
        if provider is None:
            return True if one.get("code") == other.get("code") else None
        try:
            return subsumes.relation(provider, one.get("code", ""), other.get("code", "")) in {"equivalent", "subsumes"}
        except (UnknownCode, UnknownSystem):
            return None


class Coded:
    """The service in the shape in which the validator asks."""

    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology
        self._names: Callable[[str, str], list[str] | None] = lru_cache(KEPT_ANSWERS)(self._names_of)

    def member_of(self, value_set: str, system: str | None, code: str) -> bool | None:
        """Whether a code is in a value set; without a system, whether any system of the value set has it."""
        return self._terminology.member_of(code, value_set, system)

    def display_of(self, system: str, code: str) -> list[str] | None:
        """The names of a code; empty where a complete code system has no such code, None where that cannot be told.

        Of a grammar (units, languages) no name is the right one, so a good code has None.
        """
        return self._names(system, code)

    def _names_of(self, system: str, code: str) -> list[str] | None:
        provider = Resolver(self._terminology.source, Options()).code_system(system, None)
        if provider is None or provider.head.get("content") != "complete":
            return None
        concept = provider.find(code)
        if concept is None:
            return []
        if isinstance(provider, Grammar):
            return None
        return [each.value for each in displays_of(provider, concept)] or [code]


def _given(name: str, value: Any) -> dict[str, Any]:
    """A parameter of the type that the value has."""
    if isinstance(value, Mapping) and "resourceType" in value:
        return {"name": name, "resource": value}
    if isinstance(value, Mapping):
        kind = "codeableConcept" if "coding" in value else "coding"
        return {"name": kind, f"value{kind[0].upper()}{kind[1:]}": value}
    return {"name": name, "valueString": value}


def _named(name: str, value: Any) -> dict[str, Any]:
    return _given("url" if isinstance(value, str) else name, value)


def _further(parameters: tuple[Any, ...]) -> list[Any]:
    return [each for holder in parameters if isinstance(holder, Mapping) for each in holder.get("parameter", ())]


ARGUMENTS: dict[str, Callable[..., list[Any]]] = {
    "expand": lambda value_set, *more: [_named("valueSet", value_set), *_further(more)],
    "lookup": lambda coded, *more: [_given("code", coded), *_further(more)],
    "validateVS": lambda value_set, coded, *more: [
        _named("valueSet", value_set),
        _given("code", coded),
        *_further(more),
    ],
    "validateCS": lambda system, coded, *more: [_named("codeSystem", system), _given("code", coded), *_further(more)],
    "subsumes": lambda system, one, other, *more: [
        {"name": "system", "valueUri": system},
        {"name": "codeA", "valueCode": one.get("code") if isinstance(one, Mapping) else one},
        {"name": "codeB", "valueCode": other.get("code") if isinstance(other, Mapping) else other},
        *_further(more),
    ],
    "translate": lambda concept_map, coded, *more: [
        _named("conceptMap", concept_map),
        _given("code", coded),
        *_further(more),
    ],
}
