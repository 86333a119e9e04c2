"""Results, vital signs, and what is known of how a person lives.

FHIR: DiagnosticReport, Observation
Source: HL7 "C-CDA on FHIR" 2.0: Results, Vital Signs, Social History, Smoking Status
"""

from __future__ import annotations

from anlanh.exchange.ccda.codec import Node
from anlanh.exchange.ccda.mapping import datatypes as types
from anlanh.exchange.ccda.mapping import header
from anlanh.exchange.ccda.mapping.datatypes import filled
from anlanh.exchange.ccda.mapping.make import Place, Resource, related
from anlanh.exchange.ccda.tables import codes
from anlanh.exchange.ccda.tables.systems import TERMINOLOGY

CATEGORIES = {
    "2.16.840.1.113883.10.20.22.4.2": "laboratory", "2.16.840.1.113883.10.20.22.4.27": "vital-signs",
    "2.16.840.1.113883.10.20.22.4.78": "social-history", "2.16.840.1.113883.10.20.22.4.85": "social-history",
    "2.16.840.1.113883.10.20.22.4.38": "social-history", "2.16.840.1.113883.10.20.15.3.8": "social-history",
    "2.16.840.1.113883.10.20.22.4.67": "survey", "2.16.840.1.113883.10.20.22.4.74": "survey",
    "2.16.840.1.113883.10.20.22.4.69": "survey", "2.16.840.1.113883.10.20.22.4.13": "procedure",
}  # fmt: skip
SECTIONS = {
    "30954-2": "laboratory",
    "8716-3": "vital-signs",
    "29762-2": "social-history",
    "29545-1": "exam",
    "47420-5": "survey",
}
"""Categories of what follows no template, by the LOINC of its section."""
NO_CODE = {"text": "Observation"}
COMMENT = "2.16.840.1.113883.10.20.22.4.64"


def report(place: Place, node: Node) -> None:
    """Result Organizer: a DiagnosticReport with its results."""
    make = place.make
    results = [each for told in node.all("component/observation") if (each := observation(place, told, node))]
    code = types.concept(node.one("code"), place.narrative)
    if code is None or not results:
        return
    times = _times(place, node, "effective")
    told = [each for each in (result.get("effectiveDateTime") for result in results) if each]
    if not times and told:
        times = {"effectiveDateTime": min(told)}
    place.add(
        "DiagnosticReport", identifier=types.identifiers(node.all("id")),
        status=codes.REPORT_STATUS.get(_status(node), "unknown"), category=[_category("laboratory", "v2-0074", "LAB")],
        code=code, subject=place.subject, encounter=place.encounter, **times,
        performer=_who(place, node), result=[make.reference(each) for each in results],
    )  # fmt: skip


def vitals(place: Place, node: Node) -> None:
    """Vital Signs Organizer: an Observation for each sign; the organizer itself only groups them."""
    for each in node.all("component/observation"):
        observation(place, each, node)


def group(place: Place, node: Node) -> None:
    """Any other organizer of observations."""
    for each in node.all("component/observation"):
        observation(place, each, node)


def single(place: Place, node: Node) -> None:
    """An observation by itself, and those it has as parts."""
    observation(place, node, node)


def observation(place: Place, node: Node, around: Node) -> Resource | None:
    """An observation that was made; without code and value there is nothing to tell. Its status and time may be the
    organizer's."""
    make = place.make
    value = types.value(node.one("value"), make.zone, place.narrative)
    code = types.concept(node.one("code"), place.narrative)
    if node.get("moodCode") not in ("EVN", "") or (not value and code is None):
        return None
    kind = category_of(place, node, around)
    members = [each for told in related(node) if told.name == "observation" and not _is_comment(told)
               and told.one("code") is not None and (each := observation(place, told, node))]  # fmt: skip
    found = place.add(
        "Observation", identifier=types.identifiers(node.all("id")),
        status=codes.OBSERVATION_STATUS.get(_status(node) or _status(around), "unknown"),
        category=[_category(kind)] if kind else None, code=code or dict(NO_CODE), subject=place.subject,
        encounter=place.encounter, **(_times(place, node, "effective") or _times(place, around, "effective")),
        performer=_who(place, node), interpretation=[each for told in node.all("interpretationCode") if (each := types.concept(told))],
        bodySite=types.concept(node.one("targetSiteCode")), method=types.concept(node.one("methodCode")),
        referenceRange=[each for told in node.all("referenceRange/observationRange") if (each := _range(place, told))],
        hasMember=[make.reference(each) for each in members], note=_notes(place, node),
    )  # fmt: skip
    if value and node.get("negationInd") != "true":
        found.update(value)
    elif not members:
        found["dataAbsentReason"] = {"coding": [{"system": f"{TERMINOLOGY}data-absent-reason", "code": "unknown"}]}
    return found


def category_of(place: Place, node: Node, around: Node) -> str | None:
    """By its template, else its section."""
    for each in (*node.all("templateId"), *around.all("templateId")):
        if found := CATEGORIES.get(each.get("root")):
            return found
    return SECTIONS.get(place.section)


def _range(place: Place, node: Node) -> Resource | None:
    value = node.one("value")
    low, high = (types.quantity(value.one(name)) if value is not None else None for name in ("low", "high"))
    text = types.words(node, place.narrative)
    plain = value.text() if value is not None and not (low or high) else ""
    return filled(low=low, high=high, text=text or plain) or None


def _times(place: Place, node: Node, stem: str) -> Resource:
    return types.time_of(node.one("effectiveTime"), stem, place.make.zone)


def _who(place: Place, node: Node) -> list[dict[str, str]]:
    people = [header.practitioner(place.make, each) for each in node.all("author/assignedAuthor")]
    authors = [place.make.reference(each) for each in people if each]
    return list({each["reference"]: each for each in (*header.performers(place.make, node), *authors)}.values())


def _notes(place: Place, node: Node) -> list[Resource]:
    return [{"text": said} for each in related(node, COMMENT) if (said := types.words(each, place.narrative))]


def _is_comment(node: Node) -> bool:
    return any(each.get("root") == COMMENT for each in node.all("templateId"))


def _status(node: Node) -> str:
    found = node.one("statusCode")
    return found.get("code") if found is not None else ""


def _category(code: str, system: str = "observation-category", instead: str | None = None) -> Resource:
    return {"coding": [{"system": f"{TERMINOLOGY}{system}", "code": instead or code}]}
