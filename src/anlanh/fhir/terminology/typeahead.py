"""$expand while somebody types: a text and a first page, answered from an index that is kept, best hits first.

Only value sets of one code system are answered here, and only requests that ask for nothing but names; for all others
the answer is None, and `expand` works it out. The codes are those that `expand` gives, in the order of how well they
fit. The expansion has no total, for counting would cost more than the page.

FHIR: ValueSet $expand with `filter`
Source: https://hl7.org/fhir/R4/valueset-operation-expand.html
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from anlanh.fhir.terminology import concepts, contains, expand
from anlanh.fhir.terminology.compose import Composer, Entry
from anlanh.fhir.terminology.request import Options, Request, options
from anlanh.fhir.terminology.resolver import Resolver
from anlanh.fhir.terminology.source import Source
from anlanh.fhir.terminology.suggest import Suggestions
from anlanh.kernel.vn.abbreviations import CLINICAL

KEPT = 16
MOST_COUNT = 200
UNDERSTOOD = frozenset(
    {
        "url", "context", "valueSetVersion", "filter", "count", "offset", "displayLanguage", "activeOnly",
        "excludeNested", "excludeNotForUI", "includeDesignations", "designation",
    }
)  # fmt: skip
"""Parameters that this way of answering takes account of; any other leads to the full expansion."""

Key = tuple[object, ...]


@dataclass(frozen=True)
class _Index:
    suggestions: Suggestions
    entries: Mapping[str, Entry]
    composer: Composer


class TypeAhead:
    """Keeps an index for each of the last KEPT value sets, by their versions and that of their code system."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, _Index] = OrderedDict()
        self._lock = Lock()

    def answer(
        self,
        source: Source,
        parameters: Mapping[str, Any],
        *,
        now: datetime,
        identifier: str,
        accept_language: str | None = None,
    ) -> dict[str, Any] | None:
        """The value set with the page of its expansion, or None where `expand` has to answer.

        Raises:
            Problem: what `expand.find_value_set` and `Composer.entries` raise.
        """
        request = Request.of(parameters)
        names = {str(each.get("name")) for each in parameters.get("parameter", ())}
        text, count = request.text("filter"), request.number("count")
        if not text or count is None or count > MOST_COUNT or not names <= UNDERSTOOD:
            return None
        asked = options(request, accept_language)
        value_set = expand.find_value_set(source, request, asked)
        asked = asked.seen(value_set)
        index = self._index(source, value_set, request, asked)
        if index is None:
            return None
        offset = request.number("offset") or 0
        writer = contains.Writer(request, asked, frozenset())
        hits = index.suggestions.find(text, count, offset)
        expansion: dict[str, Any] = {
            "identifier": identifier,
            "timestamp": now.isoformat(),
            "offset": offset,
            "parameter": expand.parameters(value_set, request, asked, index.composer),
        }
        if hits:
            expansion["contains"] = [writer.line(index.entries[hit.code]) for hit in hits]
        return {**{k: v for k, v in value_set.items() if k not in expand.LEFT_OUT}, "expansion": expansion}

    def _index(self, source: Source, value_set: Mapping[str, Any], request: Request, asked: Options) -> _Index | None:
        compose = value_set.get("compose", {})
        rules = compose.get("include", ())
        if len(rules) != 1 or "exclude" in compose or "valueSet" in rules[0] or "system" not in rules[0]:
            return None
        if asked.supplements:
            return None
        resolver = Resolver(source, asked)
        provider = resolver.code_system(rules[0]["system"], rules[0].get("version"))
        if provider is None:
            return None
        flags = (asked.active_only or compose.get("inactive") is False, request.flag("excludeNotForUI"))
        key = (*_version(value_set), *_version(provider.head), *flags)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = _built(Composer(resolver), value_set, flags)
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


def _built(composer: Composer, value_set: Mapping[str, Any], flags: tuple[bool, bool]) -> _Index:
    chosen = {each.concept.code: each for each in composer.entries(value_set).values() if _wanted(each, flags)}
    return _Index(Suggestions((each.concept for each in chosen.values()), CLINICAL), chosen, composer)


def _version(resource: Mapping[str, Any]) -> Key:
    """What changes when the resource does."""
    return resource.get("url"), resource.get("version"), resource.get("id"), resource.get("meta", {}).get("versionId")


def _wanted(entry: Entry, flags: tuple[bool, bool]) -> bool:
    active_only, for_people = flags
    inactive = active_only and concepts.is_inactive(entry.provider, entry.concept)
    return not inactive and not (for_people and concepts.is_abstract(entry.provider, entry.concept))
