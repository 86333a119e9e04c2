"""The Bundle in the making: resources in order, references between them, and where in the document we are.

FHIR: Bundle (document), Reference
Source: https://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from anlanh.exchange.ccda.codec import Node

Resource = dict[str, Any]

BY_IDENTIFIER = ("Practitioner", "Organization")
"""Types whose identifiers tell one from another."""

SEED = uuid.UUID("5b0f6c51-2f0e-5f3c-8a38-0d4a7b0b9c1e")


class Make:
    """Resources made so far. The same document makes the same Bundle, with the same urn:uuid in it."""

    def __init__(self, seed: str, zone: ZoneInfo) -> None:
        self.zone = zone
        self.entries: list[tuple[str, Resource]] = []
        self._seed = f"urn:uuid:{str(uuid.uuid5(SEED, seed))[:-5]}"
        self._urls: dict[int, str] = {}
        self._same: dict[str, Resource] = {}

    def new(self, resource_type: str, **content: Any) -> Resource:
        """A resource, in the Bundle from now on; without what is empty."""
        resource = {"resourceType": resource_type} | {
            name: value for name, value in content.items() if value not in (None, "", [], {})
        }
        url = f"{self._seed}{len(self.entries):05x}"
        self._urls[id(resource)] = url
        self.entries.append((url, resource))
        return resource

    def once(self, resource_type: str, **content: Any) -> Resource:
        """The same, but a person or organization of that content only once; professionals and organizations by their
        identifiers too: what is told elsewhere in the document fills what the first place left out."""
        known_as = content.get("identifier") or [] if resource_type in BY_IDENTIFIER else []
        keys = [f"{resource_type}|{each.get('system')}|{each.get('value')}" for each in known_as]
        keys.append(f"{resource_type}{content!r}")
        found = next((self._same[key] for key in keys if key in self._same), None)
        if found is None:
            found = self.new(resource_type, **content)
        for name, value in content.items():
            if value not in (None, "", [], {}):
                found.setdefault(name, value)
        self._same |= dict.fromkeys(keys, found)
        return found

    def reference(self, resource: Resource) -> dict[str, str]:
        """A Reference to a resource of the Bundle."""
        return {"reference": self._urls[id(resource)]}

    def bundle(self) -> Resource:
        """All of it as a Bundle of type document."""
        entries = [{"fullUrl": url, "resource": resource} for url, resource in self.entries]
        return {"resourceType": "Bundle", "type": "document", "entry": entries}


@dataclass(frozen=True)
class Place:
    """Where an entry stands: its section's code and texts by their ids, and whom it is about. `made`: what the section
    refers to."""

    make: Make
    subject: dict[str, str]
    encounter: dict[str, str] | None = None
    section: str = ""
    narrative: Mapping[str, str] = field(default_factory=dict)
    made: list[Resource] = field(default_factory=list)

    def within(self, section: str, narrative: Mapping[str, str]) -> Place:
        """The same in a section."""
        return replace(self, section=section, narrative=narrative, made=[])

    def add(self, resource_type: str, **content: Any) -> Resource:
        """A resource of this section."""
        resource = self.make.new(resource_type, **content)
        self.made.append(resource)
        return resource


def has(node: Node, *templates: str) -> bool:
    """Whether an element follows one of some templates."""
    return any(each.get("root") in templates for each in node.all("templateId"))


def related(node: Node, *templates: str) -> Iterator[Node]:
    """Statements in an element's entryRelationships that follow one of some templates; all without one."""
    for relation in node.all("entryRelationship"):
        for each in relation.children():
            if each.name in STATEMENTS and (not templates or has(each, *templates)):
                yield each


STATEMENTS = (
    "act",
    "observation",
    "organizer",
    "procedure",
    "encounter",
    "substanceAdministration",
    "supply",
    "observationMedia",
)
"""Elements that state something. Source: CDA R2, clinicalStatement"""
