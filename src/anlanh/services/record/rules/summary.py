"""The International Patient Summary of a person: a document of what the next doctor needs, in the profiles of the IPS.

Only elements that the profiles know leave; references stay within the document. Where nothing is recorded the section says
that it is not available: that nobody wrote an allergy down is not the same as that there is none.

FHIR: Bundle (document), Composition
Source: http://hl7.org/fhir/uv/ips 2.0.0; https://hl7.org/fhir/R4/documents.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID, uuid5

from anlanh.fhir.vn.systems import BHYT_CARD, PERSONAL_ID
from anlanh.services.record.rules import immunizations, lines, medicines, results, words
from anlanh.services.record.rules.words import Names, Resource

IPS = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
LOINC = "http://loinc.org"
OURS = UUID("6f0c1e0a-7d53-5f1b-9a53-0b8f2c9b7f11")
"""Under which the addresses within documents are made: the same resource has the same one in all."""

XHTML = "http://www.w3.org/1999/xhtml"
EMPTY = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "unavailable"}]}
ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
NOT_TOLD = "Chưa ghi nhận trong hồ sơ"
TITLE = "Tóm tắt hồ sơ sức khỏe"


@dataclass(frozen=True, slots=True)
class Part:
    """A section: its name here, title in Vietnamese and English, LOINC code; `required`: it stands even when empty."""

    name: str
    vi: str
    en: str
    loinc: str
    required: bool = False


PARTS = (
    Part("problems", "Bệnh hiện có", "Problems", "11450-4", required=True),
    Part("allergies", "Dị ứng", "Allergies and intolerances", "48765-2", required=True),
    Part("medicines", "Thuốc đang dùng", "Medicines", "10160-0", required=True),
    Part("immunizations", "Tiêm chủng", "Immunizations", "11369-6"),
    Part("procedures", "Phẫu thuật, thủ thuật", "Procedures", "47519-4"),
    Part("results", "Kết quả xét nghiệm", "Results", "30954-2"),
    Part("vital-signs", "Chỉ số đo", "Vital signs", "8716-3"),
    Part("past", "Bệnh đã qua", "Past illness", "11348-0"),
    Part("social", "Lối sống", "Social history", "29762-2"),
    Part("pregnancy", "Thai nghén", "Pregnancy", "10162-6"),
)
"""Source: http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips"""

KEPT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Patient": (
        "Patient-uv-ips",
        ("identifier", "name", "telecom", "gender", "birthDate", "deceasedDateTime", "deceasedBoolean", "address"),
    ),
    "Condition": (
        "Condition-uv-ips",
        (
            "clinicalStatus",
            "verificationStatus",
            "severity",
            "code",
            "onsetDateTime",
            "abatementDateTime",
            "recordedDate",
        ),
    ),
    "AllergyIntolerance": (
        "AllergyIntolerance-uv-ips",
        (
            "clinicalStatus",
            "verificationStatus",
            "type",
            "category",
            "criticality",
            "code",
            "onsetDateTime",
            "recordedDate",
            "reaction",
        ),
    ),
    "MedicationRequest": (
        "MedicationRequest-uv-ips",
        ("status", "intent", "medicationCodeableConcept", "authoredOn", "dosageInstruction"),
    ),
    "MedicationStatement": (
        "MedicationStatement-uv-ips",
        ("status", "medicationCodeableConcept", "effectiveDateTime", "effectivePeriod", "dosage"),
    ),
    "Immunization": (
        "Immunization-uv-ips",
        ("status", "vaccineCode", "occurrenceDateTime", "occurrenceString", "lotNumber", "route", "protocolApplied"),
    ),
    "Procedure": ("Procedure-uv-ips", ("status", "code", "performedDateTime", "performedPeriod")),
    "Observation": (
        "",
        (
            "status",
            "category",
            "code",
            "effectiveDateTime",
            "effectivePeriod",
            "valueQuantity",
            "valueCodeableConcept",
            "valueString",
            "interpretation",
            "referenceRange",
            "component",
        ),
    ),
}
"""Type to its profile and the elements that leave with it."""

PROFILES = {"results": "Observation-results-laboratory-pathology-uv-ips"}
NUMBERS = (PERSONAL_ID, BHYT_CARD)
SMOKING = "72166-2"
SMOKING_PROFILE = "Observation-tobaccouse-uv-ips"


def address_of(reference: str) -> str:
    """The address of a resource within a document: `urn:uuid:…`, always the same for the same resource."""
    return f"urn:uuid:{uuid5(OURS, reference)}"


def bundle(
    person: Resource, found: Mapping[str, Sequence[Resource]], names: Names, at: datetime, bundle_id: str
) -> Resource:
    """The document. `found`: resources by the name of their section, in the order in which they are to stand."""
    subject = address_of(f"Patient/{person['id']}")
    held: dict[str, Resource] = {subject: _kept(person, "", subject)}
    author = address_of("Device/an-lanh")
    held[author] = {
        "resourceType": "Device",
        "id": author[9:],
        "deviceName": [{"name": "An Lành", "type": "user-friendly-name"}],
    }
    sections = []
    for part in PARTS:
        resources = found.get(part.name, ())
        if resources or part.required:
            sections.append(
                _section(part, [_entry(each, part, subject, names, held) for each in resources], resources, names)
            )
    composition = address_of(f"Composition/{bundle_id}")
    document = {
        "resourceType": "Composition", "id": composition[9:], "meta": {"profile": [f"{IPS}Composition-uv-ips"]}, "language": "vi",
        "text": _narrative([_p(f"{TITLE}: {words.called(person)}, {at:%d/%m/%Y}")]), "status": "final",
        "type": {"coding": [{"system": LOINC, "code": "60591-5"}]}, "subject": {"reference": subject}, "date": _instant(at),
        "author": [{"reference": author}], "title": TITLE, "section": sections,
    }  # fmt: skip
    entries = [{"fullUrl": composition, "resource": document}]
    entries += [{"fullUrl": url, "resource": resource} for url, resource in held.items()]
    return {
        "resourceType": "Bundle", "id": bundle_id, "meta": {"profile": [f"{IPS}Bundle-uv-ips"]}, "language": "vi",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{bundle_id}"}, "type": "document",
        "timestamp": _instant(at), "entry": entries,
    }  # fmt: skip


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _kept(resource: Resource, profile: str, url: str) -> Resource:
    """What of a resource leaves with the summary."""
    own, elements = KEPT[resource["resourceType"]]
    chosen = profile or own
    made: Resource = {"resourceType": resource["resourceType"], "id": url[9:]}
    if chosen:
        made["meta"] = {"profile": [f"{IPS}{chosen}"]}
    made |= {name: _without_references(resource[name]) for name in elements if name in resource}
    if resource["resourceType"] == "Patient":
        made["identifier"] = [each for each in made.get("identifier", ()) if each.get("system") in NUMBERS]
    return {name: value for name, value in made.items() if value not in ([], {})}


def _without_references(value: Any) -> Any:
    """Values without references to what stays behind, and without extensions that only this country reads."""
    if isinstance(value, dict):
        return {
            name: _without_references(each) for name, each in value.items() if name not in ("reference", "extension")
        }
    return [_without_references(each) for each in value] if isinstance(value, list) else value


def _entry(resource: Resource, part: Part, subject: str, names: Names, held: dict[str, Resource]) -> str:
    """Put a resource into the document; its address."""
    url = address_of(f"{resource['resourceType']}/{resource['id']}")
    smoking = SMOKING in words.codes(resource.get("code"), LOINC)
    made = _kept(resource, SMOKING_PROFILE if smoking else PROFILES.get(part.name, ""), url)
    person = "patient" if resource["resourceType"] in ("AllergyIntolerance", "Immunization") else "subject"
    made[person] = {"reference": subject}
    facility = words.source(resource, names).facility
    if part.name == "results":
        made["performer"] = [_keeper(facility, held)]
    elif resource["resourceType"] == "MedicationRequest" and facility:
        made["requester"] = _keeper(facility, held)
    if resource["resourceType"] == "Immunization" and facility:
        made["performer"] = [{"actor": _keeper(facility, held)}]
    if resource["resourceType"] in ("Procedure", "MedicationStatement") and not words.on(resource):
        element = "performedDateTime" if resource["resourceType"] == "Procedure" else "effectiveDateTime"
        made[f"_{element}"] = {"extension": [ABSENT]}
    held[url] = made
    return url


def _keeper(facility: str, held: dict[str, Resource]) -> Resource:
    """A reference to the facility by its name; its Organization is put into the document."""
    if not facility:
        return {"display": "Không rõ cơ sở"}
    url = address_of(f"Organization/{facility}")
    held[url] = {
        "resourceType": "Organization", "id": url[9:], "meta": {"profile": [f"{IPS}Organization-uv-ips"]}, "name": facility,
    }  # fmt: skip
    return {"reference": url}


def _section(part: Part, urls: Sequence[str], resources: Sequence[Resource], names: Names) -> Resource:
    made: Resource = {
        "title": part.vi, "code": {"coding": [{"system": LOINC, "code": part.loinc}]},
        "text": _narrative([_table(row(each, names) for each in resources)] if resources else [_p(NOT_TOLD)]),
    }  # fmt: skip
    return made | ({"entry": [{"reference": each} for each in urls]} if urls else {"emptyReason": EMPTY})


def row(resource: Resource, names: Names) -> tuple[str, str, str]:
    """A resource in three cells: what, details, when and where."""
    kind = resource["resourceType"]
    if kind in ("MedicationRequest", "MedicationStatement"):
        doses = resource.get("dosageInstruction") or resource.get("dosage") or ()
        what, details = (
            medicines.title(resource, names),
            "; ".join(str(each["text"]) for each in doses if each.get("text")),
        )
    elif kind == "Observation":
        line = results.line(resource, names)
        what, details = line.title, f"{line.value} {line.unit}".strip()
    elif kind == "Immunization":
        (given,) = immunizations.given([{**resource, "status": "completed"}], names)
        what, details = given.title, f"mũi {given.dose}" if given.dose else ""
    elif kind == "AllergyIntolerance":
        (allergy,) = lines.allergies([{**resource, "verificationStatus": {}}], names)
        what, details = allergy.title, "; ".join(filter(None, (allergy.reaction, "nặng" if allergy.grave else "")))
    else:
        what, details = words.concept(resource.get("code")), words.code(resource.get("code"))
    on = "/".join(reversed(words.on(resource)[:10].split("-")))
    return (
        what,
        details if details != what else "",
        ", ".join(filter(None, (on, words.source(resource, names).facility))),
    )


def _narrative(blocks: Iterable[str]) -> Resource:
    return {"status": "generated", "div": f'<div xmlns="{XHTML}" lang="vi">{"".join(blocks)}</div>'}


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _table(rows: Iterable[Sequence[str]]) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{escape(each)}</td>" for each in row) + "</tr>" for row in rows)
    return f"<table><tbody>{cells}</tbody></table>"
