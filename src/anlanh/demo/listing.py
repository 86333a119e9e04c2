"""What the public directory says of a facility of the made-up province: level, licence, hours, telephone, languages, prices.

All of it is made up, and nobody answers at these numbers; prices are those of `tables/services.csv` by payer.

FHIR: Organization, Location.hoursOfOperation, HealthcareService, ChargeItemDefinition.propertyGroup
Source: Luật KCB 15/2023/QH15 Điều 104 (three levels) [K]; languages: https://www.rfc-editor.org/info/bcp47
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from anlanh.demo import numbers, places
from anlanh.demo.elements import Resource, concept
from anlanh.fhir.vn.systems import BASE

CURRENCY = "VND"
EFFECTIVE_FROM = "2026-01-01"
FIRST_PHONE = 4_500_001
"""Where the telephones of facilities begin among the made-up ones."""

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
EVERY_DAY = [*WEEKDAYS, "sat", "sun"]
DAY_AND_NIGHT = [{"daysOfWeek": EVERY_DAY, "allDay": True}]
OFFICE = [
    {"daysOfWeek": WEEKDAYS, "openingTime": "07:00:00", "closingTime": "11:30:00"},
    {"daysOfWeek": WEEKDAYS, "openingTime": "13:30:00", "closingTime": "17:00:00"},
]
SHOP = [{"daysOfWeek": EVERY_DAY, "openingTime": "06:30:00", "closingTime": "21:00:00"}]
HOURS = {"hospital": DAY_AND_NIGHT, "centre": DAY_AND_NIGHT, "station": OFFICE, "cdc": OFFICE, "pharmacy": SHOP}

LEVELS = {"hospital": "Cấp cơ bản", "centre": "Cấp cơ bản", "station": "Cấp ban đầu"}
SPECIALISED = ("bv-trung-uong",)
INSURED = ("hospital", "centre", "station")
PAYERS = (("Bảo hiểm y tế", 100), ("Viện phí", 100), ("Theo yêu cầu", 200))
"""Who pays, and how many hundredths of the price of the table; only hospitals treat at one's own request."""

SPEECH = {"vi": "Tiếng Việt", "tyz": "Tiếng Tày", "nut": "Tiếng Nùng", "hmn": "Tiếng Mông"}


def licence(code: str) -> Resource:
    """The licence of a facility to work, of its code."""
    return {"system": f"{BASE}sid/gphd", "value": f"{code}/TNG-GPHĐ"}


def level(facility_id: str, kind: str) -> list[Resource]:
    """The level of care as a further type of the Organization; none for those who do not treat."""
    words = "Cấp chuyên sâu" if facility_id in SPECIALISED else LEVELS.get(kind)
    return [{"text": words}] if words else []


def open_to_people(kind: str, number: int) -> Resource:
    """Hours and telephone of a site; nothing where nobody comes to."""
    if kind not in HOURS:
        return {}
    phone = {"system": "phone", "value": numbers.phone(FIRST_PHONE + number), "use": "work"}
    return {"telecom": [phone], "hoursOfOperation": HOURS[kind]}


def welcome(kind: str, commune_code: str) -> Resource:
    """What a service tells those who want to come: languages, the way in, who pays."""
    found: Resource = {"communication": [_speech(each) for each in _spoken(commune_code)]}
    if kind != "station" or int(commune_code) % 3:
        found["characteristic"] = [{"text": "Lối đi cho xe lăn"}]
    if kind in INSURED:
        found["program"] = [{"text": "Bảo hiểm y tế"}]
    return found


def prices(at_levels: list[tuple[str, int]], group: str) -> Iterator[Resource]:
    """Groups of a ChargeItemDefinition: a price for each level and payer."""
    for where, amount in at_levels:
        for payer, hundredths in PAYERS:
            if hundredths == 100 or where == "Bệnh viện":
                yield {
                    "applicability": [{"description": where}, {"description": payer}],
                    "priceComponent": [_component(amount * hundredths // 100, group)],
                }


def _component(amount: int, group: str) -> dict[str, Any]:
    return {
        "type": "base",
        "code": concept(f"{BASE}CodeSystem/byt-ma-nhom", group),
        "amount": {"value": amount, "currency": CURRENCY},
    }


def _spoken(commune_code: str) -> list[str]:
    commune = places.by_code()[commune_code]
    here = ["tyz"] if commune.zone == places.FORMER_BAC_KAN else []
    return ["vi", *here, *(["nut"] if commune.hard else []), *(["hmn"] if commune.hard and here else [])]


@cache
def _speech(code: str) -> Resource:
    return concept("urn:ietf:bcp:47", code, text=SPEECH[code])
