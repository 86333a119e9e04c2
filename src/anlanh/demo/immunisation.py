"""Doses of the national programme (TCMR) by its calendar, with delays and gaps.

FHIR: Immunization
Source: TT 38/2017/TT-BYT, TT 10/2024/TT-BYT [K]; QĐ 2780/QĐ-BYT năm 2025 (rota, pneumococcus, HPV by roadmap [U]);
coverage 88-92 %
"""

from __future__ import annotations

from dataclasses import dataclass

from anlanh.demo import staff
from anlanh.demo.chart import Chart
from anlanh.demo.elements import Resource, coded, meta, moment, shared_ref
from anlanh.fhir.vn.systems import BASE, CVX
from anlanh.kernel.vn import codes

MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose of the calendar: vaccine, number, age in days, fewest days since the dose before; only for those born later."""

    vaccine: str
    number: int
    age: int
    interval: int = 28
    born_within_years: int = 99
    girls: bool = False


def _month(months: float) -> int:
    return round(months * MONTH)


CALENDAR = (
    Dose("VGB0", 1, 0), Dose("BCG", 1, 14),
    Dose("DPT-VGB-HIB", 1, _month(2)), Dose("DPT-VGB-HIB", 2, _month(3)), Dose("DPT-VGB-HIB", 3, _month(4)),
    Dose("BOPV", 1, _month(2)), Dose("BOPV", 2, _month(3)), Dose("BOPV", 3, _month(4)),
    Dose("ROTA", 1, _month(2), born_within_years=2), Dose("ROTA", 2, _month(4), born_within_years=2),
    Dose("PCV", 1, _month(2), born_within_years=1), Dose("PCV", 2, _month(4), born_within_years=1),
    Dose("IPV", 1, _month(5)), Dose("IPV", 2, _month(9)), Dose("SOI", 1, _month(9)),
    Dose("VNNB", 1, _month(12)), Dose("VNNB", 2, _month(12) + 10, 7), Dose("VNNB", 3, _month(24), 330),
    Dose("MR", 1, _month(18)), Dose("DPT", 4, _month(18), 180), Dose("TD", 1, _month(84)),
    Dose("HPV", 1, _month(132), born_within_years=12, girls=True),
)  # fmt: skip
"""Source: the calendar of TCMR as of 2026."""

OLDEST_YEARS = 8
COMES = 0.945
FAR_COMES = 0.78
"""Share of doses given in hard communes among groups that live far from the station."""

FAR = ("08", "09")
NAMES, CVX_OF = dict(codes.EPI_VACCINES.rows), dict(codes.VACCINE_TO_CVX)
ROUTINE = [coded("hinh-thuc-tiem", "tcmr-hinh-thuc", "thuong-xuyen", "Thường xuyên")]
BY_MOUTH = ("BOPV", "ROTA")
_CODES: dict[str, Resource] = {
    code: {
        "coding": [{"system": f"{BASE}CodeSystem/tcmr-vac-xin", "code": code}, {"system": CVX, "code": CVX_OF[code]}],
        "text": name,
    }
    for code, name in NAMES.items()
}
_ROUTES = {
    True: {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration", "code": "PO"}]},
    False: {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration", "code": "IM"}]},
}


def write(chart: Chart) -> list[str]:
    """The doses of a child until today; who misses a dose of a series gets no later one. Ids of the Immunizations."""
    person, rng, until = chart.person, chart.rng, chart.until
    years = (chart.today - person.born) / 365.25
    if years > OLDEST_YEARS and not (person.female and 11 <= years < 12):
        return []
    far = person.household.commune.hard and person.ethnic in FAR
    comes = FAR_COMES if far and person.number % 2 else COMES
    last: dict[str, int] = {}
    dropped: set[str] = set()
    made = []
    for dose in CALENDAR:
        if (
            years > dose.born_within_years
            or (dose.girls and not person.female)
            or (years > OLDEST_YEARS and not dose.girls)
        ):
            continue
        delay = rng.expovariate(0.11) if dose.age else 0
        on = max(person.born + dose.age + int(delay), last.get(dose.vaccine, 0) + dose.interval)
        if on >= until:
            continue
        if dose.vaccine in dropped or (rng.random() > comes and not person.persona):
            dropped.add(dose.vaccine)
            continue
        last[dose.vaccine] = on
        made.append(_give(chart, dose.vaccine, dose.number, on))
    return made


def tetanus(chart: Chart, first: int, end: int) -> None:
    """Two doses in pregnancy, a month apart, the second two weeks before the birth or earlier."""
    for number, on in ((1, first), (2, first + 30)):
        if on < end - 14 and on < chart.until:
            _give(chart, "UV", number, on)


def _give(chart: Chart, vaccine: str, number: int, on: int) -> str:
    person, rng = chart.person, chart.rng
    station = person.household.commune.station_id
    found = chart.new_id("mui")
    batch = on // 90
    chart.resources.append(
        {
            "resourceType": "Immunization",
            "id": found,
            "meta": meta("Immunization"),
            "extension": ROUTINE,
            "status": "completed",
            "vaccineCode": _CODES[vaccine],
            "patient": chart.subject,
            "occurrenceDateTime": moment(on, 480 + rng.randrange(180)),
            "primarySource": True,
            "location": shared_ref(f"Location/khoa-{station}-tc"),
            "lotNumber": f"MAU-{vaccine}-{batch % 1000:03d}",
            "expirationDate": moment((batch + 8) * 90, 0)[:10],
            "route": _ROUTES[vaccine in BY_MOUTH],
            "performer": [
                {"actor": shared_ref(f"Practitioner/{staff.nurse(station, rng.randrange(8)).id}")},
                {"actor": shared_ref(f"Organization/{station}")},
            ],
            "protocolApplied": [{"doseNumberPositiveInt": number}],
        }
    )
    return found
