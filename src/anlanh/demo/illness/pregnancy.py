"""Pregnancies: antenatal visits, births, the newborn; those of the last three years that led to a child, and present ones.

FHIR: EpisodeOfCare, Encounter, Observation, Procedure, Condition, Immunization
Source: QĐ 4128/QĐ-BYT năm 2016 [K] (four visits or more in three terms); births 14-16 for 1,000 people a year
"""

from __future__ import annotations

from anlanh.demo import facilities, immunisation
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart, Visit
from anlanh.demo.elements import meta, moment
from anlanh.demo.households import Person
from anlanh.demo.illness import examination
from anlanh.demo.illness.acute import YEARS

ANTENATAL = ("Z34.9", "Theo dõi thai bình thường, không đặc hiệu")
BIRTH = ("O80.0", "Đẻ thường ngôi đầu")
CAESAREAN = ("O82.0", "Mổ lấy thai chủ động")
BORN = ("Z38.0", "Sinh một con, tại bệnh viện")
DIABETIC = ("O24.4", "Đái tháo đường tăng lên trong khi có thai")

WEEKS = ((9, 13, 0.9), (16, 20, 0.88), (22, 26, 0.85), (28, 31, 0.93), (33, 35, 0.75), (36, 38, 0.8), (39, 39, 0.45))
"""From week, to week, share of women who come."""

CHANCES = ((40, 0.01), (35, 0.035), (30, 0.08), (25, 0.12), (20, 0.13), (18, 0.06))
"""Pregnant now, of those who live with a husband, by age."""

TERM = 280
PERSONA_DAYS = 30 * 7 + 2
CAESAREANS = 0.34


def write(chart: Chart, body: Body) -> bool:
    """The pregnancies of a woman; whether she expects a child today."""
    person, rng = chart.person, chart.rng
    if not person.female:
        return False
    born = [each for each in person.children if each.mother is person and each.born > chart.today - YEARS * 365]
    for child in born:
        if child.born < chart.until:
            _carried(chart, body, child)
    age = person.age(chart.today)
    recently = any(child.born > chart.today - 500 for child in born)
    chance = next((part for above, part in CHANCES if age >= above), 0.0)
    expects = person.spouse is not None and age < 45 and not recently and not person.died and rng.random() < chance
    named = person.persona == "pregnant"
    if not named and (person.persona or not expects):
        return False
    days = PERSONA_DAYS if named else rng.randrange(50, TERM)
    _antenatal(chart, body, chart.today - days, chart.today, rng.random())
    return True


def _carried(chart: Chart, body: Body, child: Person) -> None:
    rng = chart.rng
    start = child.born - TERM + rng.randrange(-9, 10)
    _antenatal(chart, body, start, child.born, rng.random())
    cut = rng.random() < CAESAREANS
    place = facilities.nearest_hospital(chart.person.household.commune.code)
    visit = chart.visit(
        child.born, place, "K27", CAESAREAN if cut else BIRTH, "Đau bụng, chuyển dạ", kind="03", cls="IMP",
        minute=rng.randrange(60, 1200), lasts=(4 if cut else 2) * 1440,
    )  # fmt: skip
    examination.vitals(chart, body, visit)
    if cut:
        chart.procedure(visit, "PT-LAY-THAI", "Phẫu thuật lấy thai lần đầu")
        chart.prescribe(visit, ("ceftriaxon", "paracetamol"))
    else:
        chart.procedure(visit, "DO-DE", "Đỡ đẻ ngôi chỏm")
    chart.close(visit, "1")


def _antenatal(chart: Chart, body: Body, start: int, end: int, keen: float) -> None:
    """The visits of a pregnancy from its first day until the birth, or until today."""
    rng, person = chart.rng, chart.person
    commune = person.household.commune
    station, hospital = facilities.by_id()[commune.station_id], facilities.nearest_hospital(commune.code)
    first, sugar = True, rng.random() < 0.07
    condition = ""
    for low, high, part in WEEKS:
        week = rng.randint(low, high)
        on = start + week * 7 + rng.randrange(7)
        if on >= end:
            break
        if rng.random() > part * (0.8 + 0.25 * keen):
            continue
        by_station = rng.random() < 0.6
        place, room = (station, "BM") if by_station else (hospital, "K01")
        if first:
            condition = chart.problem(ANTENATAL, on)
            _episode(chart, condition, on, end)
        visit = chart.visit(on, place, room, ANTENATAL, f"Khám thai {week} tuần", condition=condition)
        _examine(chart, body, visit, week, first)
        if sugar and week > 23:
            chart.panel(visit, "XN-GLU", (("glucose", rng.randrange(52, 66)),))
        first = False
    if condition and rng.random() < 0.92:
        immunisation.tetanus(chart, start + 20 * 7, end)


def _examine(chart: Chart, body: Body, visit: Visit, week: int, first: bool) -> None:
    rng, age = chart.rng, chart.person.age(visit.on)
    chart.pressure(visit, *body.pressure(age, -4 if week < 28 else 2))
    chart.measure(visit, "weight", body.weight(age) + max(0, week - 12) * 4)
    if week >= 16:
        chart.measure(visit, "fundal height", max(8, week - 2 + rng.randrange(-2, 3)))
        chart.measure(visit, "fetal heart", rng.randrange(128, 158))
    chart.test(visit, "XN-NT", "urine protein", rng.random() < 0.04)
    if first:
        examination.blood_count(chart, visit, haemoglobin=116)
        chart.test(visit, "XN-HIV", "HIV", False)
        chart.test(visit, "XN-GM", "syphilis", False)
    if week in range(11, 14) or week in range(20, 25) or week > 30:
        chart.imaging(visit, "SA-THAI", f"Một thai sống trong buồng tử cung, khoảng {week} tuần")
    chart.prescribe(visit, ("sat-folic", "canxi"))


def _episode(chart: Chart, condition: str, since: int, end: int) -> None:
    over = end < chart.today
    chart.resources.append(
        {
            "resourceType": "EpisodeOfCare",
            "id": f"thai-{condition.removeprefix('benh-')}",
            "meta": meta("EpisodeOfCare"),
            "status": "finished" if over else "active",
            "type": [{"text": "Quản lý thai nghén"}],
            "diagnosis": [{"condition": {"reference": f"Condition/{condition}"}}],
            "patient": chart.subject,
            "managingOrganization": {"reference": f"Organization/{chart.person.household.commune.station_id}"},
            "period": {"start": moment(since, 0)[:10]} | ({"end": moment(end, 0)[:10]} if over else {}),
        }
    )


def newborn(chart: Chart, body: Body) -> None:
    """The first days of a child born in the last three years."""
    person = chart.person
    if person.born <= chart.today - YEARS * 365 or person.mother is None or person.born >= chart.until:
        return
    place = facilities.nearest_hospital(person.household.commune.code)
    visit = chart.visit(
        person.born, place, "K27", BORN, "Trẻ sinh ra sống", kind="03", cls="IMP",
        minute=chart.rng.randrange(60, 1200), lasts=2 * 1440,
    )  # fmt: skip
    chart.measure(visit, "weight", int(33 * body.factor))
    chart.measure(visit, "height", int(496 * body.height_factor))
    chart.close(visit, "1")
