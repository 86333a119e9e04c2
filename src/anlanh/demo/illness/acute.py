"""Ordinary illnesses of the day: colds, pneumonia, gastritis, back pain, cuts and broken bones.

FHIR: Encounter, Condition, Observation, MedicationRequest, DiagnosticReport
Source: `tables/illnesses.csv`; about 1.8-2.0 visits a person and year with all other reasons, mix of stations [K]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from anlanh.demo import dice, facilities
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart, Visit
from anlanh.demo.elements import rows
from anlanh.demo.illness import examination

YEARS = 3
"""How far back the charts go."""

TO_HOSPITAL = 0.18
"""Of those whom the station could treat, so many go to a hospital."""

CHILDS = {"paracetamol": "paracetamol-tre", "amoxicilin": "amoxicilin-tre"}
CHILD = 10


@dataclass(frozen=True, slots=True)
class Illness:
    """A row of the table."""

    code: str
    name: str
    complaint: str
    season: str
    fever: int
    medicines: tuple[str, ...]
    tests: tuple[str, ...]
    station: bool


@lru_cache(maxsize=128)
def of_age(age: int) -> tuple[tuple[Illness, ...], tuple[float, ...], float]:
    """The illnesses of an age, their weights added up, and how many a person of it has in a year."""
    fitting = [row for row in rows("illnesses") if int(row["from_age"]) <= age <= int(row["to_age"])]
    found = tuple(
        Illness(
            row["code"], row["name"], row["complaint"], row["season"], int(row["fever"]),
            tuple(row["medicines"].split()), tuple(row["test"].split()), row["place"] == "station",
        )
        for row in fitting
    )  # fmt: skip
    weights = tuple(accumulate(float(row["per_1000"]) for row in fitting))
    return found, weights, weights[-1] / 1000


def write(chart: Chart, body: Body) -> None:
    """The visits of the last years."""
    person, rng, until = chart.person, chart.rng, chart.until
    age = person.age(until)
    illnesses, weights, a_year = of_age(age)
    first = max(until - YEARS * 365, person.born + 20)
    if first >= until:
        return
    eager = 1.6 if age < 6 or age > 60 else 1.2
    for _ in range(dice.count(rng, a_year * eager * (until - first) / 365)):
        illness = rng.choices(illnesses, cum_weights=weights)[0]
        on = dice.day(rng, first, until - 1, illness.season)
        _visit(chart, body, illness, on)


def _visit(chart: Chart, body: Body, illness: Illness, on: int) -> None:
    rng, commune = chart.rng, chart.person.household.commune
    near = illness.station and rng.random() > TO_HOSPITAL
    facility = facilities.by_id()[commune.station_id] if near else facilities.nearest_hospital(commune.code)
    young = chart.person.age(on) < CHILD
    visit = chart.visit(
        on, facility, "KB" if near else "K01", (illness.code, illness.name), illness.complaint,
        onset=on - rng.randrange(1, 4),
    )  # fmt: skip
    examination.vitals(chart, body, visit, illness.fever)
    for test in illness.tests:
        TESTS[test](chart, visit)
    chart.prescribe(visit, [CHILDS.get(each, each) if young else each for each in illness.medicines])


def _blood(chart: Chart, visit: Visit) -> None:
    examination.blood_count(chart, visit, infected=chart.rng.uniform(-1, 6))


def _xray(chart: Chart, visit: Visit) -> None:
    words = "Hình ảnh tổn thương phù hợp lâm sàng" if chart.rng.random() < 0.7 else "Chưa thấy bất thường"
    chart.imaging(visit, "XQ-NGUC" if chart.rng.random() < 0.5 else "XQ-XUONG", words)


def _ct(chart: Chart, visit: Visit) -> None:
    chart.imaging(visit, "CT-SO", "Không thấy máu tụ nội sọ")


def _urine(chart: Chart, visit: Visit) -> None:
    chart.test(visit, "XN-NT", "urine protein", chart.rng.random() < 0.3)


def _urate(chart: Chart, visit: Visit) -> None:
    chart.panel(
        visit, "XN-CRE", (("urate", chart.rng.randrange(410, 620)), ("creatinine", chart.rng.randrange(70, 110)))
    )


TESTS: dict[str, Callable[[Chart, Visit], None]] = {
    "blood": _blood,
    "xray": _xray,
    "ct": _ct,
    "urine": _urine,
    "urate": _urate,
}
