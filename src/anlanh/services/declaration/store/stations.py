"""Health stations: which one is near to a person, and what it may see.

FHIR: Organization, Patient
"""

from __future__ import annotations

from typing import Any

from anlanh.access import principals
from anlanh.access.identity import communes
from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, read, sight
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.declaration.model import Station
from anlanh.services.declaration.rules.deciding import phone_of
from anlanh.services.declaration.store.entries import TYPE
from anlanh.services.declaration.store.forms import as_publisher

NAME = "Trạm Y tế"
"""How the name of a station begins."""

MOST = 50


async def of_registration(work: Work, record: Record, patient: dict[str, Any]) -> Station | None:
    """The station where a person is registered; None: at none."""
    given = [str(each.get("reference", "")) for each in patient.get("generalPractitioner", ())]
    found = [await named(work, record, each) for each in given if each.startswith("Organization/")]
    return next((each for each in found if each is not None), None)


async def of_commune(work: Work, record: Record, code: str) -> Station | None:
    """The station of a commune of today by its code; None: it has none, or the code is not one."""
    name = communes.names_of_today().get(code)
    if name is None:
        return None
    with as_publisher(work):
        criteria = record.criteria("", record.sight(work))
        pairs = [("name", NAME), ("address-city", name), ("active:not", "false"), ("_count", str(MOST))]
        page = await find.find(work, record, criteria, queries.read(criteria, ("Organization",), pairs))
    for each in page.matches:
        content = json.decode_fast(each.content)
        if any(code in communes.codes_of(address) for address in content.get("address", ())):
            return Station(f"Organization/{each.id}", str(content.get("name", "")))
    return None


async def named(work: Work, record: Record, reference: str) -> Station | None:
    """The facility of a reference "Organization/x"; None: there is none."""
    with as_publisher(work):
        stored = await read.current(work, record, [rid_of(*reference.split("/"))])
    found = [json.decode_fast(each.content) for each in stored.values()]
    return next((Station(reference, str(each.get("name") or reference), phone_of(each)) for each in found), None)


async def may_see(work: Work, record: Record, station: Station, response_id: str) -> bool:
    """Whether the rules let who works at a station see a declaration: it is not hidden from it, nor sensitive."""
    rid = rid_of(TYPE, response_id)
    who = principals.principal(station.reference, "station-worker", organizations=(station.reference,), assurance=2)
    sees = record.sights(who, who.purpose)
    return rid in await sight.choose(work, record, sees, TYPE, [rid], "r")
