"""The terminology of the packages this program is built with: FHIR R4 core, HL7 Terminology, extensions, IPS.

FHIR: hl7.fhir.r4.core, hl7.terminology.r4, hl7.fhir.uv.extensions.r4, hl7.fhir.uv.ips
Source: https://registry.fhir.org/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from anlanh.fhir.model import definitions
from anlanh.fhir.terminology import iso
from anlanh.fhir.terminology.concepts import CodeSystemProvider
from anlanh.fhir.terminology.internal import GrammarSource
from anlanh.fhir.terminology.resource import ResourceCodeSystem
from anlanh.fhir.terminology.source import LayeredSource, MemorySource, Source

Find = Callable[[str], Mapping[str, Any] | None]


class PackageSource:
    """A source over the built definitions: one version of each resource."""

    def __init__(self, loaded: definitions.Definitions) -> None:
        self._find: Find = loaded.resource
        self._maps = loaded.canonicals("ConceptMap")
        self._providers: dict[str, CodeSystemProvider | None] = {}

    def versions(self, kind: str, url: str) -> list[str | None]:
        found = self._of(kind, url)
        return [found.get("version")] if found else []

    def get(self, kind: str, url: str, version: str | None) -> Mapping[str, Any] | None:
        found = self._of(kind, url)
        return found if found and found.get("version") == version else None

    def provider(self, url: str, version: str | None) -> CodeSystemProvider | None:
        if self.get("CodeSystem", url, version) is None:
            return None
        if url not in self._providers:
            head = self._of("CodeSystem", url) or {}
            usable = head.get("content") not in {"supplement", "not-present"}
            self._providers[url] = ResourceCodeSystem(head) if usable else None
        return self._providers[url]

    def supplements(self, url: str) -> Iterator[Mapping[str, Any]]:
        return iter(())

    def concept_maps(self) -> Iterator[Mapping[str, Any]]:
        return (found for url in self._maps if (found := self._of("ConceptMap", url)))

    def _of(self, kind: str, url: str) -> Mapping[str, Any] | None:
        found = self._find(url)
        return found if found and found.get("resourceType") == kind else None


@cache
def source() -> Source:
    """Grammars and ISO lists first, then the packages; one per process."""
    return LayeredSource(GrammarSource(), MemorySource(iso.CODE_SYSTEMS), PackageSource(definitions.load()))
