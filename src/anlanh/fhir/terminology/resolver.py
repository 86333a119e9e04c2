"""Finds the code systems and value sets that an operation meets, of the right version and with its supplements.

FHIR: canonical references, CodeSystem.supplements, contained value sets
Source: https://hl7.org/fhir/R4/references.html#canonical
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anlanh.fhir.terminology import concepts, versions
from anlanh.fhir.terminology.concepts import CodeSystemProvider
from anlanh.fhir.terminology.problems import (
    SupplementMissing,
    UnknownCodeSystem,
    UnknownCodeSystemVersion,
    VersionNotAllowed,
)
from anlanh.fhir.terminology.request import Options
from anlanh.fhir.terminology.resource import ResourceCodeSystem
from anlanh.fhir.terminology.source import Source, version_of
from anlanh.fhir.terminology.versions import Rules

FHIR_VS = "?fhir_vs"


class Resolver:
    """What one operation has found; keeps what was used, for the parameters of an expansion."""

    def __init__(self, source: Source, options: Options) -> None:
        self.source = source
        self.options = options
        self.used_rules: dict[tuple[str, str], None] = {}
        self.used_supplements: dict[str, None] = {}
        self._supplemented: dict[tuple[str, str | None], CodeSystemProvider] = {}

    @property
    def rules(self) -> Rules:
        return self.options.rules

    def code_system(self, system: str, version: str | None, *, ruled: bool = True) -> CodeSystemProvider | None:
        """The code system of the version wanted; `ruled` False leaves the rules of the request out."""
        if ruled:
            version, rule = self.rules.choose(system, version)
            if rule:
                self.used_rules[rule, f"{system}|{version}"] = None
        found, exact = version_of(self.source, "CodeSystem", system, version)
        provider = self.source.provider(system, exact) if found else None
        return self._with_supplements(provider) if provider else None

    def known_versions(self, system: str) -> list[str]:
        """The versions there are of a code system, in order."""
        return sorted((each for each in self.source.versions("CodeSystem", system) if each), key=versions.order)

    def needed(
        self, system: str, version: str | None, listed: list[Mapping[str, Any]] | None = None
    ) -> CodeSystemProvider:
        """The code system, for an expansion. Of one that is not there, the concepts `listed` by the value set do.

        Raises:
            UnknownCodeSystem: it is not there.
            VersionNotAllowed: check-system-version forbids this version.
        """
        provider = self.code_system(system, version)
        wanted, _ = self.rules.choose(system, version)
        if provider is None:
            known = self.known_versions(system)
            if listed and not known:
                head = {"url": system, "content": "fragment", "concept": listed}
                return ResourceCodeSystem({**head, "version": version} if version else head)
            if wanted and known:
                raise UnknownCodeSystemVersion(system=system, version=wanted, versions=versions.present(known))
            raise UnknownCodeSystem(system=system)
        if forbidden := self.forbidden(provider):
            raise VersionNotAllowed(system=system, version=concepts.version(provider), wanted=forbidden)
        return provider

    def forbidden(self, provider: CodeSystemProvider) -> str | None:
        """The version that check-system-version wants where the provider has another; else None."""
        wanted = self.rules.check.get(concepts.url(provider), ())
        return next((each for each in wanted if not versions.matches(each, concepts.version(provider))), None)

    def value_set(self, canonical: str, holder: Mapping[str, Any] | None = None) -> Mapping[str, Any] | None:
        """A value set by `url`, `url|version`, `#id` contained in `holder`, or the implicit one of a code system."""
        if canonical.startswith("#"):
            contained = (holder or {}).get("contained", ())
            return next((each for each in contained if each.get("id") == canonical[1:]), None)
        url, _, version = canonical.partition("|")
        if not version:
            pinned, _ = Rules(default=self.rules.value_sets).choose(url, None)
            version = pinned or ""
        found, exact = version_of(self.source, "ValueSet", url, version or None)
        return self.source.get("ValueSet", url, exact) if found else self._implicit(url)

    def require(self, supplements: list[str]) -> None:
        """Make sure that the supplements are known.

        Raises:
            SupplementMissing: one is not.
        """
        for each in supplements:
            url, _, version = each.partition("|")
            found, exact = version_of(self.source, "CodeSystem", url, version or None)
            head = self.source.get("CodeSystem", url, exact) if found else None
            if head is None or head.get("content") != "supplement":
                raise SupplementMissing(supplement=each)

    def _implicit(self, url: str) -> Mapping[str, Any] | None:
        """`system?fhir_vs` is all of a system, `?fhir_vs=isa/code` a part of it; so is the value set it names itself."""
        system, mark, rest = url.partition(FHIR_VS)
        include: dict[str, Any] = {"system": system}
        if mark and rest.startswith("=isa/"):
            include["filter"] = [{"property": "concept", "op": "is-a", "value": rest.removeprefix("=isa/")}]
        elif not mark or rest:
            return None
        if not self.source.versions("CodeSystem", system):
            return None
        return {"resourceType": "ValueSet", "url": url, "status": "active", "compose": {"include": [include]}}

    def _with_supplements(self, provider: CodeSystemProvider) -> CodeSystemProvider:
        wanted = self.options.supplements
        if not wanted:
            return provider
        key = (concepts.url(provider), concepts.version(provider))
        if key not in self._supplemented:
            found = [each for each in self.source.supplements(key[0]) if _is_wanted(each, wanted)]
            for each in found:
                self.used_supplements[concepts.vurl(each)] = None
            self._supplemented[key] = ResourceCodeSystem(provider.head, found) if found else provider
        return self._supplemented[key]


def _is_wanted(supplement: Mapping[str, Any], wanted: tuple[str, ...]) -> bool:
    names = {supplement.get("url"), concepts.vurl(supplement)}
    return any(each in names for each in wanted)
