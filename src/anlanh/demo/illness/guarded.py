"""Illnesses and events that the law and decency guard: HIV, mind, drugs, reproduction, infections by sex, violence.

All that is written about them carries the label of HL7 for what it tells, so that rules of access can be shown on it.
Tuberculosis is here too, because it goes with HIV, but has no label.

FHIR: Condition, Encounter, Observation, MedicationRequest; meta.security
Source: http://terminology.hl7.org/CodeSystem/v3-ActCode (HIV, PSY, ETH, SEX, STD, SDV); shares in docs/demo.md
"""

from __future__ import annotations

from dataclasses import dataclass

from anlanh.demo import dice, facilities
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart
from anlanh.demo.illness import examination
from anlanh.demo.illness.acute import YEARS

HIV = ("B24", "Bệnh do HIV không xác định")
TUBERCULOSIS = ("A15.0", "Lao phổi, xác nhận bằng soi đờm có cấy hoặc không cấy đờm")
TUBERCULOSIS_A_YEAR = 0.0018
TREATMENT_DAYS = 180


@dataclass(frozen=True, slots=True)
class Lasting:
    """A guarded illness in regular care: who (ages, sex: 0 all, 1 men, 2 women), share, where, medicines, how often."""

    key: str
    diagnosis: tuple[str, str]
    label: str
    complaint: str
    ages: tuple[int, int]
    sex: int
    share: float
    facility: str
    department: str
    medicines: tuple[str, ...]
    every_days: int
    persona: str = ""


