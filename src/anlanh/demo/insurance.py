"""Health insurance of made-up people: who is insured in which group, with what card.

FHIR: Coverage
Source: Luật BHYT; QĐ 1351/QĐ-BHXH [K] (object codes, benefit digits); about 96 of 100 people are insured
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from anlanh.demo import numbers
from anlanh.demo.elements import Resource, coded, day, meta, shared_ref
from anlanh.demo.households import Person
from anlanh.fhir.vn.systems import BASE, BHYT_CARD
from anlanh.kernel.vn import codes

INSURED = 0.96
BENEFIT_NAMES = dict(codes.BHYT_BENEFITS.rows)

BENEFITS = {
    "TE": "1", "CC": "1", "HN": "2", "DT": "2", "DK": "2", "BT": "2", "HT": "3", "CN": "3", "DN": "4", "HC": "4",
    "HS": "4", "SV": "4", "GD": "4",
}  # fmt: skip
"""Benefit digit of each object code."""

KINH = "01"
WORKING_AGE = 60
CARE_FROM = 75
"""Old people without a pension are insured by the state from this age on. Source: Luật BHXH 41/2024/QH15 Điều 21 [K]"""


@dataclass(frozen=True, slots=True)
class Cover:
    """A card: object code, benefit digit, area, number; where the first visit is to be."""

    object_code: str
    benefit: str
    area: str
    card: str
    facility_id: str


def cover(person: Person, rng: random.Random, age: int) -> Cover | None:
    """The card of a person of that age; None for who has none."""
    if rng.random() >= INSURED and age >= 6 and not person.persona:
        return None
    code = _object_code(person, rng, age)
    commune = person.household.commune
    area = "K2" if commune.hard and person.ethnic != KINH else ("K1" if person.household.standing == "poor" else "")
    return Cover(code, BENEFITS[code], area, numbers.card(person.number, code, BENEFITS[code]), commune.station_id)


def _object_code(person: Person, rng: random.Random, age: int) -> str:
    commune, standing = person.household.commune, person.household.standing
    if age < 6:
        return "TE"
    if standing == "poor":
        return "HN"
    if commune.hard and person.ethnic != KINH:
        return "DK" if rng.random() < 0.5 else "DT"
    if standing == "near-poor":
        return "CN"
    if age < 18:
        return "HS"
    if age >= CARE_FROM:
        return "BT"
    if age >= WORKING_AGE and rng.random() < 0.35:
        return "HT"
    if age < 23 and rng.random() < 0.4:
        return "SV"
    dice = rng.random()
    if age < WORKING_AGE and dice < (0.55 if commune.urban else 0.25):
        return "DN"
    return "HC" if age < WORKING_AGE and dice > 0.93 else "GD"


def coverage(person: Person, cover: Cover, today: int) -> Resource:
    """The card of this year, or of the year of death."""
    year = date.fromordinal(person.died or today).year
    extensions = [coded("muc-huong", "bhyt-muc-huong", cover.benefit, BENEFIT_NAMES[cover.benefit])]
    if cover.area:
        extensions.append(coded("khu-vuc", "bhyt-khu-vuc", cover.area))
    extensions.append(
        {
            "url": f"{BASE}StructureDefinition/noi-dang-ky",
            "valueReference": shared_ref(f"Organization/{cover.facility_id}"),
        }
    )
    return {
        "resourceType": "Coverage",
        "id": f"the-{person.number:06d}",
        "meta": meta("Coverage"),
        "extension": extensions,
        "identifier": [{"system": BHYT_CARD, "value": cover.card}],
        "status": "active" if not person.died else "cancelled",
        "subscriberId": numbers.bhxh_number(person.number),
        "beneficiary": {"reference": f"Patient/{person.id}"},
        "period": {"start": f"{year}-01-01", "end": day(person.died) if person.died else f"{year}-12-31"},
        "payor": [shared_ref("Organization/bhxh-tinh")],
    }
