"""What a table of codes is: which column is what, where it comes from, and since when it is in force.

FHIR: CodeSystem (metadata), CodeSystem.property
Source: https://hl7.org/fhir/R4/codesystem.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

NOT_SELECTABLE = "http://hl7.org/fhir/concept-properties#notSelectable"
EFFECTIVE_PERIOD = "http://hl7.org/fhir/StructureDefinition/resource-effectivePeriod"


@dataclass(frozen=True)
class Property:
    """A column that becomes a property. `type` is a type of CodeSystem.property; `uri` where it is a standard one."""

    column: str
    code: str
    type: str = "string"
    uri: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Level:
    """Columns of a grouping above the codes, such as chapters: each value becomes a concept of its own."""

    code: str
    display: str
    selectable: bool = False
    """Whether records may carry the group itself."""


@dataclass(frozen=True)
class Catalogue:
    """A table of codes of one version. Versions stand side by side: the version is part of what a code system is."""

    url: str
    version: str
    name: str
    title: str
    source: str
    code: str
    display: str
    effective_from: date | None = None
    effective_to: date | None = None
    language: str = "vi"
    designations: Mapping[str, str] = field(default_factory=dict)
    """Column to language."""
    synonyms: tuple[str, ...] = ()
    """Columns of further names in the language of the catalogue; several in one cell are parted by `;`."""
    definition: str | None = None
    parent: str | None = None
    levels: tuple[Level, ...] = ()
    """From the top down."""
    properties: tuple[Property, ...] = ()
    pattern: re.Pattern[str] = re.compile(r"\S+( \S+)*")
    """What a code looks like."""
    marks: str = ""
    """Signs that may follow a code and are no part of it, such as dagger and asterisk; kept as property `mark`."""
    case_sensitive: bool = True
    pad: int = 0
    """Codes of digits that spreadsheets have shortened are filled up with zeros to this length."""

    @property
    def head(self) -> dict[str, Any]:
        """The CodeSystem resource without its concepts."""
        declared: list[dict[str, Any]] = [
            {
                "code": each.code,
                **({"uri": each.uri} if each.uri else {}),
                **({"description": each.description} if each.description else {}),
                "type": each.type,
            }
            for each in self.properties
        ]
        if self.marks:
            declared.append({"code": "mark", "description": f"{self.marks}", "type": "string"})
        period = {
            name: day.isoformat() for name, day in (("start", self.effective_from), ("end", self.effective_to)) if day
        }
        head: dict[str, Any] = {
            "resourceType": "CodeSystem",
            "language": self.language,
            "url": self.url,
            "version": self.version,
            "name": self.name,
            "title": self.title,
            "status": "active",
            "experimental": False,
            "description": f"Source: {self.source}",
            "caseSensitive": self.case_sensitive,
            "content": "complete",
        }
        if period:
            head["extension"] = [{"url": EFFECTIVE_PERIOD, "valuePeriod": period}]
        if self.parent or self.levels:
            head["hierarchyMeaning"] = "is-a"
        if not all(each.selectable for each in self.levels):
            declared.append({"code": "notSelectable", "uri": NOT_SELECTABLE, "type": "boolean"})
        return {**head, "property": declared} if declared else head

    def in_force(self, day: date) -> bool:
        """Whether this version is to be used for something of that day."""
        after = self.effective_from is None or self.effective_from <= day
        return after and (self.effective_to is None or day <= self.effective_to)


def version_on(catalogues: list[Catalogue], day: date) -> Catalogue | None:
    """The version to use for something of that day: of those in force, the one that came last."""
    usable = [each for each in catalogues if each.in_force(day)]
    return max(usable, key=lambda each: (each.effective_from or date.min, each.version), default=None)