LASTING = (
    Lasting("hiv", HIV, "HIV", "Tái khám, lĩnh thuốc ARV", (18, 65), 0, 0.004, "cdc", "HIV", ("tld",), 85, "tb-hiv"),
    Lasting(
        "depression", ("F32.1", "Giai đoạn trầm cảm vừa"), "PSY", "Buồn chán, mất ngủ", (16, 80), 0, 0.011,
        "bv-tam-than", "K01", ("sertralin",), 45, "mental-health",
    ),
    Lasting(
        "anxiety", ("F41.9", "Rối loạn lo âu, không biệt định"), "PSY", "Lo âu, hồi hộp", (16, 80), 0, 0.008,
        "bv-tam-than", "K01", ("sertralin",), 70,
    ),
    Lasting(
        "schizophrenia", ("F20.9", "Tâm thần phân liệt thể không đặc hiệu"), "PSY", "Lĩnh thuốc tâm thần", (18, 80), 0,
        0.0047, "", "KB", ("risperidon",), 35,
    ),
    Lasting(
        "opioids", ("F11.2", "Rối loạn tâm thần và hành vi do sử dụng các dạng thuốc phiện (Hội chứng nghiện)"), "ETH",
        "Uống methadon", (22, 60), 1, 0.006, "cdc", "HIV", ("methadon",), 30,
    ),
    Lasting(
        "alcohol", ("F10.2", "Rối loạn tâm thần và hành vi do sử dụng rượu (Hội chứng nghiện)"), "ETH",
        "Run tay, thèm rượu", (30, 75), 1, 0.007, "bv-tam-than", "K01", ("sertralin",), 90,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """A guarded event: how many a year of 1,000 of those ages and that sex."""

    diagnosis: tuple[str, str]
    label: str
    complaint: str
    ages: tuple[int, int]
    sex: int
    per_1000: float
    station: bool
    medicines: tuple[str, ...] = ()
    test: tuple[str, str] | None = None
    persona: str = ""


EVENTS = (
    Event(
        ("Z30.0", "Tư vấn tổng quát và lời khuyên về tránh thai"), "SEX", "Tư vấn tránh thai", (16, 45), 2, 34, True,
        persona="adolescent",
    ),
    Event(
        ("O04.9", "Phá thai nội khoa (Hoàn toàn hoặc chưa xác định rõ, không có biến chứng)"), "SEX", "Xin bỏ thai",
        (17, 44), 2, 5, False, ("paracetamol",),
    ),
    Event(("N76.0", "Viêm âm đạo cấp"), "SEX", "Ra khí hư, ngứa", (18, 60), 2, 26, True, ("amoxicilin",)),
    Event(
        ("A54.9", "Nhiễm lậu cầu, không đặc hiệu"), "STD", "Tiểu buốt, ra mủ", (18, 50), 0, 1.6, False, ("ceftriaxon",),
    ),
    Event(
        ("A53.9", "Giang mai, không đặc hiệu"), "STD", "Loét không đau", (18, 55), 0, 1.1, False, ("ceftriaxon",),
        ("XN-GM", "syphilis"),
    ),
    Event(
        ("T74.1", "Lạm dụng thể lực"), "SDV", "Bị đánh, bầm tím nhiều nơi", (16, 70), 2, 1.8, False, ("paracetamol",),
        persona="violence",
    ),
    Event(("T74.1", "Lạm dụng thể lực"), "SDV", "Bầm tím nghi bị bạo hành", (1, 15), 0, 0.5, False, ("paracetamol-tre",)),
)  # fmt: skip


def write(chart: Chart, body: Body) -> list[str]:
    """The guarded part of a chart. Ids of lasting Conditions."""
    person, rng = chart.person, chart.rng
    age = person.age(chart.until)
    found = []
    for illness in LASTING:
        fits = illness.ages[0] <= age <= illness.ages[1] and illness.sex in (0, 1 + person.female)
        has = rng.random() < illness.share
        if (has and fits and not person.persona) or (illness.persona and illness.persona == person.persona):
            found.append(_lasting(chart, body, illness))
    for event in EVENTS:
        fits = event.ages[0] <= age <= event.ages[1] and event.sex in (0, 1 + person.female)
        named = bool(event.persona) and event.persona == person.persona
        drawn = dice.count(rng, event.per_1000 / 1000 * YEARS) if fits else 0
        happens = int(named) if person.persona else drawn
        for _ in range(happens):
            _event(chart, body, event)
    _tuberculosis(chart, body, age)
    return found


def _lasting(chart: Chart, body: Body, illness: Lasting) -> str:
    rng, until, label = chart.rng, chart.until, illness.label
    commune = chart.person.household.commune
    place = facilities.by_id()[illness.facility or commune.station_id]
    since = max(chart.person.born + 15 * 365, until - rng.randrange(200, 2600))
    condition = chart.problem(illness.diagnosis, since, label)
    for medicine in illness.medicines:
        chart.takes(medicine, since, label)
    on, number = max(since, until - YEARS * 365) + rng.randrange(illness.every_days), 0
    while on < until:
        visit = chart.visit(
            on, place, illness.department, illness.diagnosis, illness.complaint, kind="05", label=label,
            condition=condition,
        )  # fmt: skip
        age = chart.person.age(on)
        chart.pressure(visit, *body.pressure(age))
        chart.measure(visit, "weight", body.weight(age))
        if illness.key == "hiv" and number % 2 == 0:
            chart.measure(visit, "cd4", rng.randrange(280, 780))
            chart.measure(visit, "viral load", rng.choice((20, 20, 20, 20, 45, 160, 2400)))
        chart.prescribe(visit, illness.medicines)
        on += illness.every_days + rng.randrange(-5, 10)
        number += 1
    return condition


def _event(chart: Chart, body: Body, event: Event) -> None:
    rng, commune = chart.rng, chart.person.household.commune
    first = max(chart.until - YEARS * 365, chart.person.born + event.ages[0] * 365)
    if first >= chart.until:
        return
    on = rng.randrange(first, chart.until)
    place = facilities.by_id()[commune.station_id] if event.station else facilities.nearest_hospital(commune.code)
    hurt = event.label == "SDV"
    visit = chart.visit(
        on, place, "KB" if event.station else "K02" if hurt else "K01", event.diagnosis, event.complaint,
        cls="EMER" if hurt else "AMB", label=event.label,
    )  # fmt: skip
    examination.vitals(chart, body, visit)
    if event.test:
        chart.test(visit, *event.test, True)
    if event.medicines:
        chart.prescribe(visit, event.medicines)


def _tuberculosis(chart: Chart, body: Body, age: int) -> None:
    """Found by Xpert, six months of treatment with a visit each month. The persona is in the third month."""
    rng, until = chart.rng, chart.until
    persona = chart.person.persona == "tb-hiv"
    if not persona and (age < 12 or rng.random() >= TUBERCULOSIS_A_YEAR * YEARS):
        return
    start = until - 75 if persona else rng.randrange(until - YEARS * 365, until)
    hospital = facilities.by_id()["bv-phoi"]
    condition = chart.problem(TUBERCULOSIS, start)
    for month in range(7):
        on = start + month * 30 + rng.randrange(4)
        if on >= until:
            return
        visit = chart.visit(
            on, hospital, "K01", TUBERCULOSIS, "Ho kéo dài, sốt về chiều", kind="02", condition=condition
        )
        chart.measure(visit, "temperature", body.temperature(0.9 if month == 0 else 0))
        chart.measure(visit, "weight", body.weight(chart.person.age(on)) - 40 + 6 * month)
        if month == 0:
            chart.test(visit, "XN-XPERT", "tuberculosis", True)
            chart.imaging(visit, "XQ-NGUC", "Tổn thương thâm nhiễm đỉnh phổi phải")
        chart.prescribe(visit, ("rhze",))
