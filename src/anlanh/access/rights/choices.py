"""What a citizen may choose about their record, as a FHIR Consent, and back in plain words. Pure.

FHIR: Consent
Source: https://hl7.org/fhir/R4/consent.html; Luật 91/2025/QH15 Điều 9, 10; Luật 15/2023/QH15 Điều 69
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from anlanh.access.policy import rules
from anlanh.access.policy.sight import LABELS
from anlanh.access.relations import care
from anlanh.access.relations.consent import TYPES
from anlanh.access.rights import tables
from anlanh.fhir.store.write import instant_text
from anlanh.fhir.vn.systems import BASE

Resource: TypeAlias = dict[str, Any]

SCOPES = "http://terminology.hl7.org/CodeSystem/consentscope"
KINDS = f"{BASE}CodeSystem/consent-kind"
_NAMES = uuid.UUID("7d3c3ad5-9a86-4d35-8c06-5a3c9b6a4f10")


class Kind(StrEnum):
    """What is chosen."""

    HIDE_CATEGORY = "hide-category"
    HIDE_PART = "hide-part"
    HIDE_FACILITY = "hide-facility"
    SHARE = "share"
    DELEGATE = "delegate"
    PURPOSE = "purpose"


PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "conditions": ("Bệnh tật, chẩn đoán", ("Condition",)),
    "medicines": (
        "Thuốc",
        ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"),
    ),
    "results": ("Kết quả xét nghiệm, chỉ số đo", ("Observation", "DiagnosticReport", "Specimen")),
    "images": ("Chẩn đoán hình ảnh", ("ImagingStudy", "Media")),
    "procedures": ("Thủ thuật, phẫu thuật", ("Procedure",)),
    "documents": ("Giấy tờ, tài liệu", ("DocumentReference", "Composition")),
    "vaccinations": ("Tiêm chủng", ("Immunization",)),
}
"""Parts of the record as people speak of them, and their types."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice. `value`: a category, part, purpose, or the reference of a facility, doctor or person, whose `name` is
    shown; `categories` open to a delegate beside the rest; `until`: the last day."""

    kind: Kind
    value: str
    name: str = ""
    until: date | None = None
    reason: str = ""
    categories: tuple[str, ...] = ()


def consent_id(patient: str, choice: Choice) -> str:
    """The id of the Consent of that choice: chosen twice it is one."""
    return str(uuid.uuid5(_NAMES, f"{patient} {choice.kind} {choice.value}"))


def digest(text: str) -> str:
    """Hex digest of a wording, by which a receipt names it."""
    return hashlib.sha256(text.encode()).hexdigest()


def says(choice: Choice) -> str:
    """What is agreed to, in the words that the receipt keeps."""
    return _SAYS[choice.kind](choice) + _until(choice)


def _until(choice: Choice) -> str:
    return f" Có hiệu lực đến hết ngày {choice.until:%d/%m/%Y}." if choice.until else ""


def _hide_category(choice: Choice) -> str:
    name = rules.load().categories[choice.value].vi
    return f"Tôi che nhóm thông tin “{name}” trong hồ sơ của tôi với mọi người, trừ khi cấp cứu hoặc luật yêu cầu."


def _hide_part(choice: Choice) -> str:
    name = PARTS[choice.value][0]
    return f"Tôi che mục “{name}” trong hồ sơ của tôi với mọi người, trừ khi cấp cứu hoặc luật yêu cầu."


def _hide_facility(choice: Choice) -> str:
    return f"Tôi không cho {choice.name} xem hồ sơ của tôi, trừ khi cấp cứu hoặc luật yêu cầu."


def _share(choice: Choice) -> str:
    return f"Tôi cho {choice.name} xem hồ sơ của tôi, kể cả các nhóm thông tin nhạy cảm."


def _delegate(choice: Choice) -> str:
    names = ", ".join(rules.load().categories[each].vi for each in choice.categories)
    more = f", và nhóm nhạy cảm: {names}" if names else ", không gồm các nhóm thông tin nhạy cảm"
    return f"Tôi ủy quyền cho {choice.name} xem hồ sơ của tôi{more}. Lý do: {choice.reason}."


def _purpose(choice: Choice) -> str:
    return tables.purposes()[choice.value].text


_SAYS = {
    Kind.HIDE_CATEGORY: _hide_category,
    Kind.HIDE_PART: _hide_part,
    Kind.HIDE_FACILITY: _hide_facility,
    Kind.SHARE: _share,
    Kind.DELEGATE: _delegate,
    Kind.PURPOSE: _purpose,
}
"""One row for each kind."""


def resource(patient: str, choice: Choice, at: datetime, zone: ZoneInfo) -> Resource:
    """The active Consent of a choice of "Patient/x", made at that instant; it ends with its last day in that zone."""
    scope = "research" if choice.kind is Kind.PURPOSE and choice.value == "research" else "patient-privacy"
    code = choice.value if choice.kind is Kind.PURPOSE else str(choice.kind)
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": SCOPES, "code": scope}]},
        "category": [
            {"coding": [{"system": "http://loinc.org", "code": "59284-0"}]},
            {"coding": [{"system": KINDS, "code": code}], "text": says(choice)},
        ],
        "patient": {"reference": patient},
        "dateTime": instant_text(at),
        "performer": [{"reference": patient}],
        "policyRule": {"coding": [{"system": LABELS, "code": "OPTOUT" if _hides(choice) else "OPTIN"}]},
        "provision": _provision(choice, at, zone),
    }


def _hides(choice: Choice) -> bool:
    return choice.kind in (Kind.HIDE_CATEGORY, Kind.HIDE_PART, Kind.HIDE_FACILITY)


def end_of(choice: Choice, zone: ZoneInfo) -> datetime | None:
    """The last second of the last day; None: it lasts until it is taken back."""
    return None if choice.until is None else datetime.combine(choice.until, time(23, 59, 59), zone)


def _provision(choice: Choice, at: datetime, zone: ZoneInfo) -> Resource:
    end = end_of(choice, zone)
    period = {"start": instant_text(at), **({"end": end.isoformat()} if end else {})}
    made: Resource = {"type": "deny" if _hides(choice) else "permit", "period": period}
    match choice.kind:
        case Kind.HIDE_CATEGORY:
            made["securityLabel"] = _labels((choice.value,))
        case Kind.HIDE_PART:
            made["class"] = [{"system": TYPES, "code": each} for each in PARTS[choice.value][1]]
        case Kind.HIDE_FACILITY | Kind.SHARE:
            made["actor"] = _actor(choice)
        case Kind.DELEGATE:
            made["actor"] = _actor(choice)
            if choice.categories:
                more = {"type": "permit", "period": period, "actor": _actor(choice)}
                made["provision"] = [{**more, "securityLabel": _labels(choice.categories)}]
    return made


def _labels(categories: tuple[str, ...]) -> list[Resource]:
    known = rules.load().categories
    return [{"system": LABELS, "code": label} for each in categories for label in known[each].labels]


def _actor(choice: Choice) -> list[Resource]:
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]}
    return [{"role": role, "reference": {"reference": choice.value, "display": choice.name}}]


def kind_of(consent: Resource) -> str:
    """What a Consent made here chooses: a `Kind`, or the code of a purpose; empty for those made elsewhere."""
    codings = [each for concept in consent.get("category", ()) for each in concept.get("coding", ())]
    return next((each["code"] for each in codings if each.get("system") == KINDS), "")


def text_of(consent: Resource) -> str:
    """What it says in plain words; empty for those made elsewhere."""
    return next((str(each["text"]) for each in consent.get("category", ()) if each.get("text")), "")


def ends_at(consent: Resource) -> datetime | None:
    """The last moment; None: until it is taken back."""
    return care.instant_of(consent.get("provision", {}).get("period", {}).get("end"))


def party_of(consent: Resource) -> Resource:
    """The reference of the one to whom it opens or closes the record; empty: everyone."""
    actors = consent.get("provision", {}).get("actor", ())
    return dict(actors[0]["reference"]) if actors else {}
