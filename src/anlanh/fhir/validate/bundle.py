"""Bundles: entries with their identities, documents that hold together, messages with a header.

FHIR: Bundle
Source: https://hl7.org/fhir/R4/bundle.html, https://hl7.org/fhir/R4/documents.html
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import RESTFUL, Run, Scope

WITHOUT_FULL_URL: Final = frozenset({"transaction", "batch", "transaction-response", "batch-response", "history"})
ONCE: Final = frozenset({"self", "first", "prev", "previous", "next", "last"})
LONGEST_REFERENCE: Final = 256
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
    if value.get("type") in {"document", "message"} and entries:
        _check_reachable(scope, value["type"], run)


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
    """What the Composition speaks of directly must be in the Bundle, by the rules of fullUrl; so must its stylesheets."""
    composition = entries[0].get("resource") if entries else None
    if not isinstance(composition, dict) or composition.get("resourceType") != "Composition":
        return
    path = f"{scope.path}.entry[0].resource"
    inner = scope.inner(composition, path)
    for name in MUST_RESOLVE:
        for reference, at in _references(composition.get(name), f"{path}.{name}"):
            if not inner.found(reference):
                run.add("not-in-document", at, found=reference)
    for url, at in _stylesheets(scope):
        if ":" not in url and not inner.found(url):
            run.add("not-in-document", at, found=url)


def _stylesheets(scope: Scope) -> Iterator[tuple[str, str]]:
    """The URLs of the stylesheets of a document, with their locations."""
    for index, link in enumerate(scope.resource.get("link") or ()):
        if isinstance(link, dict) and link.get("relation") == "stylesheet" and isinstance(link.get("url"), str):
            yield link["url"], f"{scope.path}.link[{index}].url"


def _check_reachable(scope: Scope, kind: str, run: Run) -> None:
    """Every entry hangs together with the first: by a reference to it or from it, over any number of steps."""
    start = f"{scope.path}.entry[0].resource"
    paths = [path for entries in scope.entries_by_url().values() for _, path in entries]
    links = _links(scope)
    for url, _ in _stylesheets(scope):
        links[start].update(path for _, path in scope.inner({}, start).found(url))
    reached, pending = {start}, [start]
    while pending:
        new = links[pending.pop()] - reached
        reached |= new
        pending.extend(new)
    severity = "error" if kind == "document" else "warning"
    for path in sorted(set(paths) - reached):
        run.add("entry-unreachable", path.removesuffix(".resource"), severity, kind=kind)


def _links(scope: Scope) -> dict[str, set[str]]:
    """The entries, by location, that one refers to or is referred to by."""
    found = scope.entries_by_url()
    links: dict[str, set[str]] = defaultdict(set)
    for resource, path in (each for entries in found.values() for each in entries):
        inner = scope.inner(resource, path)
        for text in set(_texts(resource)):
            for _, target in (found.get(text) or inner.found(text))[:1]:
                links[path].add(target)
                links[target].add(path)
    return links


def _texts(value: Any) -> Iterator[str]:
    """Every text of a resource that may be a reference."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            pending.extend(each.values())
        elif isinstance(each, list):
            pending.extend(each)
        elif isinstance(each, str) and ("/" in each[:LONGEST_REFERENCE] or each.startswith("urn:")):
            yield each.partition("#")[0]


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
