"""How scopes are told to people, and what is asked of them: pure.

Source: SMART App Launch 2.2, scopes; Luật 91/2025/QH15 Điều 9 (consent is clear, for each purpose)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from anlanh.access.oauth import scopes
from anlanh.access.oauth.model import ALLOWED_DAYS, Asked
from anlanh.access.policy import scopes as smart
from anlanh.services.authorisation.model import Line
from anlanh.web.texts import Text, _

TYPES: dict[str, Text] = {
    "*": _("Everything in the record"),
    "AllergyIntolerance": _("Allergies"),
    "Appointment": _("Appointments"),
    "CarePlan": _("Care plans"),
    "CareTeam": _("Care teams"),
    "Claim": _("Insurance claims"),
    "Communication": _("Messages"),
    "Condition": _("Illnesses and diagnoses"),
    "Consent": _("Consents"),
    "Coverage": _("Health insurance"),
    "Device": _("Devices and implants"),
    "DiagnosticReport": _("Reports of tests and images"),
    "DocumentReference": _("Documents"),
    "Encounter": _("Visits and stays"),
    "Goal": _("Health goals"),
    "Immunization": _("Vaccinations"),
    "Location": _("Places of care"),
    "Medication": _("Medicines"),
    "MedicationDispense": _("Medicines given out"),
    "MedicationRequest": _("Prescriptions"),
    "MedicationStatement": _("Medicines taken"),
    "Observation": _("Measurements and test results"),
    "Organization": _("Hospitals and stations"),
    "Patient": _("Name, birth date, address, telephone"),
    "Practitioner": _("Doctors and nurses"),
    "Procedure": _("Procedures and operations"),
    "QuestionnaireResponse": _("Answers to questionnaires"),
    "RelatedPerson": _("Family"),
    "ServiceRequest": _("Orders and referrals"),
}
"""What types of resources are to people. Source: https://hl7.org/fhir/R4/resourcelist.html"""

VALUES: dict[str, Text] = {
    "encounter-diagnosis": _("diagnoses of visits"),
    "health-concern": _("health concerns"),
    "imaging": _("images"),
    "laboratory": _("laboratory tests"),
    "problem-list-item": _("lasting illnesses"),
    "sdoh": _("living conditions"),
    "social-history": _("way of life"),
    "survey": _("questionnaires"),
    "vital-signs": _("vital signs"),
}
"""What limits a scope, for values that apps use. Source: http://terminology.hl7.org/CodeSystem/observation-category,
http://terminology.hl7.org/CodeSystem/condition-category"""

DEEDS: dict[str, Text] = {
    "c": _("add"),
    "r": _("see"),
    "u": _("change"),
    "d": _("delete"),
    "s": _("search"),
}
LEVELS: dict[str, Text] = {
    "user": _("of everyone you may see"),
    "system": _("of everyone, without anybody signed in"),
}
PLAIN: dict[str, Text] = {
    scopes.OPENID: _("Know that it is you"),
    scopes.FHIR_USER: _("See your name as the one who is signed in"),
    scopes.PROFILE: _("Know that it is you"),
    scopes.OFFLINE: _("Come back by itself, also when you are not there"),
    scopes.ONLINE: _("Come back by itself as long as you are signed in"),
    scopes.INTROSPECTION: _("Ask what any token is"),
}
KINDS: dict[str, Text] = {
    "public": _("App on a telephone or in a browser, without a secret of its own"),
    "confidential-symmetric": _("App on a server, with a secret"),
    "confidential-asymmetric": _("App on a server, with a key"),
}
DAYS: dict[int, Text] = {
    1: _("for a day"),
    30: _("for 30 days"),
    90: _("for 90 days"),
    365: _("for a year"),
}
USUAL_DAYS = 90


def resource_lines(granted: Iterable[str]) -> list[Line]:
    """The scopes on resources, as people read them, those that only show first."""
    found = [line for each in granted if (line := _line(each)) is not None]
    return sorted(found, key=lambda line: line.weighty)


def plain_lines(granted: Iterable[str]) -> list[Line]:
    """The other scopes that mean something to people, each meaning once."""
    found: dict[str, Line] = {}
    for each in granted:
        if each in PLAIN:
            found.setdefault(PLAIN[each].english, Line(each, PLAIN[each], weighty=each == scopes.OFFLINE))
    return list(found.values())


def may_be_silent(asked: Asked, *, trusted: bool, certain: bool) -> bool:
    """Whether an app gets again what it was allowed before without asking: nobody else can pretend to be it, and it is
    certain whose record is meant."""
    return trusted and certain and asked.prompt not in ("consent", "login", "select_account")


def days_to_choose(granted: Sequence[str]) -> list[tuple[int, Text]]:
    """For how long it may be allowed; nothing to choose where the app does not come back by itself."""
    return [(each, DAYS[each]) for each in ALLOWED_DAYS] if scopes.OFFLINE in granted else []


def _line(text: str) -> Line | None:
    scope = smart.read(text)
    if scope is None:
        return None
    may = ("r", *(each for each in scope.may if each not in "rs")) if set("rs") & set(scope.may) else scope.may
    title = TYPES.get(scope.type, Text(scope.type))
    only = tuple(
        VALUES.get(value.rpartition("|")[2], _("{name} = {value}", name=name, value=value))
        for name, value in scope.query
    )
    weighty = any(action in scopes.CHANGES for action in scope.may)
    return Line(text, title, (*(DEEDS[each] for each in may), *filter(None, [LEVELS.get(scope.level)])), only, weighty)
