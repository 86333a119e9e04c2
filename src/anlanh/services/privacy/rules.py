"""Decisions and words of this service: pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from anlanh.access.audit.looks import Look
from anlanh.access.policy import rules as policy
from anlanh.access.rights.unusual.measures import Finding
from anlanh.services.privacy.model import Item, Line, Listed, Named
from anlanh.web.texts import Text, _

LINES = 40
"""Lines on one page of the list."""

CASE_WAITS = timedelta(days=3)
"""So long a case of unusual looks may wait."""

DEEDS: Mapping[str, Text] = {
    "R": _("saw"),
    "C": _("wrote"),
    "U": _("changed"),
    "D": _("deleted"),
    "E": _("opened or took a copy"),
}

PURPOSES: Mapping[str, Text] = {
    "TREAT": _("care"),
    "ETREAT": _("emergency care"),
    "PATADMIN": _("reception and registration"),
    "HPAYMT": _("payment"),
    "PUBHLTH": _("prevention of epidemics"),
    "HOPERAT": _("running of the system"),
    "HCOMPL": _("oversight of personal data"),
    "HRESCH": _("research"),
    "PATRQT": _("at personal request"),
    "FAMRQT": _("at the request of the family"),
}
"""Purposes of use in plain words. Source: http://terminology.hl7.org/ValueSet/v3-PurposeOfUse"""

OTHER = _("Other parts of the record")

TYPES: Mapping[str, Text] = {
    "Patient": _("Personal details"),
    "RelatedPerson": _("Relatives"),
    "Condition": _("Illnesses, diagnoses"),
    "AllergyIntolerance": _("Allergies"),
    "MedicationRequest": _("Prescriptions"),
    "MedicationStatement": _("Medicines taken"),
    "MedicationDispense": _("Medicines handed out"),
    "MedicationAdministration": _("Medicines given"),
    "Observation": _("Results and measurements"),
    "DiagnosticReport": _("Reports of examinations"),
    "Specimen": _("Specimens"),
    "ImagingStudy": _("Images"),
    "Media": _("Pictures"),
    "Procedure": _("Procedures and operations"),
    "Immunization": _("Vaccinations"),
    "ImmunizationRecommendation": _("Vaccinations to come"),
    "Encounter": _("Visits and stays"),
    "EpisodeOfCare": _("Programmes of care"),
    "CarePlan": _("Plans of care"),
    "CareTeam": _("Care teams"),
    "Appointment": _("Appointments"),
    "ServiceRequest": _("Orders and referrals"),
    "DocumentReference": _("Papers"),
    "Composition": _("Health record documents"),
    "QuestionnaireResponse": _("Forms filled in"),
    "FamilyMemberHistory": _("Illnesses in the family"),
    "RiskAssessment": _("Risk assessments"),
    "Coverage": _("Insurance"),
    "Claim": _("Insurance claims"),
    "Invoice": _("Invoices"),
    "ChargeItem": _("Charges"),
    "Account": _("Payments"),
    "Communication": _("Messages"),
    "Consent": _("Consents"),
    "AuditEvent": _("The list of who looked"),
    "Task": _("Tasks"),
    "Flag": _("Warnings"),
    "Provenance": _("Where facts come from"),
    "Binary": _("Files"),
    "Device": _("Devices"),
}
"""Types of resources as people call what they hold."""

STANDINGS: Mapping[str, Text] = {
    "active": _("present"),
    "recurrence": _("present again"),
    "relapse": _("present again"),
    "inactive": _("not present now"),
    "remission": _("in remission"),
    "resolved": _("overcome"),
}
"""How an illness or allergy stands. Source: http://hl7.org/fhir/R4/valueset-condition-clinical.html"""

PERIODS: Mapping[str, tuple[Text, int | None]] = {
    "tat-ca": (_("All the time"), None),
    "7": (_("7 days"), 7),
    "30": (_("30 days"), 30),
    "90": (_("90 days"), 90),
    "365": (_("A year"), 365),
}
SYSTEM_RULE = Named("Hệ thống vận hành", "Running of the system")
RELATIVE = _("A relative or delegate")

