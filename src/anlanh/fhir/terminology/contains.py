"""The lines of an expansion: code, display, designations, properties, and the tree they make.

FHIR: ValueSet.expansion.contains (properties as in R5)
Source: https://hl7.org/fhir/R5/valueset-definitions.html#ValueSet.expansion.contains
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anlanh.fhir.terminology import concepts
from anlanh.fhir.terminology.compose import Entry
from anlanh.fhir.terminology.concepts import CONCEPT_PROPERTIES, EXTENSION, STANDARDS_STATUS
from anlanh.fhir.terminology.displays import Display, displays_of, preferred
from anlanh.fhir.terminology.request import Options, Request

LANGUAGE_SYSTEM = "urn:ietf:bcp:47"

AS_PROPERTY = {
    EXTENSION + "codesystem-label": ("label", "label", "valueString"),
    EXTENSION + "valueset-label": ("label", "label", "valueString"),
    EXTENSION + "codesystem-conceptOrder": ("order", "order", "valueDecimal"),
    EXTENSION + "valueset-conceptOrder": ("order", "order", "valueDecimal"),
    EXTENSION + "itemWeight": ("weight", "itemWeight", "valueDecimal"),
    EXTENSION + "ordinalValue": ("weight", "itemWeight", "valueDecimal"),
}
"""Extensions of R4 that are properties since R5: (code, standard property, type)."""

KEPT_OF_CONCEPT = frozenset({EXTENSION + "rendering-style", EXTENSION + "rendering-xhtml"})
KEPT_OF_VALUE_SET = KEPT_OF_CONCEPT | {
    EXTENSION + "valueset-concept-definition",
    EXTENSION + "valueset-deprecated",
    STANDARDS_STATUS,
}


class Writer:
    """Writes the lines of one expansion, and gathers the properties that they have (code to URI)."""

    def __init__(self, request: Request, options: Options, versioned: frozenset[str]) -> None:
        self._languages = options.languages
        self._designations = request.flag("includeDesignations")
        self._uses = [str(each) for each in request.all("designation")]
        self._wanted = [str(each) for each in request.all("property")]
        self._versioned = versioned
        self.properties: dict[str, str] = {}

    def tree(self, entries: list[Entry]) -> list[dict[str, Any]]:
        """The lines under the nearest of their ancestors; those of enumerated concepts stay where they are."""
        lines = {(each.system, each.version, each.concept.code): self.line(each) for each in entries}
        roots: list[dict[str, Any]] = []
        for each in entries:
            line = lines[each.system, each.version, each.concept.code]
            parent = None if each.stated is not None else self._parent(each, lines)
            (roots if parent is None else parent.setdefault("contains", [])).append(line)
        return roots

    def line(self, entry: Entry) -> dict[str, Any]:
        """One concept as `contains`."""
        provider, concept = entry.provider, entry.concept
        names = displays_of(provider, concept, entry.stated)
        shown = preferred(names, self._languages)
        line: dict[str, Any] = {"system": entry.system}
        if extensions := self._extensions(entry):
            line = {"extension": extensions, **line}
        if concepts.is_abstract(provider, concept):
            line["abstract"] = True
        if concepts.is_inactive(provider, concept):
            line["inactive"] = True
        if entry.system in self._versioned and entry.version:
            line["version"] = entry.version
        line["code"] = concept.code
        if shown:
            line["display"] = shown.value
        if self._designations and (others := self._others(names, shown)):
            line["designation"] = others
        if properties := self._properties(entry):
            line["property"] = properties
        return line

    def _parent(
        self, entry: Entry, lines: Mapping[tuple[str, str | None, str], dict[str, Any]]
    ) -> dict[str, Any] | None:
        pending = list(entry.concept.parents)
        seen: set[str] = {entry.concept.code}
        while pending:
            code = pending.pop(0)
            if (found := lines.get((entry.system, entry.version, code))) is not None:
                return found
            seen.add(code)
            above = entry.provider.find(code)
            pending += [each for each in (above.parents if above else ()) if each not in seen]
        return None

    def _others(self, names: list[Display], shown: Display | None) -> list[dict[str, Any]]:
        others = [each for each in names if each is not shown and (not each.main or each.language)]
        if self._uses:
            others = [each for each in others if any(_is_use(use, each) for use in self._uses)]
        return [each.designation for each in others]

    def _extensions(self, entry: Entry) -> list[dict[str, Any]]:
        own = [each for each in entry.concept.extensions if each.get("url") in KEPT_OF_CONCEPT]
        listed = (entry.stated or {}).get("extension", ())
        return own + [each for each in listed if each.get("url") in KEPT_OF_VALUE_SET]

    def _properties(self, entry: Entry) -> list[dict[str, Any]]:
        found: dict[str, list[dict[str, Any]]] = {}
        listed = (entry.stated or {}).get("extension", ())
        for each in (*entry.concept.extensions, *listed):
            if each.get("url") in AS_PROPERTY:
                code, standard, kind = AS_PROPERTY[each["url"]]
                self.properties.setdefault(code, CONCEPT_PROPERTIES + standard)
                found[code] = [{"code": code, kind: concepts.value_of(each)}]
        state = concepts.status(entry.provider, entry.concept)
        if state is not None and state != "active":
            self.properties.setdefault("status", CONCEPT_PROPERTIES + "status")
            found["status"] = [{"code": "status", "valueCode": state}]
        if "definition" in self._wanted and entry.concept.definition:
            self.properties.setdefault("definition", CONCEPT_PROPERTIES + "definition")
            found["definition"] = [{"code": "definition", "valueString": entry.concept.definition}]
        for each in entry.concept.properties:
            code = each.get("code", "")
            if (code in self._wanted or "*" in self._wanted) and code != "status":
                self.properties.setdefault(code, _uri(entry, code))
                found.setdefault(code, []).append(dict(each))
        return [each for values in found.values() for each in values]


def _uri(entry: Entry, code: str) -> str:
    declared: Mapping[str, Any] = next(
        (each for each in entry.provider.head.get("property", ()) if each.get("code") == code), {}
    )
    return str(declared.get("uri", f"{entry.system}#{code}"))


def _is_use(asked: str, display: Display) -> bool:
    """Whether a designation is of the use or language asked for (`system|code`)."""
    system, _, code = asked.rpartition("|")
    if system == LANGUAGE_SYSTEM:
        return display.language is not None and display.language.lower() == code.lower()
    use = display.raw.get("use", {})
    return bool(use.get("code") == code and (not system or use.get("system") == system))
