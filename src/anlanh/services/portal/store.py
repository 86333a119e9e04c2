"""What this service reads and writes beside a chart: appointments, the Patient, blood groups, what is chosen for the card.

FHIR: Appointment, Patient, Observation, QuestionnaireResponse
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, read, write
from anlanh.fhir.store.problems import Gone, NotFound
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Principal, Work
from anlanh.services.portal.model import Visit
from anlanh.services.portal.rules import card

Resource = dict[str, Any]

REMINDER = Principal("system:portal", "system")
BOOKED = "booked,pending,arrived"
MOST_VISITS = 10
MOST_GROUPS = 10


def key_of(reference: str) -> int:
    """The key of "Patient/x"."""
    return rid_of(*reference.split("/"))


async def person(work: Work, record: Record, patient_id: str) -> Resource:
    """The Patient as whoever acts may see it.

    Raises:
        NotFound: there is none for them.
    """
    return dict(json.decode((await read.read(work, record, "Patient", patient_id)).content))


async def visits(work: Work, record: Record, patient_id: str) -> list[Visit]:
    """Appointments that are to come, the next first, each with the name of its place."""
    pairs = [
        ("patient", patient_id), ("status", BOOKED), ("date", f"ge{work.at:%Y-%m-%dT%H:%M:%SZ}"),
        ("_sort", "date"), ("_count", str(MOST_VISITS)),
    ]  # fmt: skip
    found = await _search(work, record, "Appointment", pairs)
    places = {each["id"]: _place(each) for each in found}
    names = await _names(work, record, {each for each in places.values() if each})
    return [
        Visit(
            datetime.fromisoformat(each["start"]).astimezone(record.zone),
            str(each.get("description", "")),
            names.get(places[each["id"]], ""),
        )
        for each in found
        if each.get("start")
    ]


async def booked(
    work: Work, record: Record, day: date, after: str, most: int
) -> tuple[list[tuple[Resource, str]], str]:
    """The next appointments of a day by the clock of the province, with the names of their places; and where those after
    them begin, empty: nowhere."""
    begin = datetime.combine(day, time(), record.zone)
    pairs = [
        ("status", BOOKED), ("date", f"ge{begin.isoformat()}"), ("date", f"lt{(begin + timedelta(days=1)).isoformat()}"),
        ("_sort", "date"), ("_count", str(most)), *([("_cursor", after)] if after else []),
    ]  # fmt: skip
    criteria = record.criteria("", record.sight(work))
    page = await find.find(work, record, criteria, queries.read(criteria, ("Appointment",), pairs))
    found = [json.decode_fast(each.content) for each in page.matches]
    names = await _names(work, record, {_place(each) for each in found} - {""})
    return [(each, names.get(_place(each), "")) for each in found], page.next or ""


async def looked(work: Work, person: int, about: int) -> dict[str, datetime]:
    """Up to which instant somebody has looked at whose results: by test, and under the empty name at all of them."""
    rows = await work.connection.fetch(
        "select test, max(until) as until from portal_looked where person = $1 and about = $2 group by test order by test",
        person, about,
    )  # fmt: skip
    return {row["test"]: row["until"] for row in rows}


async def note_look(work: Work, person: int, about: int, test: str, until: datetime) -> None:
    """Note up to where somebody has looked, at one test or (empty) at all of them. Safe to repeat."""
    await work.connection.execute(
        "with gone as (delete from portal_looked where person = $1 and about = $2 and (test = $3 or $3 = '') and until < $4)"
        " insert into portal_looked (person, about, test, until) select $1, $2, $3, $4 where not exists"
        " (select from portal_looked where person = $1 and about = $2 and test = $3 and until >= $4)",
        person, about, test, until,
    )  # fmt: skip


async def last_round(work: Work) -> date | None:
    """The last day that has had its reminders."""
    found: date | None = await work.connection.fetchval("select max(day) from portal_round")
    return found


async def end_round(work: Work, day: date) -> None:
    """A day has had its reminders. Safe to repeat."""
    await work.connection.execute(
        "insert into portal_round (day, done_at) values ($1, $2) on conflict do nothing", day, work.at
    )


async def blood(work: Work, record: Record, patient_id: str) -> list[Resource]:
    """What laboratories found of the blood group, the latest first."""
    codes = ",".join(f"http://loinc.org|{each}" for each in card.BLOOD_CODES)
    pairs = [("patient", patient_id), ("code", codes), ("_sort", "-date"), ("_count", str(MOST_GROUPS))]
    return await _search(work, record, "Observation", pairs)


async def choice(work: Work, record: Record, patient: str) -> Resource | None:
    """What was chosen for the card of "Patient/x"; None before anything was."""
    try:
        found = await read.read(work, record, "QuestionnaireResponse", card.id_of(patient))
    except (NotFound, Gone):
        return None
    return dict(json.decode(found.content))


async def keep(work: Work, record: Record, patient: str, response: Resource) -> None:
    """Keep what is chosen. Safe to repeat."""
    await write.put(work, record, write.prepare(record, response, card.id_of(patient)))


async def _search(work: Work, record: Record, resource_type: str, pairs: list[tuple[str, str]]) -> list[Resource]:
    eyes = record.sight(work)
    if not eyes.grants("s", resource_type):
        return []
    criteria = record.criteria("", eyes)
    page = await find.find(work, record, criteria, queries.read(criteria, (resource_type,), pairs))
    return [json.decode_fast(each.content) for each in page.matches]


def _place(appointment: Resource) -> str:
    actors = [str(each.get("actor", {}).get("reference", "")) for each in appointment.get("participant", ())]
    return next((each for each in actors if each.startswith("Location/")), "")


async def _names(work: Work, record: Record, references: set[str]) -> dict[str, str]:
    """Names of places: that of the facility that runs them, where it is known."""
    places = await _current(work, record, references)
    keepers = {name: str(each.get("managingOrganization", {}).get("reference", "")) for name, each in places.items()}
    facilities = await _current(work, record, {each for each in keepers.values() if each})
    return {
        name: str(facilities.get(keepers[name], {}).get("name") or place.get("name", ""))
        for name, place in places.items()
    }


async def _current(work: Work, record: Record, references: set[str]) -> dict[str, Resource]:
    wanted = {rid_of(*each.split("/")): each for each in sorted(references)}
    found = await read.current(work, record, sorted(wanted)) if wanted else {}
    return {wanted[rid]: json.decode_fast(each.content) for rid, each in found.items()}
