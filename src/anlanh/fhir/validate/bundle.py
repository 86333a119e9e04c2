"""Bundles: entries with their identities, documents that hold together, messages with a header.

FHIR: Bundle
Source: https://hl7.org/fhir/R4/bundle.html, https://hl7.org/fhir/R4/documents.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import RESTFUL, Run, Scope

WITHOUT_FULL_URL: Final = frozenset({"transaction", "batch", "transaction-response", "batch-response", "history"})
ONCE: Final = frozenset({"self", "first", "prev", "previous", "next", "last"})
MUST_RESOLVE: Final = ("subject", "encounter", "author", "attester", "custodian", "event", "section")


def check(scope: Scope, run: Run, profiles: Profiles) -> None:
    """The entries, links, and for a document that everything its Composition needs is there."""
    value = scope.resource
    entries = [each for each in value.get("entry") or () if isinstance(each, dict)]
    for index, entry in enumerate(entries):
        _check_entry(entry, f"{scope.path}.entry[{index}]", value.get("type"), run, profiles)
    _check_links(value, scope.path, run)
    if value.get("type") == "document":
        _check_document(scope, entries, run)


def _check_entry(entry: dict[str, Any], path: str, bundle_type: Any, run: Run, profiles: Profiles) -> None:
    url, resource = entry.get("fullUrl"), entry.get("resource")
    if not isinstance(resource, dict):
        return
    if not isinstance(url, str):
        if bundle_type not in WITHOUT_FULL_URL and resource.get("resourceType") != "OperationOutcome":
            run.add("full-url-missing", path)
        return
    if ":" not in url.partition("/")[0]:
        run.add("full-url-relative", path, found=url)
    found, its = RESTFUL.fullmatch(url), resource.get("id")
    if found is None or found[2] not in profiles.known.types:
        if (
            url.startswith("urn:uuid:")
            and isinstance(its, str)
            and url.removeprefix("urn:uuid:").lower() != its.lower()
        ):
            return
        return
    if its is None:
        run.add("full-url-without-id", path, found=url)
    elif (found[2], found[3]) != (resource.get("resourceType"), its):
        run.add("full-url-differs", path, found=url, wanted=f"/{resource.get('resourceType')}/{its}")


def _check_links(value: dict[str, Any], path: str, run: Run) -> None:
    seen: Counter[str] = Counter()
    for index, link in enumerate(value.get("link") or ()):
        relation = link.get("relation") if isinstance(link, dict) else None
        if relation in ONCE:
            seen[relation] += 1
            if seen[relation] > 1:
                run.add("link-twice", f"{path}.link[{index}]", found=relation)


def _check_document(scope: Scope, entries: list[dict[str, Any]], run: Run) -> None:
    """What the Composition speaks of directly must be in the Bundle, by the rules of fullUrl; so must stylesheets."""
    for index, link in enumerate(scope.resource.get("link") or ()):
        if (
            isinstance(link, dict)
            and link.get("relation") == "stylesheet"
            and link.get("url") not in scope.entries_by_url()
        ):
            run.add("not-in-document", f"{scope.path}.link[{index}].url", found=link.get("url"))
    composition = entries[0].get("resource") if entries else None
    if not isinstance(composition, dict) or composition.get("resourceType") != "Composition":
        return
    path = f"{scope.path}.entry[0].resource"
    url = entries[0].get("fullUrl")
    inner = Scope(composition, path, bundle=scope, full_url=url if isinstance(url, str) else "")
    for name in MUST_RESOLVE:
        for reference, at in _references(composition.get(name), f"{path}.{name}"):
            if not inner.found(reference):
                run.add("not-in-document", at, found=reference)


def _references(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """References with their locations, at any depth."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _references(each, f"{path}[{index}]")
    elif isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield reference, path
        for name, each in value.items():
            if name not in {"text", "extension"}:
                yield from _references(each, f"{path}.{name}")
