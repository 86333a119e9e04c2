"""Infections that are watched: in their seasons over five years, and the outbreaks that were planted.

A planted outbreak is the truth that surveillance is to find: where, when, whom. In the small world of the first forty
blocks many of those who fit fall ill, in the rest of the province few, so that outbreaks have a size at any scale.

FHIR: Encounter, Condition (onset), Observation, DiagnosticReport
Source: vietnam.md section 4 (list, seasons [K]); rates for 1,000 a year are illustrative
"""

from __future__ import annotations

from dataclasses import dataclass

from anlanh.demo import dice, facilities
from anlanh.demo.beds import FULL_BLOCKS
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart
from anlanh.demo.households import BLOCK
from anlanh.demo.illness import examination

YEARS = 5
YEARLY = (1.0, 0.7, 1.5, 0.9, 0.6)
"""How strong the last, the second last … year was."""


@dataclass(frozen=True, slots=True)
class Infection:
    """A disease: ages, cases of 1,000 of them a year, season, fever, test with the share of positive ones, medicines."""

    diagnosis: tuple[str, str]
    complaint: str
    ages: tuple[int, int]
    per_1000: float
    season: str
    fever: int
    medicines: tuple[str, ...]
    test: tuple[str, str] | None = None
    positive: float = 0.8
    platelets: int = 240
    infected: float = -2


INFECTIONS = {
    "dengue": Infection(
        ("A97.0", "Sốt xuất huyết không có dấu hiệu cảnh báo"), "Sốt cao, đau đầu, đau mỏi người", (3, 80), 1.2, "dengue",
        2, ("paracetamol", "oresol"), ("XN-NS1", "NS1"), 0.85, 92, -3.5,
    ),
    "hand foot mouth": Infection(
        ("B08.4", "Viêm họng có phỏng nước do virus đường ruột với phát ban"), "Sốt, phỏng nước tay chân, loét miệng",
        (0, 5), 14, "hand foot mouth", 1, ("paracetamol-tre",), ("XN-EV71", "enterovirus"), 0.3,
    ),
    "influenza": Infection(
        ("J10.1", "Cảm cúm với biểu hiện hô hấp khác, virus cúm được định"), "Sốt, ho, đau người", (1, 100), 9,
        "influenza", 2, ("paracetamol", "oseltamivir"), ("XN-CUM", "influenza"), 0.7,
    ),
    "measles": Infection(
        ("B05.9", "Sởi không biến chứng"), "Sốt, phát ban, mắt đỏ", (0, 25), 0.25, "spring", 2, ("paracetamol-tre",),
        ("XN-CTM", "measles"), 0.9,
    ),
    "chickenpox": Infection(
        ("B01.9", "Thủy đậu không biến chứng"), "Phỏng nước toàn thân", (1, 30), 5, "spring", 1, ("paracetamol-tre",)
    ),
    "mumps": Infection(
        ("B26.9", "Bệnh quai bị không biến chứng"), "Sưng đau góc hàm", (2, 30), 1.5, "spring", 1, ("paracetamol-tre",)
    ),
    "covid": Infection(
        ("U07.1", "COVID-19 xác định (có kết quả xét nghiệm khẳng định SARS-CoV-2 dương tính)"), "Sốt, ho, mất mùi",
        (1, 100), 3, "even", 1, ("paracetamol",), ("XN-CUM", "covid"), 1.0,
    ),
    "food poisoning": Infection(
        ("A05.9", "Nhiễm độc thức ăn do vi khuẩn, không xác định"), "Đau bụng, nôn, tiêu chảy sau bữa ăn", (3, 70), 0.6,
        "summer", 1, ("oresol",), infected=4,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outbreak:
    """A planted outbreak: disease, commune, days before today when it began, days it lasted, ages, share who fell ill."""

    disease: str
    commune: str
    began_days_ago: int
    lasted_days: int
    ages: tuple[int, int]
    attack: float


PLANTED = (
    Outbreak("hand foot mouth", "05443", 30, 29, (0, 5), 0.55),
    Outbreak("dengue", "05860", 38, 36, (5, 70), 0.11),
    Outbreak("influenza", "05692", 14, 14, (6, 17), 0.4),
    Outbreak("measles", "01864", 75, 40, (0, 15), 0.5),
    Outbreak("food poisoning", "05518", 160, 2, (6, 45), 0.18),
    Outbreak("hand foot mouth", "01912", 415, 35, (0, 5), 0.6),
    Outbreak("dengue", "05443", 790, 60, (5, 70), 0.07),
)
"""Outbreaks for surveillance to find."""

BEYOND = 1 / 40
"""Outside the small world so many of those who would have fallen ill do."""

CHILD = 10
CHILDS = {"paracetamol": "paracetamol-tre"}
SEES_STATION = 0.65
LOW_PLATELETS = 100


def write(chart: Chart, body: Body) -> None:
    """Sporadic cases of the last five years, and cases of the planted outbreaks."""
    person, rng, until = chart.person, chart.rng, chart.until
    first = max(until - YEARS * 365, person.born + 40)
    if first >= until - 8:
        return
    age = person.age(until)
    for infection in INFECTIONS.values():
        low, high = infection.ages
        if not low <= age <= high + YEARS:
            continue
        for _ in range(dice.count(rng, infection.per_1000 / 1000 * YEARS)):
            on = dice.day(rng, first, until - 7, infection.season)
            if (
                rng.random() < YEARLY[min(YEARS - 1, (until - on) // 365)] / max(YEARLY)
                and low <= person.age(on) <= high
            ):
                _case(chart, body, infection, on)
    for outbreak in PLANTED:
        _caught(chart, body, outbreak)


def _caught(chart: Chart, body: Body, outbreak: Outbreak) -> None:
    person, rng = chart.person, chart.rng
    if person.household.commune.code != outbreak.commune:
        return
    start = chart.today - outbreak.began_days_ago
    low, high = outbreak.ages
    lived = start > person.born and not person.died
    attack = outbreak.attack * (1 if person.number < FULL_BLOCKS * BLOCK else BEYOND)
    if not lived or not low <= person.age(start) <= high or rng.random() >= attack:
        return
    onset = start + int(rng.triangular(0, outbreak.lasted_days, outbreak.lasted_days * 0.6))
    _case(chart, body, INFECTIONS[outbreak.disease], min(onset, chart.today - 3))


def _case(chart: Chart, body: Body, infection: Infection, onset: int) -> None:
    rng, commune = chart.rng, chart.person.household.commune
    on = onset + rng.randrange(1, 3)
    by_station = rng.random() < SEES_STATION
    place = facilities.by_id()[commune.station_id] if by_station else facilities.nearest_hospital(commune.code)
    visit = chart.visit(on, place, "KB" if by_station else "K01", infection.diagnosis, infection.complaint, onset=onset)
    examination.vitals(chart, body, visit, infection.fever)
    if infection.platelets < LOW_PLATELETS or not by_station:
        examination.blood_count(chart, visit, infected=infection.infected, platelets=infection.platelets)
    if infection.test and (not by_station or rng.random() < infection.positive):
        chart.test(visit, *infection.test, rng.random() < infection.positive)
    young = chart.person.age(on) < CHILD
    chart.prescribe(visit, [CHILDS.get(each, each) if young else each for each in infection.medicines])
