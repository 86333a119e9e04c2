"""From what somebody proved (a number, a telephone) to the person in the record.

FHIR: Patient.identifier, Patient.telecom, Practitioner.identifier
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.store import find
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

MOST = 50
"""People with one telephone; more is not a family's."""


async def by_identifier(work: Work, record: Record, resource_type: str, system: str, value: str) -> list[str]:
    """References of the active people with that identifier: `["Patient/x"]`."""
    found = await _search(work, record, resource_type, [("identifier", f"{system}|{value}")])
    return [f"{resource_type}/{each['id']}" for each in found]


async def by_phone(work: Work, record: Record, phone: str) -> list[tuple[str, str]]:
    """References and birth dates of the active people with that telephone number, in the form of `normal_phone`."""
    found = await _search(work, record, "Patient", [("phone", phone)])
    return [(f"Patient/{each['id']}", each.get("birthDate", "")) for each in found]


def normal_phone(text: str) -> str | None:
    """A Vietnamese telephone number as it is written here, ten digits from 0; None where it is none.

    >>> normal_phone("+84 912 345 678"), normal_phone("0912.345.678"), normal_phone("12")
    ('0912345678', '0912345678', None)
    """
    digits = re.sub(r"[\s.\-()]", "", text)
    national = re.sub(r"^(?:\+84|0084|84(?=\d{9}$))", "0", digits)
    return national if re.fullmatch(r"0\d{9,10}", national) else None


def read_day(text: str) -> str | None:
    """A day as people type it, as FHIR writes it; None where there is no such day.

    >>> read_day("5/3/1985"), read_day("05031985"), read_day("31/02/1985")
    ('1985-03-05', '1985-03-05', None)
    """
    match = re.fullmatch(r"(\d{1,2})[\s/.\-]?(\d{1,2})[\s/.\-]?(\d{4})", text.strip())
    if match is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


async def name_of(work: Work, record: Record, reference: str) -> str:
    """The name of a person or an organisation, as it is shown; empty where it is not known."""
    resource_type, _, resource_id = reference.partition("/")
    found = await _search(work, record, resource_type, [("_id", resource_id)])
    name = found[0].get("name", "") if found else ""
    return name if isinstance(name, str) else str(name[0].get("text", "")) if name else ""


async def _search(work: Work, record: Record, resource_type: str, pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
    criteria = record.criteria("", record.sight(work))
    query = queries.read(criteria, (resource_type,), [*pairs, ("_count", str(MOST))])
    page = await find.find(work, record, criteria, query)
    found = [json.decode_fast(each.content) for each in page.matches]
    return [each for each in found if each.get("active", True)]
