"""Allergies of made-up people.

FHIR: AllergyIntolerance
Source: four of a hundred people, illustrative
"""

from __future__ import annotations

from anlanh.demo.chart import Chart
from anlanh.demo.elements import hl7, meta, moment

SHARE = 0.04
SUBSTANCES = (
    ("Penicillin", "medication", "high", "Nổi mề đay, khó thở"),
    ("Thuốc giảm đau chống viêm không steroid", "medication", "low", "Nổi ban"),
    ("Hải sản", "food", "low", "Ngứa, nổi mề đay"),
    ("Cotrimoxazol", "medication", "high", "Ban đỏ toàn thân"),
    ("Lạc", "food", "high", "Sưng môi, khó thở"),
)
"""Substance, category, criticality, reaction."""

ACTIVE = hl7("allergyintolerance-clinical", "active")
CONFIRMED = hl7("allergyintolerance-verification", "confirmed")
KNOWN_TO = "farmer"


def write(chart: Chart) -> list[str]:
    """The allergies of a person. Ids of the AllergyIntolerances."""
    rng, person = chart.rng, chart.person
    if rng.random() >= SHARE and person.persona != KNOWN_TO:
        return []
    substance, category, criticality, reaction = SUBSTANCES[0] if person.persona else rng.choice(SUBSTANCES)
    found = chart.new_id("di-ung")
    chart.resources.append(
        {
            "resourceType": "AllergyIntolerance",
            "id": found,
            "meta": meta("AllergyIntolerance"),
            "clinicalStatus": ACTIVE,
            "verificationStatus": CONFIRMED,
            "type": "allergy",
            "category": [category],
            "criticality": criticality,
            "code": {"text": substance},
            "patient": chart.subject,
            "recordedDate": moment(chart.until - rng.randrange(30, 900), 540)[:10],
            "reaction": [{"manifestation": [{"text": reaction}]}],
        }
    )
    return [found]
