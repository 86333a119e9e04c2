"""The names of a concept, and which of them fits the languages asked for.

FHIR: CodeSystem.concept.display, designation; displayLanguage
Source: https://hl7.org/fhir/R4/codesystem-definitions.html#CodeSystem.concept.designation
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from anlanh.fhir.terminology.concepts import EXTENSION, STANDARDS_STATUS, CodeSystemProvider, Concept, extension_value
from anlanh.fhir.terminology.languages import Languages, fits

PREFERRED = {
    "system": "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra",
    "code": "preferredForLanguage",
    "display": "Preferred For Language",
}
NAMING_USES = frozenset({None, "display", "preferredForLanguage", "900000000000003001", "900000000000013009"})
"""Uses of a designation that make it a name: none stated, display, fully specified name, synonym (SNOMED CT)."""

KEPT_EXTENSIONS = frozenset({EXTENSION + "coding-sctdescid", STANDARDS_STATUS})
WITHDRAWN = frozenset({"withdrawn", "deprecated"})


@dataclass(frozen=True)
class Display:
    """One name. `main` is the display of the concept itself; `raw` the designation in FHIR JSON."""

    value: str
    language: str | None
    main: bool
    raw: Mapping[str, Any]

    @property
    def is_name(self) -> bool:
        """Whether it may stand as display: a name still in use."""
        return not self.is_withdrawn and self.raw.get("use", {}).get("code") in NAMING_USES

    @property
    def is_withdrawn(self) -> bool:
        """Whether the name should no longer be used."""
        return extension_value(self.raw, STANDARDS_STATUS) in WITHDRAWN

    @property
    def designation(self) -> dict[str, Any]:
        """As a designation of an expansion, with the extensions that are known."""
        kept = [each for each in self.raw.get("extension", ()) if each.get("url") in KEPT_EXTENSIONS]
        rest = {name: value for name, value in self.raw.items() if name != "extension" and value is not None}
        return {"extension": kept, **rest} if kept else rest


def displays_of(
    provider: CodeSystemProvider, concept: Concept, stated: Mapping[str, Any] | None = None
) -> list[Display]:
    """All names of a concept, its own display first. `stated` is its entry in the value set, which may add names."""
    language = provider.head.get("language")
    own = (stated or {}).get("display") or concept.display
    found = [_main(own, language)] if own else []
    if own and concept.display and own != concept.display:
        found.append(_named({"value": concept.display, "language": language}))
    found += [_named(each) for each in concept.designations]
    return found + [_named(each) for each in (stated or {}).get("designation", ())]


def preferred(displays: Iterable[Display], languages: Languages) -> Display | None:
    """The name to show: the best for the languages, or the main one where others are allowed."""
    names = [each for each in displays if each.is_name or each.main]
    for tag in languages.tags:
        exact = (each for each in names if each.language is not None and each.language.lower() == tag.lower())
        near = (each for each in names if each.language is not None and fits(tag, each.language))
        found = next(exact, None) or next(near, None)
        if found is not None:
            return found
    main = next((each for each in names if each.main), None)
    if main is None or not languages or main.language is None or languages.others:
        return main
    return None


def _main(value: str, language: str | None) -> Display:
    raw = {"language": language, "use": PREFERRED, "value": value} if language else {"use": PREFERRED, "value": value}
    return Display(value, language, True, raw)


def _named(raw: Mapping[str, Any]) -> Display:
    return Display(str(raw.get("value", "")), raw.get("language"), False, raw)
