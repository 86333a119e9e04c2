"""What happened to a person in one line of time, over all facilities.

FHIR: Encounter, DiagnosticReport, MedicationRequest, Immunization, Procedure, DocumentReference, Composition
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta, tzinfo

from anlanh.services.record.model import Event, Section, Timeline
from anlanh.services.record.rules import immunizations, lines, medicines, words
from anlanh.services.record.rules.words import Names, Resource
from anlanh.web.texts import Text, _

KINDS: Mapping[Section, tuple[str, Text]] = {
    Section.ENCOUNTERS: ("Encounter", _("Visits and stays")),
    Section.REPORTS: ("DiagnosticReport", _("Reports of examinations")),
    Section.MEDICINES: ("MedicationRequest", _("Prescriptions")),
    Section.IMMUNIZATIONS: ("Immunization", _("Vaccinations")),
    Section.PROCEDURES: ("Procedure", _("Procedures and operations")),
    Section.DOCUMENTS: ("DocumentReference", _("Papers")),
}
"""What the timeline shows: its type, and its name as a filter."""

DAY = len("2026-11-23")


def events(
    kind: Section, resources: Sequence[Resource], diagnoses: Mapping[str, str], names: Names, language: str
) -> list[Event]:
    """The events of one kind. What was prescribed together is one event."""
    if kind is Section.ENCOUNTERS:
        return [
            Event(each.on, kind, each.kind.into(language), "; ".join(each.diagnoses) or each.reason or each.title, each.source)
            for each in lines.encounters(resources, diagnoses, names)
        ]  # fmt: skip
    if kind is Section.REPORTS:
        return [Event(e.on, kind, e.title, e.conclusion, e.source) for e in lines.reports(resources, names)]
    if kind is Section.MEDICINES:
        return _prescriptions(resources, names)
    if kind is Section.IMMUNIZATIONS:
        return [
            Event(each.on, kind, each.title, _("dose {number}", number=each.dose).into(language) if each.dose else "", each.source)
            for each in immunizations.given(resources, names)
        ]  # fmt: skip
    if kind is Section.PROCEDURES:
        return [Event(each.on, kind, each.title, "", each.source) for each in lines.procedures(resources, names)]
    return [
        Event(each.on, kind, each.title, each.about if each.about != each.title else "", each.source)
        for each in lines.documents(resources, names)
    ]


def _prescriptions(resources: Sequence[Resource], names: Names) -> list[Event]:
    together: dict[tuple[str, str], list[Resource]] = {}
    for each in words.latest_first(resources, "authoredOn"):
        if each.get("status") not in medicines.NEVER:
            at = str(each.get("encounter", {}).get("reference", ""))
            together.setdefault((at, words.on(each, "authoredOn")), []).append(each)
    return [
        Event(
            on, Section.MEDICINES, titles[0], "", words.source(group[0], names), tuple(titles[1:]),
        )
        for (_at, on), group in together.items()
        for titles in [[medicines.title(each, names) for each in group]]
    ]  # fmt: skip


def together(found: Iterable[Event], ends: Iterable[str], facility: str, most: int, zone: tzinfo) -> Timeline:
    """The timeline of what was found of each kind. `ends`: for each kind of which there is more, when its oldest was: all
    is known after that day, and not farther back. `facility`: only what comes from there; `most`: events on a page, and
    those of the same day."""
    known = sorted(
        ((words.local(each.on, zone), each.source.reference, each) for each in found),
        key=lambda each: each[:2],
        reverse=True,
    )
    horizon = max((words.local(each, zone)[:10] for each in ends), default="")
    before = (date.fromisoformat(horizon) + timedelta(days=1)).isoformat() if len(horizon) == DAY else horizon
    if not any(when >= before for when, _reference, _event in known):
        before = horizon
    if len(known) > most:
        before = max(before, known[most - 1][0][:DAY])
    shown = [event for when, _reference, event in known if when[:DAY] >= before]
    facilities = sorted({each.source.facility for each in shown if each.source.facility})
    return Timeline(
        tuple(each for each in shown if not facility or each.source.facility == facility), before, tuple(facilities)
    )
