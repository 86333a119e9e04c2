"""The codes that the definition of a value set selects.

FHIR: ValueSet.compose
Source: https://hl7.org/fhir/R4/valueset.html#compositions
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from anlanh.fhir.terminology import concepts, filters, versions
from anlanh.fhir.terminology.concepts import CodeSystemProvider, Concept
from anlanh.fhir.terminology.problems import CircularValueSet, ImplicitRulesPresent, UnknownImport, UnknownValueSet
from anlanh.fhir.terminology.resolver import Resolver
from anlanh.fhir.terminology.resource import ResourceCodeSystem

Rule = Mapping[str, Any]
Key = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A concept that a value set selects. `stated` is its line in a list of concepts, None for a rule."""

    provider: CodeSystemProvider
    concept: Concept
    stated: Mapping[str, Any] | None = None

    @property
    def system(self) -> str:
        return concepts.url(self.provider)

    @property
    def version(self) -> str | None:
        return concepts.version(self.provider)


class Composer:
    """Works the compositions of one operation out, and keeps what was used on the way."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.used_systems: dict[str, CodeSystemProvider] = {}
        self.used_value_sets: dict[str, Mapping[str, Any]] = {}
        self.versions_matched = resolver.options.versions_match is True
        self._path: list[str] = []
        self._done: dict[int, dict[Key, Entry]] = {}

    def entries(self, value_set: Mapping[str, Any]) -> dict[Key, Entry]:
        """Everything the value set selects, in the order of its rules. Inactive concepts are in it.

        Raises:
            CircularValueSet, UnknownValueSet, UnknownImport, UnknownCodeSystem, VersionNotAllowed, NoValueInFilter,
            BadFilter, SlowPattern, TooCostly: the value set cannot be worked out.
        """
        if id(value_set) in self._done:
            return self._done[id(value_set)]
        self.enter(value_set)
        compose = value_set.get("compose")
        if compose is None:
            found = self._of_expansion(value_set)
        else:
            check_implicit_rules(value_set)
            found = {}
            for at, rule in enumerate(compose.get("include", ())):
                for key, entry in self.select(rule, value_set, f"ValueSet.compose.include[{at}]").items():
                    if key not in found or _is_newer(entry, found[key]):
                        found[key] = entry
            for at, rule in enumerate(compose.get("exclude", ())):
                self._exclude(found, rule, value_set, f"ValueSet.compose.exclude[{at}]")
        self.leave()
        self._done[id(value_set)] = found
        return found

    def select(self, rule: Rule, value_set: Mapping[str, Any], where: str) -> dict[Key, Entry]:
        """What one include or exclude selects: those of its system that are in all of its value sets."""
        parts = [self._keyed(self._of_system(rule, where))] if "system" in rule else []
        parts += [self._keyed(self._imported(each, value_set)) for each in rule.get("valueSet", ())]
        if not parts:
            return {}
        first, *others = parts
        return {key: entry for key, entry in first.items() if all(key in other for other in others)}

    def imported(self, canonical: str, holder: Mapping[str, Any], *, expanding: bool) -> Mapping[str, Any]:
        """The value set that another one imports.

        Raises:
            UnknownValueSet, UnknownImport: it is not there.
        """
        found = self.resolver.value_set(canonical, holder)
        if found is not None:
            if not canonical.startswith("#"):
                self.used_value_sets.setdefault(concepts.vurl(found), found)
            elif "contained" not in found:
                found = {**found, "contained": holder.get("contained", [])}
            return found
        url, _, version = canonical.partition("|")
        pinned = version or next(iter(self.resolver.rules.value_sets.get(url, ())), "")
        if expanding and pinned:
            raise UnknownImport(value_set=url, version=pinned)
        raise UnknownValueSet(value_set=f"{url}|{pinned}" if pinned else url)

    def enter(self, value_set: Mapping[str, Any]) -> None:
        """Note that a value set is being worked on.

        Raises:
            CircularValueSet: it already is.
        """
        name = concepts.vurl(value_set)
        if name and name in self._path:
            raise CircularValueSet(value_set=name, path=", ".join(self._path))
        self._path.append(name)

    def leave(self) -> None:
        """Note that the value set entered last is done."""
        self._path.pop()

    def _exclude(self, found: dict[Key, Entry], rule: Rule, value_set: Mapping[str, Any], where: str) -> None:
        """Take out what a rule selects. Where it names a version that is not included, codes count without version."""
        keys = set(self.select(rule, value_set, where))
        if self.resolver.options.versions_match is None and crosses_versions(rule, value_set):
            self.versions_matched = True
            codes = {(system, code) for system, _, code in keys}
            keys = {key for key in found if (key[0], key[2]) in codes}
        for key in keys:
            found.pop(key, None)

    def _keyed(self, entries: Iterable[Entry]) -> dict[Key, Entry]:
        match = self.resolver.options.versions_match
        return {(each.system, None if match else each.version, each.concept.code): each for each in entries}

    def _of_system(self, rule: Rule, where: str) -> Iterable[Entry]:
        provider = self.resolver.needed(rule["system"], rule.get("version"), rule.get("concept"))
        self.used_systems.setdefault(concepts.vurl(provider.head), provider)
        return selected(provider, rule, where)

    def _imported(self, canonical: str, holder: Mapping[str, Any]) -> Iterable[Entry]:
        return self.entries(self.imported(canonical, holder, expanding=True)).values()

    def _of_expansion(self, value_set: Mapping[str, Any]) -> dict[Key, Entry]:
        """A value set with nothing but an expansion is what that lists."""
        found: list[Entry] = []
        pending = list(reversed(value_set.get("expansion", {}).get("contains", ())))
        while pending:
            each = pending.pop()
            pending += reversed(each.get("contains", ()))
            if "code" in each and "system" in each:
                found.append(self._listed(each))
        return self._keyed(found)

    def _listed(self, contained: Mapping[str, Any]) -> Entry:
        provider = self.resolver.code_system(contained["system"], contained.get("version"))
        concept = provider.find(contained["code"]) if provider else None
        if provider is None or concept is None:
            provider = ResourceCodeSystem(
                {"url": contained["system"], "version": contained.get("version"), "content": "fragment"}
            )
            concept = Concept(contained["code"], contained.get("display"))
        return Entry(provider, concept)


def crosses_versions(rule: Rule, value_set: Mapping[str, Any]) -> bool:
    """Whether a rule names a version of its system that no include of the value set names."""
    included = value_set.get("compose", {}).get("include", ())
    stated = {each.get("version") for each in included if each.get("system") == rule.get("system")}
    return bool(rule.get("version")) and bool(stated) and rule.get("version") not in stated


def _is_newer(entry: Entry, other: Entry) -> bool:
    return versions.order(entry.version or "") > versions.order(other.version or "")


def selected(provider: CodeSystemProvider, rule: Rule, where: str) -> list[Entry]:
    """The concepts of a code system that a rule lists or that pass its filters.

    Raises:
        NoValueInFilter, BadFilter, SlowPattern, TooCostly: see `filters.compile`.
    """
    if "concept" in rule:
        stated = ((provider.find(each["code"]), each) for each in rule["concept"])
        return [Entry(provider, concept, each) for concept, each in stated if concept is not None]
    test = filters.compile(provider, rule.get("filter", []), where) if rule.get("filter") else None
    return [Entry(provider, concept) for concept in provider.concepts() if test is None or test(concept)]


def check_implicit_rules(value_set: Mapping[str, Any]) -> None:
    """Refuse a value set whose meaning depends on what is not understood here.

    Raises:
        ImplicitRulesPresent: it has a locked date, implicit rules or a modifier extension.
    """
    compose = value_set.get("compose", {})
    holders = [value_set, compose, *compose.get("include", ()), *compose.get("exclude", ())]
    what = next(
        (
            name
            for holder in holders
            for name in ("lockedDate", "implicitRules", "modifierExtension")
            if holder.get(name)
        ),
        None,
    )
    if what:
        raise ImplicitRulesPresent(value_set=value_set.get("url", ""), what=what)
