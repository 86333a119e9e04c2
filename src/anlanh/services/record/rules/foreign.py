"""A FHIR document of another system (an IPS, a discharge summary) as it can be shown: section by section, in its own words.

FHIR: Bundle (document), Composition
Source: https://hl7.org/fhir/R4/documents.html#presentation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.model.json import MalformedJson
from anlanh.fhir.validate.structure import structure
from anlanh.kernel.vn.fold import fold
from anlanh.services.record.model import Chapter, Foreign
from anlanh.services.record.rules import narrative, words
from anlanh.services.record.rules.words import Resource

MEDIA = ("application/fhir+json", "application/json")
SAYS_WHAT = ("code", "medicationCodeableConcept", "vaccineCode", "type", "description", "class")
OF_TEXTS = "narrative"
"""Rules that only the texts of sections break: those are made safe here."""

MOST_CHAPTERS = 100
MOST_LINES = 100
DEEPEST = 4


def document(content: bytes, media: str) -> Foreign | None:
    """The document that some bytes are; None: they are none that can be shown."""
    if media.partition(";")[0].strip() not in MEDIA:
        return None
    try:
        bundle = json.decode(content)
    except MalformedJson:
        return None
    if (
        any(issue.fails and not issue.rule.startswith(OF_TEXTS) for issue in structure(bundle))
        or bundle.get("type") != "document"
    ):
        return None
    entries = [each for each in bundle.get("entry", ()) if "resource" in each]
    if not entries or entries[0]["resource"]["resourceType"] != "Composition":
        return None
    return _told(entries[0]["resource"], _by_address(entries))


def fits(found: Foreign, name: str, born: str) -> bool:
    """Whether the document says that it is about somebody of that name and birth date; names without accents and in any
    order, dates as far as both are known. Saying nothing of either is no contradiction."""
    same_name = not found.name or sorted(fold(found.name).split()) == sorted(fold(name).split())
    known = min(len(found.born), len(born))
    return same_name and found.born[:known] == born[:known]


def _told(composition: Resource, inside: Mapping[str, Resource]) -> Foreign:
    person = _at(composition.get("subject"), inside)
    chapters = [each for section in composition.get("section", ()) for each in _chapters(section, inside, 2)]
    return Foreign(
        str(composition.get("title", "")) or words.concept(composition.get("type")), str(composition.get("date", "")),
        tuple(dict.fromkeys(filter(None, (_called(each, inside) for each in composition.get("author", ()))))),
        _called(composition.get("custodian"), inside), words.called(person),
        str(person.get("birthDate", "")), tuple(chapters[:MOST_CHAPTERS]),
    )  # fmt: skip


def _chapters(section: Resource, inside: Mapping[str, Resource], level: int) -> Iterator[Chapter]:
    """A section, and those within it."""
    html = narrative.safe(str(section.get("text", {}).get("div", "")))
    lines = () if html else tuple(_lines(section, inside))[:MOST_LINES]
    title = str(section.get("title", "")) or words.concept(section.get("code"))
    if title or html or lines:
        yield Chapter(title, min(level, 3), html, lines)
    if level < DEEPEST:
        for each in section.get("section", ()):
            yield from _chapters(each, inside, level + 1)


def _lines(section: Resource, inside: Mapping[str, Resource]) -> Iterator[str]:
    for each in section.get("entry", ()):
        resource = _at(each, inside)
        what = next((said for name in SAYS_WHAT if (said := words.concept(resource.get(name)))), "")
        what = what or words.concept(_at(resource.get("medicationReference"), inside).get("code"))
        told = [what or str(resource.get("description", "")), _value(resource), words.on(resource)[:10]]
        if line := " · ".join(filter(None, told)):
            yield line


def _value(resource: Resource) -> str:
    quantity = resource.get("valueQuantity", {})
    if "value" in quantity:
        return f"{quantity['value']} {quantity.get('unit', '')}".strip()
    return str(resource.get("valueString", "")) or words.concept(resource.get("valueCodeableConcept"))


def _by_address(entries: list[Resource]) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for each in entries:
        resource = each["resource"]
        found[f"{resource.get('resourceType')}/{resource.get('id')}"] = resource
        found[str(each.get("fullUrl", ""))] = resource
    return found


def _at(reference: Any, inside: Mapping[str, Resource]) -> Resource:
    """The resource of the document that a Reference points at; nothing where there is none."""
    return inside.get(str((reference or {}).get("reference", "")), {})


def _called(reference: Any, inside: Mapping[str, Resource]) -> str:
    return words.called(_at(reference, inside)) or str((reference or {}).get("display", ""))
