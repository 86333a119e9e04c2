"""What is measured at a visit, by what the person comes with.

FHIR: Observation
Source: invented
"""

from __future__ import annotations

from anlanh.demo.body import Body
from anlanh.demo.chart import Chart, Visit

CHILD = 12
FEVERS = (0.0, 1.3, 2.4)
"""Degrees above normal: none, a fever, a high fever."""


def vitals(chart: Chart, body: Body, visit: Visit, fever: int = 0, at: str = "", gone: float = 0.0) -> None:
    """Temperature and pulse, pressure of those above twelve, weight of children, breathing of the feverish.

    `gone`: how much of the illness is over, 0 to 1; `at`: another instant than the visit's.
    """
    age = (visit.on - chart.person.born) / 365.25
    degrees = FEVERS[fever] * (1 - gone)
    chart.measure(visit, "temperature", body.temperature(degrees), at)
    chart.measure(visit, "pulse", body.pulse(age, degrees), at)
    if age >= CHILD:
        chart.pressure(visit, *body.pressure(age), at)
    elif not at:
        chart.measure(visit, "weight", body.weight(age))
    if fever == 2:
        chart.measure(visit, "breathing", body.breathing(age, 9 * (1 - gone)), at)
        chart.measure(visit, "saturation", min(99, int(93 + 5 * gone) + chart.rng.randrange(3)), at)


def blood_count(chart: Chart, visit: Visit, infected: float = 0, platelets: int = 260, haemoglobin: int = 134) -> None:
    """A blood count; `infected`: thousands of leukocytes above normal, below zero for viruses."""
    rng = chart.rng
    leukocytes = max(18, int(70 + 10 * infected + rng.gauss(0, 12)))
    haemoglobin = max(60, int(haemoglobin + rng.gauss(0, 8)))
    values = (
        ("leukocytes", leukocytes),
        ("haemoglobin", haemoglobin),
        ("haematocrit", int(haemoglobin * 3 + rng.gauss(0, 6))),
        ("platelets", max(12, int(platelets + rng.gauss(0, platelets * 0.12)))),
    )
    chart.panel(visit, "XN-CTM", values)
