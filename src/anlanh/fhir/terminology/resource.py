"""A code system read from its CodeSystem resource, indexed once, with supplements merged in.

FHIR: CodeSystem, CodeSystem.supplements
Source: https://hl7.org/fhir/R4/codesystem.html#supplements
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from anlanh.fhir.terminology.concepts import CONCEPT_PROPERTIES, Concept, value_of, vurl


class ResourceCodeSystem:
    """A `CodeSystemProvider` over one CodeSystem resource. Read-only after it is made."""

    def __init__(self, head: Mapping[str, Any], supplements: Iterable[Mapping[str, Any]] = ()) -> None:
        self.head = head
        self._supplements = tuple(supplements)
        self._concepts: dict[str, Concept] = {}
        self._folded: dict[str, str] = {}
        self._index(head.get("concept", ()), None)
        self._link(head)
        for supplement in self._supplements:
            self._merge(supplement)
        if head.get("caseSensitive") is False:
            self._folded = {code.casefold(): code for code in self._concepts}

    def find(self, code: str) -> Concept | None:
        found = self._concepts.get(code)
        if found is None and self._folded:
            return self._concepts.get(self._folded.get(code.casefold(), ""))
        return found

    def concepts(self) -> Iterable[Concept]:
        return self._concepts.values()

    def descendants(self, code: str) -> set[str]:
        return self._walk(code, "children")

    def ancestors(self, code: str) -> set[str]:
        return self._walk(code, "parents")

    def supplements(self) -> tuple[str, ...]:
        return tuple(vurl(each) for each in self._supplements)

    def _walk(self, code: str, towards: str) -> set[str]:
        reached: set[str] = set()
        pending = [code]
        while pending:
            concept = self._concepts.get(pending.pop())
            fresh = [each for each in getattr(concept, towards, ()) if each not in reached]
            reached.update(fresh)
            pending += fresh
        return reached - {code}

    def _index(self, concepts: Iterable[Mapping[str, Any]], parent: str | None) -> None:
        pending: list[tuple[Mapping[str, Any], str | None]] = [(each, parent) for each in reversed(list(concepts))]
        while pending:
            raw, above = pending.pop()
            code = raw["code"]
            inner = raw.get("concept", ())
            concept = self._concepts.get(code)
            if concept is None:
                concept = self._concepts[code] = Concept(
                    code,
                    raw.get("display"),
                    raw.get("definition"),
                    list(raw.get("designation", ())),
                    list(raw.get("property", ())),
                    list(raw.get("extension", ())),
                )
            if above is not None and above not in concept.parents:
                concept.parents += (above,)
            concept.children += tuple(each["code"] for each in inner if each["code"] not in concept.children)
            pending += [(each, code) for each in reversed(inner)]

    def _link(self, head: Mapping[str, Any]) -> None:
        """Parents and children that are told by properties, not by nesting."""
        names: dict[str, str] = {"parent": "parent", "child": "child", "subsumedBy": "parent"}
        for each in head.get("property", ()):
            for standard in ("parent", "child"):
                if each.get("uri") == CONCEPT_PROPERTIES + standard:
                    names[each.get("code", "")] = standard
        for concept in self._concepts.values():
            for each in concept.properties:
                kind = names.get(each.get("code", ""))
                related = self._concepts.get(str(value_of(each))) if kind else None
                if related is not None:
                    above, below = (related, concept) if kind == "parent" else (concept, related)
                    if above.code not in below.parents:
                        below.parents += (above.code,)
                    if below.code not in above.children:
                        above.children += (below.code,)

    def _merge(self, supplement: Mapping[str, Any]) -> None:
        pending = list(supplement.get("concept", ()))
        while pending:
            raw = pending.pop()
            pending += raw.get("concept", ())
            concept = self._concepts.get(raw["code"])
            if concept is None:
                continue
            language = supplement.get("language")
            if raw.get("display") and raw["display"] != concept.display:
                concept.designations.append({"language": language, "value": raw["display"]})
            concept.designations += raw.get("designation", ())
            concept.properties += raw.get("property", ())
            concept.extensions += raw.get("extension", ())
        self.head = {**self.head, "property": [*self.head.get("property", ()), *supplement.get("property", ())]}
