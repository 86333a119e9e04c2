"""Doses that were given, and those of the national programme (Tiêm chủng mở rộng) that are to come.

Only children's calendar is reckoned: tetanus in pregnancy hangs on doses that nobody recorded, and is for the station to say.

FHIR: Immunization, ImmunizationRecommendation
Source: TT 38/2017/TT-BYT, TT 10/2024/TT-BYT [K]; QĐ 2780/QĐ-BYT năm 2025 (rota, pneumococcus, HPV by roadmap, years [U])
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from anlanh.fhir.vn.systems import BASE, CVX
from anlanh.kernel.vn import codes
from anlanh.services.record.model import Due, DueLine, ImmunizationLine
from anlanh.services.record.rules import words
from anlanh.services.record.rules.words import Names, Resource

TITLES = dict(codes.EPI_VACCINES.rows)
OF_CVX = {cvx: vaccine for vaccine, cvx in codes.VACCINE_TO_CVX} | {
    "177": "PCV",
    "152": "PCV",
    "45": "VGB0",
    "03": "MR",
}
EPI = f"{BASE}CodeSystem/tcmr-vac-xin"


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose of the calendar: vaccine, number, earliest age in months, fewest days after the dose before, the age in
    months from which it is no longer given; for those born from that year on; for girls only. `after`: the vaccine whose
    dose before it is, where that is another."""

    vaccine: str
    number: int
    months: int
    interval: int
    until: int
    born_from: int = 0
    girls: bool = False
    after: str = ""


CALENDAR = (
    Dose("VGB0", 1, 0, 0, 1),
    Dose("BCG", 1, 0, 0, 12),
    Dose("DPT-VGB-HIB", 1, 2, 0, 60), Dose("DPT-VGB-HIB", 2, 3, 28, 60), Dose("DPT-VGB-HIB", 3, 4, 28, 60),
    Dose("BOPV", 1, 2, 0, 60), Dose("BOPV", 2, 3, 28, 60), Dose("BOPV", 3, 4, 28, 60),
    Dose("ROTA", 1, 2, 0, 6, 2025), Dose("ROTA", 2, 3, 28, 6, 2025),
    Dose("PCV", 1, 2, 0, 24, 2026), Dose("PCV", 2, 4, 28, 24, 2026),
    Dose("IPV", 1, 5, 0, 60), Dose("IPV", 2, 9, 28, 60),
    Dose("SOI", 1, 9, 0, 60),
    Dose("VNNB", 1, 12, 0, 60), Dose("VNNB", 2, 12, 7, 60), Dose("VNNB", 3, 24, 330, 60),
    Dose("MR", 1, 18, 28, 60, after="SOI"),
    Dose("DPT", 4, 18, 180, 60, after="DPT-VGB-HIB"),
    Dose("TD", 1, 84, 180, 96, after="DPT"),
    Dose("HPV", 1, 132, 0, 180, 2015, girls=True),
)  # fmt: skip
"""The children's calendar as of 2026. Ages beyond which a dose is no longer given: [K]."""

GRACE = timedelta(days=30)
"""So long after its day a dose is still on time."""

AHEAD = timedelta(days=365)
GIVEN = ("completed",)


def given(resources: Sequence[Resource], names: Names) -> tuple[ImmunizationLine, ...]:
    """Doses that were given, the latest first."""
    return tuple(
        ImmunizationLine(
            words.source(each, names), _title(each), vaccine(each), _number(each), words.on(each), str(each.get("lotNumber", "")),
        )
        for each in words.latest_first(resources)
        if each.get("status") in GIVEN
    )  # fmt: skip


def vaccine(resource: Resource) -> str:
    """The vaccine as the national programme names it; empty where it is none of its."""
    own = words.code(resource.get("vaccineCode"), EPI)
    if own in TITLES:
        return own
    return next((OF_CVX[each] for each in words.codes(resource.get("vaccineCode"), CVX) if each in OF_CVX), "")


def _title(resource: Resource) -> str:
    return words.concept(resource.get("vaccineCode")) or TITLES.get(vaccine(resource), "")


def _number(resource: Resource) -> int | None:
    numbers = [each.get("doseNumberPositiveInt") for each in resource.get("protocolApplied", ())]
    return next((int(each) for each in numbers if each), None)


def due(lines: Sequence[ImmunizationLine], born: str, gender: str, today: date) -> tuple[DueLine, ...]:
    """The next dose of each vaccine that is to come within a year, the longest overdue first. Nothing where the day of
    birth is not known in full."""
    try:
        birth = date.fromisoformat(born)
    except ValueError:
        return ()
    found = [line for line in (_next(each, lines, birth, gender, today) for each in _first_doses(lines)) if line]
    return tuple(sorted(found, key=lambda line: (line.due_on, line.vaccine)))


def _first_doses(lines: Sequence[ImmunizationLine]) -> list[Dose]:
    """Of each vaccine the first dose of the calendar that was not given; a later one that was given counts for those
    before it."""
    chosen: dict[str, Dose] = {}
    for each in CALENDAR:
        if each.number > _done(lines, each.vaccine):
            chosen.setdefault(each.vaccine, each)
    return list(chosen.values())


def _done(lines: Sequence[ImmunizationLine], name: str) -> int:
    """How many doses of a vaccine were given: the highest number, or their count where that is higher."""
    own = [each for each in lines if each.vaccine == name]
    return max([each.dose or 0 for each in own] + [len({each.on[:10] for each in own})])


def _next(dose: Dose, lines: Sequence[ImmunizationLine], birth: date, gender: str, today: date) -> DueLine | None:
    if birth.year < dose.born_from or (dose.girls and gender != "female"):
        return None
    before = [each.on[:10] for each in lines if each.vaccine == (dose.after or dose.vaccine) and len(each.on) >= 10]
    if (dose.number > 1 or dose.after) and not before:
        return None
    due_on = months_after(birth, dose.months)
    if before:
        due_on = max(due_on, date.fromisoformat(max(before)) + timedelta(days=dose.interval))
    if today >= months_after(birth, dose.until) or due_on > today + AHEAD:
        return None
    standing = Due.OVERDUE if today > due_on + GRACE else Due.DUE if today >= due_on else Due.COMING
    return DueLine(dose.vaccine, TITLES[dose.vaccine], dose.number, due_on, standing)


def births_reaching(day: date) -> tuple[date, ...]:
    """Days of birth of those who reach the age of some dose of the calendar on that day, the latest first."""
    ages = sorted({each.months for each in CALENDAR})
    near = [(months, months_after(day, -months) + timedelta(days=each)) for months in ages for each in range(4)]
    return tuple(dict.fromkeys(born for months, born in near if months_after(born, months) == day))


def doses_before(day: date) -> tuple[date, ...]:
    """Days on which a dose was given after which another one may follow on that day, the latest first."""
    return tuple(day - timedelta(days=each) for each in sorted({dose.interval for dose in CALENDAR if dose.interval}))


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month.

    >>> months_after(date(2024, 12, 31), 2)
    datetime.date(2025, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
