"""What may happen next in the living province: each move makes the resources that it writes. Pure.

A move gets what is there (an Encounter, a bed, an appointment) and the instant, and returns all resources that are new
or changed, to be written in one transaction. New ids carry the move's own mark, so that no move overwrites another's.

FHIR: Encounter, Observation, Condition, MedicationRequest, Location.operationalStatus, Appointment
Source: invented
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from anlanh.demo import beds, facilities, today
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart, Visit
from anlanh.demo.elements import SENSITIVE, Resource, moment, shared_ref
from anlanh.demo.facilities import Facility
from anlanh.demo.households import Person
from anlanh.demo.illness import acute, examination, stays

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NEXT_OF_BED = {"K": "H", "H": "U"}
"""What becomes of a bed that nobody lies in: it is to be cleaned, is being cleaned, is free."""

BOOKED_AHEAD_DAYS = 14


@dataclass(frozen=True, slots=True)
class Move:
    """The dice, the instant, and the mark of one move."""

    rng: random.Random
    at: datetime
    mark: str

    @property
    def day(self) -> int:
        """The ordinal of the day in Viet Nam."""
        return self.at.astimezone(ZONE).toordinal()

    @property
    def minute(self) -> int:
        """Minutes since midnight in Viet Nam."""
        local = self.at.astimezone(ZONE)
        return local.hour * 60 + local.minute


def admit(move: Move, person: Person, bed: Resource) -> list[Resource]:
    """Somebody is admitted to a free bed, examined, and given what the ward gives."""
    place = next(each for each in beds.beds() if each.id == bed["id"])
    reason = stays.IN_BED.get(place.ward.code, stays.IN_BED["K03"])
    chart, body = _chart(move, person)
    visit = chart.visit(
        move.day, facilities.by_id()[place.ward.facility_id], place.ward.code, reason.diagnosis, reason.complaint,
        kind="03", cls="IMP", minute=move.minute, status="in-progress", label=reason.label,
    )  # fmt: skip
    lies = {"location": shared_ref(f"Location/{place.id}"), "status": "active", "period": {"start": visit.at}}
    visit.encounter["location"] = [visit.encounter["location"][0] | {"status": "active"}, lies]
    examination.vitals(chart, body, visit, reason.fever)
    examination.blood_count(chart, visit, infected=3 * reason.fever)
    if reason.medicines:
        chart.prescribe(visit, reason.medicines)
    return [*chart.resources, bed | {"operationalStatus": beds.bed_status("O")}]


def measure(move: Move, person: Person, encounter: Resource) -> list[Resource]:
    """The vital signs of somebody in hospital."""
    chart, body = _chart(move, person)
    examination.vitals(chart, body, _visit(move, chart, encounter), move.rng.choice((0, 0, 1)))
    return chart.resources


def test(move: Move, person: Person, encounter: Resource) -> list[Resource]:
    """A blood count of somebody in hospital, ordered and reported."""
    chart, _ = _chart(move, person)
    examination.blood_count(chart, _visit(move, chart, encounter), infected=move.rng.uniform(-1, 5))
    return chart.resources


def discharge(move: Move, encounter: Resource, bed: Resource | None) -> list[Resource]:
    """Somebody goes home; the bed is to be cleaned."""
    end = moment(move.day, move.minute)
    places = [
        each | {"status": "completed"} | ({"period": each["period"] | {"end": end}} if "period" in each else {})
        for each in encounter.get("location", ())
    ]
    home = {"dischargeDisposition": stays.DISCHARGES["1"]}
    gone = _ended(encounter, end) | {"location": places, "hospitalization": home}
    return [gone, *([bed | {"operationalStatus": beds.bed_status("K")}] if bed else [])]


def clean(bed: Resource) -> list[Resource]:
    """A bed that somebody left is a step nearer to being free; none when it is not such a bed."""
    following = NEXT_OF_BED.get(bed.get("operationalStatus", {}).get("code", ""))
    return [bed | {"operationalStatus": beds.bed_status(following)}] if following else []


def arrive(move: Move, person: Person) -> list[Resource]:
    """Somebody comes to a station or hospital and waits."""
    commune = person.household.commune
    near = move.rng.random() < 0.5
    facility = facilities.by_id()[commune.station_id] if near else facilities.nearest_hospital(commune.code)
    illnesses, weights, _ = acute.of_age(person.age(move.day))
    illness = move.rng.choices(illnesses, cum_weights=weights)[0]
    chart, _ = _chart(move, person)
    chart.visit(
        move.day, facility, "KB" if near else "K01", (illness.code, illness.name), illness.complaint,
        minute=move.minute, status="arrived",
    )  # fmt: skip
    return chart.resources


def see(move: Move, person: Person, encounter: Resource) -> list[Resource]:
    """Who waited is called in and measured."""
    chart, body = _chart(move, person)
    examination.vitals(chart, body, _visit(move, chart, encounter), move.rng.choice((0, 1)))
    return [encounter | {"status": "in-progress"}, *chart.resources]


def finish(move: Move, person: Person, encounter: Resource) -> list[Resource]:
    """The doctor names the illness and prescribes; the visit ends."""
    words = encounter.get("reasonCode", [{}])[0].get("text", "")
    illnesses = acute.of_age(person.age(move.day))[0]
    illness = next((each for each in illnesses if each.complaint == words), illnesses[0])
    chart, _ = _chart(move, person)
    ended = _ended(encounter, moment(move.day, move.minute))
    visit = _visit(move, chart, encounter)
    if "diagnosis" not in ended:
        visit.condition = chart.diagnose(visit, (illness.code, illness.name))
        ended["diagnosis"] = [{"condition": {"reference": f"Condition/{visit.condition}"}, "rank": 1}]
    chart.prescribe(visit, illness.medicines)
    return [ended, *chart.resources]


def book(move: Move, person: Person) -> list[Resource]:
    """An appointment at the station in the next two weeks."""
    station = facilities.by_id()[person.household.commune.station_id]
    chart, _ = _chart(move, person)
    day = move.day + move.rng.randrange(1, BOOKED_AHEAD_DAYS)
    today.appointment(chart, day, 7 * 60 + 30 + 20 * move.rng.randrange(22), station, "KB", "Khám theo hẹn")
    return chart.resources


def keep(move: Move, appointment: Resource) -> list[Resource]:
    """An appointment whose time has come is kept, or not."""
    return [appointment | {"status": "fulfilled" if move.rng.random() < 0.85 else "noshow"}]


OnVisit = Callable[[Move, Person, Resource], list[Resource]]


def _ended(encounter: Resource, end: str) -> Resource:
    return encounter | {"status": "finished", "period": encounter["period"] | {"end": end}}


def _chart(move: Move, person: Person) -> tuple[Chart, Body]:
    chart = Chart(person, move.rng, move.day, None)
    chart.key = f"{person.number:06d}-{move.mark}"
    return chart, Body(move.rng, person.female)


def _visit(move: Move, chart: Chart, encounter: Resource) -> Visit:
    """The visit of an Encounter that is there already, as of now."""
    facility = _facility(encounter)
    labels = [each["code"] for each in encounter["meta"].get("security", ()) if each["code"] in SENSITIVE]
    diagnosis = encounter.get("diagnosis", [{}])[0].get("condition", {}).get("reference", "")
    doctor = encounter["participant"][0]["individual"]
    return Visit(
        encounter["id"], encounter, {"reference": f"Encounter/{encounter['id']}"}, move.day, move.minute,
        moment(move.day, move.minute), facility, [doctor], doctor, labels[0] if labels else "",
        diagnosis.removeprefix("Condition/"),
    )  # fmt: skip


def _facility(encounter: Resource) -> Facility:
    return facilities.by_id()[encounter["serviceProvider"]["reference"].removeprefix("Organization/")]
