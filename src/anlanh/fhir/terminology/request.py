"""The parameters of an operation, read once into typed options.

FHIR: Parameters of $expand, $validate-code, $lookup
Source: https://hl7.org/fhir/R4/valueset-operations.html, https://hl7.org/fhir/R4/codesystem-operations.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from anlanh.fhir.terminology import languages, versions
from anlanh.fhir.terminology.concepts import EXTENSION, value_of
from anlanh.fhir.terminology.languages import Languages
from anlanh.fhir.terminology.problems import BadRequest
from anlanh.fhir.terminology.versions import Rules

EXPANSION_PARAMETER = frozenset(
    {
        EXTENSION + "valueset-expansion-parameter",
        "http://hl7.org/fhir/tools/StructureDefinition/valueset-expansion-parameter",
    }
)
RULES = {
    "force-system-version": "force",
    "check-system-version": "check",
    "system-version": "default",
    "default-valueset-version": "value_sets",
}


@dataclass(frozen=True)
class Request:
    """The parameters of one call, by name, with the way to ask for them by type."""

    parameters: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(cls, parameters: Mapping[str, Any] | None) -> Request:
        """Read a Parameters resource; None is an empty one."""
        return cls(tuple((parameters or {}).get("parameter", ())))

    def all(self, name: str) -> list[Any]:
        """The values (or resources) of every parameter of that name."""
        return [each.get("resource", value_of(each)) for each in self.parameters if each.get("name") == name]

    def one(self, *names: str) -> Any:
        """The value of the first parameter with one of the names, or None."""
        return next((found for name in names for found in self.all(name)), None)

    def text(self, *names: str) -> str | None:
        """The value as text, or None."""
        value = self.one(*names)
        return None if value is None else str(value)

    def coding(self, *names: str) -> Mapping[str, Any] | None:
        """A Coding, or text of the form `system|code` as a URL has it; None when none is given.

        Raises:
            BadRequest: it is neither.
        """
        value = self.one(*names)
        if isinstance(value, str):
            system, _, code = value.rpartition("|")
            return {"code": code, **({"system": system} if system else {})}
        return self._object(value, names[0])

    def concept(self, *names: str) -> Mapping[str, Any] | None:
        """A CodeableConcept; None when none is given.

        Raises:
            BadRequest: it is something else.
        """
        return self._object(self.one(*names), names[0])

    @staticmethod
    def _object(value: Any, name: str) -> Mapping[str, Any] | None:
        if value is None or isinstance(value, Mapping):
            return value
        raise BadRequest(why=f"The parameter {name} is of the wrong type")

    def system(self) -> str | None:
        """The code system asked about: by URL, or as a resource."""
        given = self.one("codeSystem")
        return self.text("system") or (given.get("url") if isinstance(given, Mapping) else None)

    def flag(self, name: str, default: bool = False) -> bool:
        """The value as a boolean; text "true" counts, as it comes from a URL."""
        value = self.one(name)
        return default if value is None else value is True or value == "true"

    def number(self, name: str) -> int | None:
        """The value as an integer of at least 0, or None.

        Raises:
            BadRequest: it is none.
        """
        value = self.one(name)
        if value is None:
            return None
        if not str(value).isdecimal():
            raise BadRequest(why=f"The parameter {name} must be a whole number of 0 or more, not '{value}'")
        return int(value)


@dataclass(frozen=True)
class Options:
    """What applies to the whole operation, whatever value set it meets."""

    rules: Rules = field(default_factory=Rules)
    languages: Languages = field(default_factory=Languages)
    language_stated: bool = False
    active_only: bool = False
    supplements: tuple[str, ...] = ()
    versions_match: bool | None = None

    def seen(self, value_set: Mapping[str, Any]) -> Options:
        """The options with what the value set itself asks for; what the client asked for wins."""
        found = self
        for name, value in expansion_parameters(value_set):
            if name == "displayLanguage" and not found.language_stated:
                found = replace(found, languages=languages.parse(str(value)), language_stated=True)
            elif name == "versionsMatch":
                found = replace(found, versions_match=str(value) == "true")
        if needed := supplements_of(value_set):
            found = replace(found, supplements=(*found.supplements, *needed))
        if not found.languages and value_set.get("language"):
            found = replace(found, languages=languages.parse(value_set["language"]), language_stated=True)
        return found


def supplements_of(value_set: Mapping[str, Any]) -> list[str]:
    """The supplements that a value set depends on."""
    name = EXTENSION + "valueset-supplement"
    return [str(value_of(each)) for each in value_set.get("extension", ()) if each.get("url") == name]


def expansion_parameters(value_set: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """(name, value) of the parameters that a value set carries as extensions of its compose."""
    for each in value_set.get("compose", {}).get("extension", ()):
        if each.get("url") in EXPANSION_PARAMETER:
            parts = {part.get("url"): value_of(part) for part in each.get("extension", ())}
            yield str(parts.get("name")), parts.get("value")


def options(request: Request, accept_language: str | None) -> Options:
    """Read what is common to all operations.

    Raises:
        BadLanguage: displayLanguage is not understood.
    """
    stated = request.text("displayLanguage")
    asked = stated if stated is not None else accept_language
    return Options(
        rules=_rules(request),
        languages=languages.parse(asked or ""),
        language_stated=bool(asked),
        active_only=request.flag("activeOnly"),
        supplements=tuple(str(each) for each in request.all("useSupplement")),
    )


def _rules(request: Request) -> Rules:
    found: dict[str, dict[str, tuple[str, ...]]] = {part: {} for part in RULES.values()}
    for name, part in RULES.items():
        for canonical in request.all(name):
            url, _, version = str(canonical).partition("|")
            found[part][url] = (*found[part].get(url, ()), version)
    for systems in (found["force"], found["default"]):
        for url, stated in systems.items():
            versions.one(url, stated)
    return Rules(**found)
