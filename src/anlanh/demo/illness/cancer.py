"""Cancer: found in the last five years, treated in cycles at a hospital, for some with morphine at the end.

FHIR: Condition, Encounter, Procedure, DiagnosticReport
Source: GLOBOCAN 2022 for Viet Nam: about 0.41 % of people live with a cancer found in the last five years [K]
"""

from __future__ import annotations

from anlanh.demo import facilities
from anlanh.demo.body import Body
from anlanh.demo.chart import Chart
from anlanh.demo.illness import examination

SHARES = ((60, 0.017), (50, 0.009), (40, 0.005), (30, 0.0015), (0, 0.0001))
FOUND_WITHIN_DAYS = 5 * 365
CYCLES, CYCLE_DAYS = 6, 21

KINDS = {
    True: (
        (("C50.9", "U ác của vú không đặc hiệu"), 30), (("C34.9", "U ác của khí quản hoặc phổi, không đặc hiệu"), 12),
        (("C18.9", "U ác của đại tràng không đặc hiệu"), 14), (("C53.9", "U ác của cổ tử cung không đặc hiệu"), 9),
        (("C73", "U ác của tuyến giáp"), 14), (("C16.9", "U ác của dạ dày không đặc hiệu"), 9),
    ),
    False: (
        (("C22.0", "Ung thư biểu mô tế bào gan"), 26), (("C34.9", "U ác của khí quản hoặc phổi, không đặc hiệu"), 24),
        (("C16.9", "U ác của dạ dày không đặc hiệu"), 15), (("C18.9", "U ác của đại tràng không đặc hiệu"), 15),
    ),
}  # fmt: skip
BREAST = "C50.9"


def write(chart: Chart, body: Body) -> list[str]:
    """The cancer of a person, if there is one. Ids of the Conditions."""
    person, rng = chart.person, chart.rng
    age = person.age(chart.until)
    share = next(part for above, part in SHARES if age >= above)
    if rng.random() >= share * (3 if person.died else 1) or person.persona:
        return []
    kinds = KINDS[person.female]
    diagnosis = rng.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
    found = chart.until - rng.randrange(30, FOUND_WITHIN_DAYS)
    hospital = facilities.by_id()["bvdk-bac-kan" if person.household.commune.zone == "bac-kan" else "bv-trung-uong"]
    condition = chart.problem(diagnosis, found)
    first = chart.visit(found, hospital, "K33", diagnosis, "Phát hiện khối u", condition=condition)
    examination.blood_count(chart, first, haemoglobin=118)
    chart.imaging(first, "SA-BUNG", "Có khối bất thường, đề nghị sinh thiết")
    for cycle in range(CYCLES):
        on = found + 20 + cycle * CYCLE_DAYS
        if on >= chart.until:
            break
        visit = chart.visit(
            on, hospital, "K33", diagnosis, "Hóa trị theo đợt", kind="04", condition=condition, lasts=300
        )
        examination.blood_count(chart, visit, infected=-3.5, platelets=190, haemoglobin=112)
        chart.measure(visit, "weight", body.weight(age) - 10 * cycle)
    if diagnosis[0] == BREAST:
        chart.takes("tamoxifen", found + 160)
    if person.died and chart.until - 40 > found:
        last = chart.visit(chart.until - 35, hospital, "K33", diagnosis, "Đau nhiều", condition=condition)
        chart.prescribe(last, ("morphin",))
    return [condition]