DATES = (
    "effectiveDateTime", "onsetDateTime", "recordedDate", "authoredOn", "occurrenceDateTime", "performedDateTime",
    "date", "issued", "sent", "started", "created",
)  # fmt: skip
"""Elements that say when, the most telling first."""

ITEM_TYPES = (
    "Condition", "AllergyIntolerance", "MedicationRequest", "Immunization", "DiagnosticReport", "Observation",
    "Procedure", "Encounter", "DocumentReference",
)  # fmt: skip
"""What one looks through to find what is wrong, and what is printed."""

BASES = (
    "Encounter",
    "Appointment",
    "EpisodeOfCare",
    "ServiceRequest",
    "CareTeam",
    "Consent",
    "Patient",
    "RelatedPerson",
)
"""Types on which a look may rest."""

EMERGENCY_TYPES = ("AllergyIntolerance", "Condition", "MedicationRequest", "MedicationStatement", "Procedure")
"""What is looked at first in an emergency, in that order."""


def line(look: Look) -> Line:
    """A line of the list in words."""
    rule, role = policy.load().rule(look.rule), policy.load().roles.get(look.role)
    parts: dict[str, tuple[Text, int]] = {}
    for resource_type, count in look.types.items():
        title = TYPES.get(resource_type, OTHER)
        parts[title.english] = (title, parts.get(title.english, (title, 0))[1] + count)
    return Line(
        look,
        look.name or (look.client if look.machine else ""),
        Named(role.vi, role.en) if role else Named(look.role, look.role),
        DEEDS.get(look.deed, DEEDS["R"]),
        PURPOSES.get(look.purpose, Text(look.purpose)),
        Named(rule.vi, rule.en) if rule else SYSTEM_RULE,
        tuple(parts.values()),
    )


def paged(
    looks: Iterable[Look], window: tuple[datetime, int] | None, page: int, pinned: tuple[datetime, int] | None
) -> Listed:
    """The lines of a page (from 0) of what one window of the log gave. `window`: where older rows begin; `pinned`:
    where this window begins, so that what happens meanwhile does not move the pages."""
    found = [line(each) for each in looks]
    people = [each for each in found if not each.look.machine]
    shown = people[page * LINES : (page + 1) * LINES]
    following = ""
    if len(people) > (page + 1) * LINES:
        newest = found[0].look
        following = f"{mark(pinned or (newest.last_at, newest.seq + 1))}.{page + 1}"
    elif window is not None:
        following = f"{mark(window)}.0"
    return Listed(tuple(shown), tuple(each for each in found if each.look.machine) if not page else (), following)


def mark(place: tuple[datetime, int]) -> str:
    """A place in the log as an address holds it.

    >>> unmark(mark((datetime(2026, 11, 23, tzinfo=UTC), 7)) + ".2")
    ((datetime.datetime(2026, 11, 23, 0, 0, tzinfo=datetime.timezone.utc), 7), 2)
    """
    return base64.urlsafe_b64encode(f"{place[0].isoformat()} {place[1]}".encode()).decode().rstrip("=")


def unmark(text: str) -> tuple[tuple[datetime, int] | None, int]:
    """The place and the page of it; the beginning where the text is none of ours."""
    place, _dot, page = text.partition(".")
    try:
        at, seq = base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)).decode().split(" ")
        return (datetime.fromisoformat(at).astimezone(UTC), int(seq)), max(0, int(page or 0))
    except (binascii.Error, ValueError):
        return None, 0


def since(period: str, now: datetime) -> datetime | None:
    """From when on a period of PERIODS counts; None: everything."""
    days = PERIODS.get(period, PERIODS["tat-ca"])[1]
    return now - timedelta(days=days) if days else None


def item(resource: Mapping[str, Any]) -> Item:
    """A resource in a line of words."""
    resource_type = str(resource["resourceType"])
    return Item(
        f"{resource_type}/{resource['id']}", TYPES.get(resource_type, OTHER), _title(resource), _detail(resource),
        _on(resource), _standing(resource),
    )  # fmt: skip


