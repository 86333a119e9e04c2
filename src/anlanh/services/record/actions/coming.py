"""Doses that come due in many people, without opening every record: by days of birth, and by days of the dose before.

FHIR: Patient.birthDate, Immunization.occurrence
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from anlanh.access.rights import kin
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.record import store
from anlanh.services.record.model import DueLine
from anlanh.services.record.rules import immunizations
from anlanh.services.record.rules.words import Resource

MOST_PEOPLE = 200_000
MOST_DOSES = 60
"""Doses of one person that are read."""

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Awaited:
    """Somebody and the doses of the calendar that are to come. `reference`: "Patient/x"."""

    reference: str
    name: str
    doses: tuple[DueLine, ...]


async def candidates(work: Work, record: Record, days: Iterable[date]) -> list[int]:
    """Keys of all people in whom a dose may come due on one of these days, and of some others; in order."""
    asked = sorted(set(days))
    births = sorted({born for day in asked for born in immunizations.births_reaching(day)})
    before = sorted({given for day in asked for given in immunizations.doses_before(day)})
    found = (
        set(await store.keys(work, record, "Patient", (("birthdate", _any(births)),), MOST_PEOPLE)) if asked else set()
    )
    doses = await store.keys(work, record, "Immunization", (("date", _any(before)),), MOST_PEOPLE) if asked else []
    for start in range(0, len(doses), AT_ONCE):
        for each in (await store.current(work, record, doses[start : start + AT_ONCE])).values():
            reference = str(each.get("patient", {}).get("reference", ""))
            found |= {rid_of(*reference.split("/"))} if reference.startswith("Patient/") else set()
    return sorted(found)


async def awaited(work: Work, record: Record, people: Sequence[int], today: date) -> list[Awaited]:
    """What is to come of these people, by their key; nothing of those who died or whose record is closed."""
    living = {rid: each for rid, each in (await store.current(work, record, people)).items() if _living(each)}
    if not living:
        return []
    pairs = (("patient", ",".join(str(each["id"]) for each in living.values())),)
    doses = await store.keys(work, record, "Immunization", pairs, MOST_DOSES * len(living))
    given: dict[str, list[Resource]] = {}
    for each in (await store.current(work, record, doses)).values():
        given.setdefault(str(each["patient"]["reference"]), []).append(each)
    found = []
    for rid in sorted(living):
        person, reference = living[rid], f"Patient/{living[rid]['id']}"
        lines = immunizations.given(given.get(reference, []), {})
        due = immunizations.due(lines, str(person.get("birthDate", "")), str(person.get("gender", "")), today)
        found.append(Awaited(reference, kin.called(person), due))
    return found


def _living(person: Resource) -> bool:
    return (
        person.get("active") is not False and not person.get("deceasedDateTime") and not person.get("deceasedBoolean")
    )


def _any(days: Iterable[date]) -> str:
    return ",".join(each.isoformat() for each in days)
