"""$expand: the codes of a value set as a list or a tree, a page at a time.

FHIR: ValueSet $expand
Source: https://hl7.org/fhir/R4/valueset-operation-expand.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from anlanh.fhir.terminology import concepts, contains, status
from anlanh.fhir.terminology.compose import Composer, Entry, Key
from anlanh.fhir.terminology.problems import BadRequest, TooCostly, UnknownValueSet
from anlanh.fhir.terminology.request import Options, Request
from anlanh.fhir.terminology.resolver import Resolver
from anlanh.fhir.terminology.source import Source
from anlanh.kernel.vn.fold import fold, words

MOST_CODES = 50_000
LEFT_OUT = frozenset({"compose", "expansion", "contained", "text", "meta", "description", "purpose"})
ECHOED = (
    ("activeOnly", "valueBoolean"),
    ("count", "valueInteger"),
    ("date", "valueDateTime"),
    ("default-valueset-version", "valueUri"),
    ("designation", "valueString"),
    ("exclude-system", "valueUri"),
    ("excludeNested", "valueBoolean"),
    ("excludeNotForUI", "valueBoolean"),
    ("filter", "valueString"),
    ("includeDefinition", "valueBoolean"),
    ("includeDesignations", "valueBoolean"),
    ("offset", "valueInteger"),
)
"""Parameters of the request that an expansion repeats, with the type it repeats them in."""


def expand(
    source: Source,
    value_set: Mapping[str, Any],
    request: Request,
    options: Options,
    *,
    now: datetime,
    identifier: str,
) -> dict[str, Any]:
    """The value set with its expansion. `now` is an aware instant, `identifier` a URI of its own for this expansion.

    Properties are given as in R5 (`expansion.property`, `contains.property`); see `release.as_r4`.

    Raises:
        TooCostly: more than MOST_CODES, and no page was asked for; and all that `Composer.entries` raises.
    """
    options = options.seen(value_set)
    resolver = Resolver(source, options)
    resolver.require(list(options.supplements))
    composer = Composer(resolver)
    entries = composer.entries(value_set)
    chosen = _filtered(entries, value_set, request, options)
    count, offset = request.number("count"), request.number("offset") or 0
    if count is None and len(chosen) > MOST_CODES:
        raise TooCostly(value_set=concepts.vurl(value_set), limit=MOST_CODES)
    page = chosen[offset:] if count is None else chosen[offset : offset + count]
    writer = contains.Writer(request, options, _systems_of_many_versions(value_set))
    flat = request.flag("excludeNested") or "exclude" in value_set.get("compose", {})
    nested = not flat and len(page) == len(chosen)
    listed = writer.tree(page) if nested else [writer.line(each) for each in page]
    expansion: dict[str, Any] = {
        "identifier": identifier,
        "timestamp": now.isoformat(),
        "total": len(chosen),
        **({"offset": offset} if count is not None or offset else {}),
        "parameter": parameters(value_set, request, options, composer),
    }
    if writer.properties:
        expansion["property"] = [{"code": code, "uri": uri} for code, uri in writer.properties.items()]
    if listed:
        expansion["contains"] = listed
    kept = {name: value for name, value in value_set.items() if name not in LEFT_OUT}
    if request.flag("includeDefinition") and "compose" in value_set:
        kept["compose"] = value_set["compose"]
    return {**kept, "expansion": expansion}


def find_value_set(source: Source, request: Request, options: Options) -> Mapping[str, Any]:
    """The value set that a request gives or names.

    Raises:
        BadRequest: it does neither.
        UnknownValueSet: it names one that is not there.
    """
    given = request.one("valueSet")
    if isinstance(given, Mapping):
        return given
    url = request.text("url", "valueSet", "context")
    if not url:
        raise BadRequest(why="Name a value set by url, or give it as valueSet")
    version = request.text("valueSetVersion")
    canonical = f"{url}|{version}" if version and "|" not in url else url
    found = Resolver(source, options).value_set(canonical)
    if found is None:
        raise UnknownValueSet(value_set=canonical)
    return found


def text_test(text: str) -> Callable[[Entry], bool]:
    """A test whether every word of a text begins a word of a name of the concept, or of its code."""
    asked = [(word, re.compile(rf"(?<![^\W_]){re.escape(word)}")) for word in words(text)]

    def test(entry: Entry) -> bool:
        concept = entry.concept
        names = [concept.code.lower(), fold(concept.display or "")]
        names += [fold(each.get("value", "")) for each in concept.designations]
        known = "\n".join(names)
        return all(word in known and begins.search(known) for word, begins in asked)

    return test


def _filtered(
    entries: Mapping[Key, Entry], value_set: Mapping[str, Any], request: Request, options: Options
) -> list[Entry]:
    active_only = options.active_only or value_set.get("compose", {}).get("inactive") is False
    chosen: Iterable[Entry] = entries.values()
    if active_only:
        chosen = (each for each in chosen if not concepts.is_inactive(each.provider, each.concept))
    if request.flag("excludeNotForUI"):
        chosen = (each for each in chosen if not concepts.is_abstract(each.provider, each.concept))
    if excluded := [str(each).partition("|")[::2] for each in request.all("exclude-system")]:
        chosen = (each for each in chosen if not _is_of(each, excluded))
    if text := request.text("filter"):
        chosen = filter(text_test(text), chosen)
    return list(chosen)


def _is_of(entry: Entry, systems: list[tuple[str, str]]) -> bool:
    """Whether the concept is of one of the (system, version); without a version, of any version."""
    return any(entry.system == system and version in {"", entry.version} for system, version in systems)


def _systems_of_many_versions(value_set: Mapping[str, Any]) -> frozenset[str]:
    """Systems that the definition names in more than one way, so that each code has to say its version."""
    compose = value_set.get("compose", {})
    stated: dict[str, set[str | None]] = {}
    for rule in (*compose.get("include", ()), *compose.get("exclude", ())):
        if "system" in rule:
            stated.setdefault(rule["system"], set()).add(rule.get("version"))
    return frozenset(system for system, found in stated.items() if len(found) > 1)


def parameters(
    value_set: Mapping[str, Any], request: Request, options: Options, composer: Composer
) -> list[dict[str, Any]]:
    """`expansion.parameter`: what was asked, and what was used to answer it."""
    found = [{"name": name, kind: value} for name, kind in ECHOED for value in _echoed(request, name, kind)]
    if options.languages:
        found.append({"name": "displayLanguage", "valueCode": options.languages.text})
    if composer.versions_matched:
        found.append({"name": "versionsMatch", "valueBoolean": True})
    resolver = composer.resolver
    used = [(name, canonical) for name, canonical in resolver.used_rules if name != "check-system-version"]
    used += [("used-codesystem", each) for each in composer.used_systems]
    used += [("used-valueset", each) for each in composer.used_value_sets if each]
    used += [("used-supplement", each) for each in resolver.used_supplements]
    heads = [each.head for each in composer.used_systems.values()] + list(composer.used_value_sets.values())
    for head in heads:
        if kind := status.of(head, value_set):
            used.append((f"warning-{kind}", concepts.vurl(head)))
    return found + [{"name": name, "valueUri": canonical} for name, canonical in used]


def _echoed(request: Request, name: str, kind: str) -> list[Any]:
    """The values of a parameter in the type in which it is repeated."""
    if kind == "valueInteger":
        number = request.number(name)
        return [] if number is None else [number]
    if kind == "valueBoolean":
        return [request.flag(name)] if request.one(name) is not None else []
    return [str(each) for each in request.all(name)]