def _title(resource: Mapping[str, Any]) -> str:
    for name in ("code", "medicationCodeableConcept", "vaccineCode", "type", "class", "reasonCode"):
        if text := concept(resource.get(name)):
            return text
    return str(resource.get("description") or resource.get("title") or "")


def concept(value: Any) -> str:
    """What a CodeableConcept or Coding (or the first of several) says, in words or as a code."""
    if isinstance(value, list):
        return next((text for text in map(concept, value) if text), "")
    if not isinstance(value, dict):
        return ""
    codings = [value, *value.get("coding", ())]
    display = next((each["display"] for each in codings if each.get("display")), "")
    return str(value.get("text") or display or next((each["code"] for each in codings if each.get("code")), ""))


def _detail(resource: Mapping[str, Any]) -> str:
    quantity = resource.get("valueQuantity")
    if isinstance(quantity, dict) and "value" in quantity:
        return f"{quantity['value']} {quantity.get('unit', '')}".strip()
    parts = [_component(each) for each in resource.get("component", ())]
    dosage = next((each.get("text", "") for each in resource.get("dosageInstruction", ())), "")
    told = [
        *parts,
        str(resource.get("valueString") or ""),
        concept(resource.get("valueCodeableConcept")),
        dosage,
    ]
    return ", ".join(each for each in told if each)


def _standing(resource: Mapping[str, Any]) -> Text | None:
    codes = [str(each.get("code")) for each in resource.get("clinicalStatus", {}).get("coding", ())]
    return next((STANDINGS[each] for each in codes if each in STANDINGS), None)


def _component(component: Mapping[str, Any]) -> str:
    value = component.get("valueQuantity", {})
    return (
        f"{concept(component.get('code'))} {value['value']} {value.get('unit', '')}".strip() if "value" in value else ""
    )


def _on(resource: Mapping[str, Any]) -> str:
    for name in DATES:
        if isinstance(resource.get(name), str):
            return str(resource[name])
    for name in ("period", "effectivePeriod", "onsetPeriod", "performedPeriod"):
        if isinstance(resource.get(name), dict) and resource[name].get("start"):
            return str(resource[name]["start"])
    return ""


def left(until: datetime, now: datetime) -> Text:
    """How long until then, in hours and minutes.

    >>> left(datetime(2026, 1, 1, 4, tzinfo=UTC), datetime(2026, 1, 1, 0, 1, tzinfo=UTC)).facts
    {'hours': 3, 'minutes': 59}
    """
    minutes = max(0, int((until - now).total_seconds()) // 60)
    return _("{hours} hours {minutes} minutes left", hours=minutes // 60, minutes=minutes % 60)


def latest(items: Iterable[Item]) -> list[Item]:
    """Of those that say the same the latest only, the latest first: what was prescribed every month is one line."""
    found: dict[tuple[str, str, str], Item] = {}
    for each in sorted(items, key=lambda item: item.on, reverse=True):
        found.setdefault((each.reference.partition("/")[0], each.title, each.detail), each)
    return list(found.values())


def reasons(findings: Iterable[Finding]) -> list[tuple[Text, Text]]:
    """What was unusual of a day in words, and what is usual, each with its number."""
    return [(_MEASURED[each.measure](each.count), _usual(each)) for each in findings]


_MEASURED: Mapping[str, Callable[[int], Text]] = {
    "persons": lambda count: _("Opened the records of {count} people", count=count),
    "lookups": lambda count: _("Looked for people {count} times", count=count),
    "night": lambda count: _("Opened the records of {count} people between 22:00 and 5:00", count=count),
    "emergencies": lambda count: _("Opened the records of {count} people as an emergency", count=count),
    "colleagues": lambda count: _("Opened the records of {count} people who work at the same facility", count=count),
}
"""One row for each measure."""


def _usual(finding: Finding) -> Text:
    own, peers = ("–" if each is None else f"{each:.0f}" for each in (finding.own, finding.peers))
    return _("usual in the four weeks before: {own} for this person, {peers} for the role there", own=own, peers=peers)
