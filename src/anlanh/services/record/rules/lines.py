"""Resources to lines: illnesses, allergies, visits, procedures, reports, papers, care team; and the banner.

FHIR: Patient, Condition, AllergyIntolerance, Encounter, Procedure, DiagnosticReport, DocumentReference, Composition, CareTeam,
EpisodeOfCare, Flag
Source: https://hl7.org/fhir/R4/valueset-condition-clinical.html, https://hl7.org/fhir/R4/v3/ActEncounterCode/vs.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from anlanh.fhir.vn.systems import BHYT_CARD, ICD10, PERSONAL_ID
from anlanh.services.record.model import (
    AllergyLine,
    Banner,
    CareTeamLine,
    DocumentLine,
    EncounterLine,
    ProblemLine,
    ProcedureLine,
    ReportLine,
    Standing,
)
from anlanh.services.record.rules import words
from anlanh.services.record.rules.words import Names, Resource
from anlanh.web.texts import Text, _

STANDINGS = {
    "active": Standing.PRESENT, "recurrence": Standing.PRESENT, "relapse": Standing.PRESENT, "inactive": Standing.OVER,
    "remission": Standing.QUIET, "resolved": Standing.OVER,
}  # fmt: skip
ORDER = (Standing.PRESENT, Standing.QUIET, Standing.OVER)
REFUTED = frozenset(("refuted", "entered-in-error"))
NOT_SO = frozenset(("entered-in-error", "cancelled"))
"""Statuses of what did not happen."""

ENCOUNTER_KINDS = {
    "AMB": _("Outpatient visit"), "IMP": _("Hospital stay"), "ACUTE": _("Hospital stay"), "NONAC": _("Hospital stay"),
    "SS": _("Day stay"), "EMER": _("Emergency visit"), "HH": _("Visit at home"), "VR": _("Visit by telephone or video"),
}  # fmt: skip
SOME_VISIT = _("Visit")

CATEGORIES = {
    "medication": _("medicine"), "food": _("food"), "environment": _("surroundings"), "biologic": _("biological substance"),
}  # fmt: skip

GENDERS = {"male": _("Male"), "female": _("Female"), "other": _("Other sex"), "unknown": _("Sex not known")}
MONTHS_TOLD = 36
"""Below so many months the age is told in months."""


def banner(person: Resource, allergies: Sequence[AllergyLine], flags: Iterable[Resource], names: Names) -> Banner:
    """Who somebody is, with the allergies that are present (the grave first) and the warnings that are in force."""
    phone = next(
        (str(each.get("value", "")) for each in person.get("telecom", ()) if each.get("system") == "phone"), ""
    )
    alerts = tuple(
        words.concept(each.get("code")) for each in flags if each.get("status") == "active" and each.get("code")
    )
    return Banner(
        str(person["id"]), words.called(person), str(person.get("birthDate", "")), str(person.get("gender", "unknown")),
        words.identifier(person, PERSONAL_ID), words.identifier(person, BHYT_CARD), phone, address(person),
        words.shown(next(iter(person.get("generalPractitioner", ())), None), names),
        str(person.get("deceasedDateTime") or ("?" if person.get("deceasedBoolean") else "")),
        tuple(each for each in allergies if each.standing is not Standing.OVER), alerts,
    )  # fmt: skip


def age(born: str, today: date) -> Text | None:
    """How old somebody is: in months before the third birthday, else in years; None where nobody knows.

    >>> age("2025-01-20", date(2026, 11, 23)).facts
    {'months': 22}
    """
    parts = [int(each) for each in born.split("-") if each.isdigit()]
    if not parts:
        return None
    year, month, day = (*parts, 1, 1)[:3]
    months = (today.year - year) * 12 + today.month - month - (today.day < day)
    if len(parts) > 1 and months < MONTHS_TOLD:
        return _("{months} months old", months=months)
    return _("{years} years old", years=months // 12 if len(parts) > 1 else today.year - year)


def address(person: Mapping[str, object]) -> str:
    """Where somebody lives, in one line."""
    listed = person.get("address")
    first: Resource = next(iter(listed), {}) if isinstance(listed, list) else {}
    if first.get("text"):
        return str(first["text"])
    parts = [*first.get("line", ()), *(first.get(name) for name in ("district", "city", "state"))]
    return ", ".join(str(each) for each in parts if each)


def problems(resources: Sequence[Resource], names: Names) -> tuple[ProblemLine, ...]:
    """Illnesses and diagnoses: what is present before what is over, the problem list before the rest. What several visits
    diagnosed in the same code is one line, the latest."""
    found: dict[str, ProblemLine] = {}
    for each in words.latest_first(resources, "onsetDateTime", "recordedDate"):
        if REFUTED & set(words.codes(each.get("verificationStatus"))):
            continue
        line = ProblemLine(
            words.source(each, names), words.concept(each.get("code")), words.code(each.get("code"), ICD10),
            STANDINGS.get(words.code(each.get("clinicalStatus")), Standing.PRESENT),
            words.on(each, "onsetDateTime", "recordedDate"), str(each.get("abatementDateTime", "")),
            "problem-list-item" in words.codes(each.get("category")),
        )  # fmt: skip
        key = line.code or line.title
        if key not in found or (line.listed and not found[key].listed):
            found[key] = line
    return tuple(sorted(found.values(), key=lambda line: (ORDER.index(line.standing), not line.listed)))


def allergies(resources: Sequence[Resource], names: Names) -> tuple[AllergyLine, ...]:
    """Allergies and intolerances, what is present first, the grave first."""
    found = [
        AllergyLine(
            words.source(each, names), words.concept(each.get("code")) or words.concept(_substances(each)),
            str(next(iter(each.get("category", ())), "")), each.get("criticality") == "high",
            ", ".join(filter(None, (words.concept(part.get("manifestation")) for part in each.get("reaction", ())))),
            STANDINGS.get(words.code(each.get("clinicalStatus")), Standing.PRESENT),
            words.on(each, "onsetDateTime", "recordedDate"),
        )
        for each in words.latest_first(resources, "onsetDateTime", "recordedDate")
        if not REFUTED & set(words.codes(each.get("verificationStatus")))
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda line: (ORDER.index(line.standing), not line.grave)))


def _substances(allergy: Resource) -> list[Resource]:
    return [each["substance"] for each in allergy.get("reaction", ()) if each.get("substance")]


def encounters(resources: Sequence[Resource], diagnoses: Mapping[str, str], names: Names) -> tuple[EncounterLine, ...]:
    """Visits and stays. `diagnoses`: reference of a Condition to its words."""
    return tuple(
        EncounterLine(
            words.source(each, names), ENCOUNTER_KINDS.get(str(each.get("class", {}).get("code", "")), SOME_VISIT),
            words.concept(each.get("type")), words.concept(each.get("reasonCode")), _diagnoses(each, diagnoses),
            words.on(each), words.until(each), each.get("status") == "finished",
        )
        for each in words.latest_first(resources)
        if each.get("status") not in NOT_SO
    )  # fmt: skip


def _diagnoses(encounter: Resource, diagnoses: Mapping[str, str]) -> tuple[str, ...]:
    listed = sorted(encounter.get("diagnosis", ()), key=lambda each: int(each.get("rank", 99)))
    found = (diagnoses.get(str(each.get("condition", {}).get("reference", "")), "") for each in listed)
    return tuple(dict.fromkeys(each for each in found if each))


def procedures(resources: Sequence[Resource], names: Names) -> tuple[ProcedureLine, ...]:
    """What was done."""
    return tuple(
        ProcedureLine(words.source(each, names), words.concept(each.get("code")), words.on(each))
        for each in words.latest_first(resources)
        if each.get("status") not in NOT_SO | {"not-done"}
    )


def reports(resources: Sequence[Resource], names: Names) -> tuple[ReportLine, ...]:
    """Reports of examinations."""
    return tuple(
        ReportLine(
            words.source(each, names), words.concept(each.get("code")), str(each.get("conclusion", "")), words.on(each),
            tuple(str(result.get("reference", "")) for result in each.get("result", ())),
        )
        for each in words.latest_first(resources)
        if each.get("status") not in NOT_SO
    )  # fmt: skip


def documents(resources: Sequence[Resource], names: Names) -> tuple[DocumentLine, ...]:
    """Papers and documents."""
    return tuple(
        DocumentLine(
            words.source(each, names),
            str(each.get("title") or words.concept(each.get("type")) or each.get("description", "")),
            str(each.get("description", "")), words.on(each, "date"),
        )
        for each in words.latest_first(resources, "date")
        if each.get("status") not in ("entered-in-error", "superseded")
    )  # fmt: skip


def care_team(
    person: Resource, teams: Sequence[Resource], episodes: Sequence[Resource], names: Names
) -> tuple[CareTeamLine, ...]:
    """Who looks after the person: the station or doctor chosen, members of teams, programmes that go on, whom to call."""
    own = words.source(person, names)
    found = [
        CareTeamLine(own, words.shown(each, names), "", "")
        for each in person.get("generalPractitioner", ())
        if words.shown(each, names)
    ]
    for team in teams:
        origin = words.source(team, names)
        found += [
            CareTeamLine(
                origin, words.shown(each.get("member"), names), words.concept(each.get("role")), words.on(team)
            )
            for each in team.get("participant", ())
            if words.shown(each.get("member"), names) and team.get("status") in (None, "active")
        ]
    found += [
        CareTeamLine(
            words.source(each, names), words.shown(each.get("managingOrganization"), names),
            words.concept(each.get("type")), words.on(each),
        )
        for each in words.latest_first(episodes)
        if each.get("status") in ("active", "onhold", "planned")
    ]  # fmt: skip
    for each in person.get("contact", ()):
        phone = next((str(one.get("value", "")) for one in each.get("telecom", ())), "")
        name = str(each.get("name", {}).get("text") or words.called({"name": [each.get("name", {})]}))
        found.append(CareTeamLine(own, name, words.concept(each.get("relationship")), "", phone))
    return tuple(each for each in found if each.name)
