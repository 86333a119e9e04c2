"""The day on which the province stands still: who waits, who is being seen, who is expected, and what comes next.

FHIR: Encounter (arrived, triaged, in-progress), Appointment
Source: https://hl7.org/fhir/R4/encounter.html#statusHistory
"""

from __future__ import annotations

from anlanh.demo import facilities, staff
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart
from anlanh.demo.elements import meta, moment, shared_ref
from anlanh.demo.facilities import Facility
from anlanh.demo.illness import acute

IN_QUEUE = 0.02
STATUSES = ("arrived", "arrived", "triaged", "in-progress", "in-progress", "finished", "finished")
MORNING = (7 * 60, 10 * 60 + 30)
EXPECTED = 0.012
AHEAD_DAYS = 45
CHILD_DAYS = 540


def write(chart: Chart, body: Body, *, in_care: bool) -> None:
    """What of today there is for one person. `in_care`: has a lasting illness or expects a child, so that a next visit is booked."""
    person, rng = chart.person, chart.rng
    if person.died or person.born > chart.today - 30:
        return
    commune = person.household.commune
    station, hospital = facilities.by_id()[commune.station_id], facilities.nearest_hospital(commune.code)
    if rng.random() < IN_QUEUE:
        _waits(chart, body, hospital if rng.random() < 0.6 else station)
    elif rng.random() < EXPECTED:
        appointment(chart, chart.today, 13 * 60 + 30 + rng.randrange(6) * 20, station, "KB", "Khám theo hẹn")
    if in_care:
        days = rng.randrange(1, AHEAD_DAYS)
        appointment(chart, chart.today + days, 7 * 60 + 30 + rng.randrange(24) * 10, station, "KB", "Tái khám theo hẹn")
    elif person.born > chart.today - CHILD_DAYS:
        days = rng.randrange(1, 30)
        appointment(chart, chart.today + days, 8 * 60 + rng.randrange(12) * 10, station, "TC", "Tiêm chủng theo lịch")


def _waits(chart: Chart, body: Body, facility: Facility) -> None:
    rng = chart.rng
    illnesses, weights, _ = acute.of_age(chart.person.age(chart.today))
    illness = rng.choices(illnesses, cum_weights=weights)[0]
    status = rng.choice(STATUSES)
    visit = chart.visit(
        chart.today, facility, "KB" if facility.kind == "station" else "K01", (illness.code, illness.name),
        illness.complaint, minute=rng.randrange(*MORNING), status=status,
    )  # fmt: skip
    if status != "arrived":
        chart.measure(visit, "temperature", body.temperature())
        chart.measure(visit, "pulse", body.pulse(chart.person.age(chart.today)))


def appointment(chart: Chart, on: int, minute: int, facility: Facility, department: str, words: str) -> None:
    """A booked appointment of twenty minutes."""
    doctor = staff.doctor(facility.id, department, chart.rng.randrange(16))
    accepted = {"status": "accepted"}
    chart.resources.append(
        {
            "resourceType": "Appointment",
            "id": chart.new_id("hen"),
            "meta": meta("Appointment"),
            "status": "booked",
            "serviceType": [{"text": words}],
            "description": words,
            "start": moment(on, minute),
            "end": moment(on, minute + 20),
            "created": moment(chart.today - chart.rng.randrange(1, 30), 540),
            "participant": [
                {"actor": chart.subject} | accepted,
                {"actor": shared_ref(f"Practitioner/{doctor.id}")} | accepted,
                {"actor": shared_ref(f"Location/{facility.department(department).id}")} | accepted,
            ],
        }
    )
