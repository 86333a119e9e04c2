"""Lasting illnesses in the care of stations and hospitals: hypertension, diabetes, COPD, asthma, hepatitis B, kidneys.

A person has an illness or not, by age and sex; of those who have it some know, of those who know some are in regular
care. Who does not know has the measurements of the illness and no diagnosis.

FHIR: Condition (problem list), EpisodeOfCare, Encounter, Observation, MedicationRequest, MedicationStatement
Source: prevalence and care in docs/demo.md; QĐ 3192/QĐ-BYT năm 2010, QĐ 5481/QĐ-BYT năm 2020 [K]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from anlanh.demo import facilities
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart, Visit
from anlanh.demo.elements import meta, moment
from anlanh.demo.illness import examination
from anlanh.demo.illness.acute import YEARS
from anlanh.demo.measures import SMOKER, SMOKING, SOCIAL_HISTORY

HYPERTENSION = ("I10", "Bệnh lý tăng huyết áp")
DIABETES = ("E11.9", "Bệnh đái tháo đường không phụ thuộc insuline (Chưa có biến chứng)")
LIPIDS = ("E78.5", "Tăng lipid máu, không đặc hiệu")
COPD = ("J44.9", "Bệnh phổi tắc nghẽn mãn tính, không phân loại")
ASTHMA = ("J45.9", "Hen, không phân loại")
HEPATITIS_B = ("B18.1", "Viêm gan virus B mạn, không có đồng nhiễm viêm gan virus D")
KIDNEYS = ("N18.5", "Suy thận mạn, giai đoạn 5")
EPILEPSY = ("G40.9", "Động kinh không đặc hiệu")

Prevalence = tuple[tuple[int, float], ...]
"""From an age on: the share of people who have it; highest age first."""

HYPERTENSIVE: Prevalence = ((70, 0.62), (60, 0.52), (50, 0.37), (40, 0.22), (30, 0.1), (18, 0.04), (0, 0.0))
DIABETIC: Prevalence = ((60, 0.155), (50, 0.12), (40, 0.07), (30, 0.025), (18, 0.006), (0, 0.0))
OBSTRUCTED: Prevalence = ((70, 0.1), (60, 0.065), (40, 0.027), (0, 0.0))
KNOWN, IN_CARE = 0.6, 0.67


@dataclass(frozen=True, slots=True)
class Care:
    """A programme: its illness, medicines (each with the share who take it), days between visits, what is checked."""

    diagnosis: tuple[str, str]
    complaint: str
    medicines: tuple[tuple[str, float], ...]
    every_days: int
    department: str
    check: Callable[[Chart, Body, Visit, int], None]


def share(prevalence: Prevalence, age: int) -> float:
    """The share at an age."""
    return next(found for above, found in prevalence if age >= above)


def write(chart: Chart, body: Body) -> list[str]:
    """The lasting illnesses and their care. Ids of the Conditions."""
    rng, person = chart.rng, chart.person
    age, named = person.age(chart.today), person.persona
    dice = [rng.random() for _ in range(8)]
    body.hypertensive = dice[0] < share(HYPERTENSIVE, age) or named == "farmer"
    diabetic = dice[1] < share(DIABETIC, age) * (1.6 if body.hypertensive else 0.75) or named == "farmer"
    men = 0.4 if person.female else 1.6
    has = {
        "hypertension": body.hypertensive and (rng.random() < KNOWN or named == "farmer"),
        "diabetes": diabetic and (rng.random() < KNOWN or named == "farmer"),
        "copd": dice[2] < share(OBSTRUCTED, age) * men * 0.55,
        "asthma": dice[3] < (0.03 if age < 16 else 0.014),
        "hepatitis": age > 20 and dice[4] < 0.022,
        "kidneys": age > 30 and dice[5] < 0.0009,
        "epilepsy": dice[6] < 0.004,
    }
    return [
        _care(chart, body, CARE[name], regular=rng.random() < IN_CARE or bool(named))
        for name, is_so in has.items()
        if is_so
    ]


def _care(chart: Chart, body: Body, care: Care, *, regular: bool) -> str:
    person, rng, until = chart.person, chart.rng, chart.until
    known_for = int(min(person.age(until) * 0.4, rng.expovariate(1 / 6)) * 365) + 40
    since = max(person.born + 60, until - known_for)
    condition = chart.problem(care.diagnosis, since)
    if not regular:
        return condition
    if care.diagnosis is HYPERTENSION:
        body.treated = True
    taken = [name for name, part in care.medicines if rng.random() < part] or [care.medicines[0][0]]
    _programme(chart, care, condition, since)
    for medicine in taken:
        chart.takes(medicine, since)
    commune = person.household.commune
    by_station = care.department == "KB" and rng.random() < 0.75
    hospital = facilities.nearest_hospital(commune.code)
    place = facilities.by_id()[commune.station_id] if by_station else hospital
    on = max(since, until - YEARS * 365) + rng.randrange(care.every_days)
    number = 0
    while on < until:
        visit = chart.visit(
            on, place, "KB" if by_station else "K01", care.diagnosis, care.complaint, kind="05", condition=condition
        )
        care.check(chart, body, visit, number)
        chart.prescribe(visit, taken)
        on += care.every_days + rng.randrange(-7, 12)
        number += 1
    return condition


def _programme(chart: Chart, care: Care, condition: str, since: int) -> None:
    """The time in which a station or hospital looks after the illness."""
    commune = chart.person.household.commune
    period = {"start": moment(since, 0)[:10]}
    if chart.person.died:
        period["end"] = moment(chart.person.died, 0)[:10]
    chart.resources.append(
        {
            "resourceType": "EpisodeOfCare",
            "id": f"dot-{condition.removeprefix('benh-')}",
            "meta": meta("EpisodeOfCare"),
            "status": "finished" if chart.person.died else "active",
            "type": [{"text": "Quản lý bệnh không lây nhiễm"}],
            "diagnosis": [{"condition": {"reference": f"Condition/{condition}"}}],
            "patient": chart.subject,
            "managingOrganization": {"reference": f"Organization/{commune.station_id}"},
            "period": period,
        }
    )


def _pressure(chart: Chart, body: Body, visit: Visit, number: int) -> None:
    age = chart.person.age(visit.on)
    chart.pressure(visit, *body.pressure(age))
    chart.measure(visit, "pulse", body.pulse(age))
    if number % 3 == 0:
        chart.measure(visit, "weight", body.weight(age))
    if number % 4 == 1:
        rng = chart.rng
        values = (
            ("cholesterol", int(rng.gauss(52, 9))),
            ("ldl", int(rng.gauss(31, 7))),
            ("triglyceride", int(rng.gauss(20, 6))),
        )
        chart.panel(visit, "XN-LIP", [(name, max(8, value)) for name, value in values])
        chart.panel(visit, "XN-CRE", (("creatinine", max(45, int(rng.gauss(82, 14)))),))


def _sugar(chart: Chart, body: Body, visit: Visit, number: int) -> None:
    rng, age = chart.rng, chart.person.age(visit.on)
    chart.pressure(visit, *body.pressure(age))
    chart.measure(visit, "weight", body.weight(age))
    mean = 7.1 + body.tone * 0.08
    glucose = max(3.6, rng.gauss(mean, 1.3))
    chart.panel(visit, "XN-GLU", (("glucose", int(glucose * 10)),))
    if number % 2 == 0:
        chart.panel(
            visit, "XN-HBA1C", (("hba1c", int(10 * max(5.2, (mean * 18 + 46.7) / 28.7 + 0.9 + rng.gauss(0, 0.5)))),)
        )


def _lungs(chart: Chart, body: Body, visit: Visit, number: int) -> None:
    rng, age = chart.rng, chart.person.age(visit.on)
    chart.measure(visit, "saturation", rng.randrange(91, 97))
    chart.measure(visit, "breathing", body.breathing(age, 3))
    chart.measure(visit, "pulse", body.pulse(age))
    if number == 0:
        chart.observe(visit, SMOKING, SMOKER[not chart.person.female], SOCIAL_HISTORY)
        chart.panel(visit, "CN-HO-HAP", (("fev1", rng.randrange(9, 21)), ("fev1/fvc", rng.randrange(46, 69))))


def _liver(chart: Chart, body: Body, visit: Visit, number: int) -> None:
    rng = chart.rng
    chart.panel(visit, "XN-GAN", (("ast", rng.randrange(22, 90)), ("alt", rng.randrange(20, 110))))
    if number % 2 == 0:
        chart.imaging(visit, "SA-BUNG", "Gan nhu mô thô, không thấy khối")


def _dialysis(chart: Chart, body: Body, visit: Visit, number: int) -> None:
    age = chart.person.age(visit.on)
    chart.pressure(visit, *body.pressure(age, 15))
    chart.measure(visit, "weight", body.weight(age))
    chart.panel(visit, "XN-CRE", (("creatinine", chart.rng.randrange(620, 1050)),))
    chart.procedure(visit, "LOC-MAU", "Thận nhân tạo chu kỳ", 20)


def _quiet(chart: Chart, body: Body, visit: Visit, number: int) -> None:
    examination.vitals(chart, body, visit)


CARE = {
    "hypertension": Care(
        HYPERTENSION, "Khám lại, lĩnh thuốc huyết áp",
        (("amlodipin", 0.7), ("losartan", 0.4), ("hydroclorothiazid", 0.15), ("atorvastatin", 0.3)), 75, "KB", _pressure,
    ),
    "diabetes": Care(
        DIABETES, "Khám lại, lĩnh thuốc đái tháo đường",
        (("metformin", 0.9), ("gliclazid", 0.45), ("insulin", 0.15), ("atorvastatin", 0.4)), 80, "KB", _sugar,
    ),
    "copd": Care(COPD, "Khó thở khi gắng sức, khám lại", (("tiotropium", 0.7), ("salbutamol", 0.8)), 110, "K01", _lungs),
    "asthma": Care(ASTHMA, "Khò khè về đêm, khám lại", (("budesonid", 0.8), ("salbutamol", 0.8)), 130, "K01", _lungs),
    "hepatitis": Care(HEPATITIS_B, "Kiểm tra gan định kỳ", (("tenofovir", 1.0),), 170, "K01", _liver),
    "kidneys": Care(KIDNEYS, "Lọc máu chu kỳ", (("sat-folic", 1.0),), 14, "K01", _dialysis),
    "epilepsy": Care(EPILEPSY, "Lĩnh thuốc động kinh", (("valproat", 1.0),), 60, "KB", _quiet),
}  # fmt: skip
"""The programmes by name. Dialysis stands for a fortnight of sessions."""
