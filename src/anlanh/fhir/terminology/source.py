"""Where code systems, value sets and concept maps come from.

FHIR: CodeSystem, ValueSet, ConceptMap by canonical URL and version
Source: https://hl7.org/fhir/R4/references.html#canonical
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from anlanh.fhir.terminology import versions
from anlanh.fhir.terminology.concepts import CodeSystemProvider
from anlanh.fhir.terminology.resource import ResourceCodeSystem

Resource = Mapping[str, Any]


class Source(Protocol):
    """Conformance resources by type, canonical URL and version."""

    def versions(self, kind: str, url: str) -> list[str | None]:
        """Every version there is of a resource, None for one without a version."""

    def get(self, kind: str, url: str, version: str | None) -> Resource | None:
        """The resource of exactly this version (None: the one without a version)."""

    def provider(self, url: str, version: str | None) -> CodeSystemProvider | None:
        """The code system of exactly this version, ready to be asked; None for supplements too."""

    def supplements(self, url: str) -> Iterable[Resource]:
        """The CodeSystem resources that supplement this code system."""

    def concept_maps(self) -> Iterable[Resource]:
        """All concept maps."""


class MemorySource:
    """A source over resources held in memory. Adding a resource of the same URL and version replaces it."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._resources: dict[tuple[str, str], dict[str | None, Resource]] = {}
        self._providers: dict[tuple[str, str | None], CodeSystemProvider] = {}
        for resource in resources:
            self.add(resource)

    def add(self, resource: Resource) -> None:
        """Put a CodeSystem, ValueSet or ConceptMap in; others have no place here and are let go."""
        kind, url, version = resource.get("resourceType", ""), resource.get("url"), resource.get("version")
        if url is None or kind not in {"CodeSystem", "ValueSet", "ConceptMap"}:
            return
        self._resources.setdefault((kind, url), {})[version] = resource
        self._providers.pop((url, version), None)

    def add_provider(self, provider: CodeSystemProvider) -> None:
        """Put a code system in that answers for itself, such as one kept in a table."""
        url, version = provider.head["url"], provider.head.get("version")
        self._resources.setdefault(("CodeSystem", url), {})[version] = provider.head
        self._providers[url, version] = provider

    def versions(self, kind: str, url: str) -> list[str | None]:
        return list(self._resources.get((kind, url), ()))

    def get(self, kind: str, url: str, version: str | None) -> Resource | None:
        return self._resources.get((kind, url), {}).get(version)

    def provider(self, url: str, version: str | None) -> CodeSystemProvider | None:
        if (url, version) in self._providers:
            return self._providers[url, version]
        head = self.get("CodeSystem", url, version)
        if head is None or head.get("content") in {"supplement", "not-present"}:
            return None
        made = self._providers[url, version] = ResourceCodeSystem(head)
        return made

    def supplements(self, url: str) -> Iterator[Resource]:
        for (kind, _), found in self._resources.items():
            for resource in found.values() if kind == "CodeSystem" else ():
                if resource.get("supplements", "").partition("|")[0] == url:
                    yield resource

    def concept_maps(self) -> Iterator[Resource]:
        for (kind, _), found in self._resources.items():
            if kind == "ConceptMap":
                yield from found.values()


class LayeredSource:
    """Several sources as one: the first that knows a URL answers for it."""

    def __init__(self, *layers: Source) -> None:
        self._layers = layers

    def versions(self, kind: str, url: str) -> list[str | None]:
        return next((found for layer in self._layers if (found := layer.versions(kind, url))), [])

    def get(self, kind: str, url: str, version: str | None) -> Resource | None:
        return next((found for layer in self._layers if (found := layer.get(kind, url, version))), None)

    def provider(self, url: str, version: str | None) -> CodeSystemProvider | None:
        return next((found for layer in self._layers if (found := layer.provider(url, version))), None)

    def supplements(self, url: str) -> Iterator[Resource]:
        for layer in self._layers:
            yield from layer.supplements(url)

    def concept_maps(self) -> Iterator[Resource]:
        for layer in self._layers:
            yield from layer.concept_maps()


def version_of(source: Source, kind: str, url: str, wanted: str | None) -> tuple[bool, str | None]:
    """(found, version): the version that fits what is wanted; the latest when nothing is wanted."""
    known = source.versions(kind, url)
    if not wanted:
        latest = versions.latest(each for each in known if each is not None)
        return bool(known), latest
    if wanted in known:
        return True, wanted
    fitting = versions.latest(each for each in known if each is not None and versions.matches(wanted, each))
    return fitting is not None, fitting
