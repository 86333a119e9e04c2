"""A copy of one's own record, whole: everything that is about the person and that they may see, page by page.

FHIR: Bundle, Patient/$everything
Source: Luật 15/2023/QH15 Điều 69 khoản 4; Luật 91/2025/QH15 Điều 4 (access and copy)
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.criteria import in_compartment
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.platform.work import Seen, Work

PAGE = 500


async def resources(work: Work, record: Record, patient: str, rule: str = "own-record") -> AsyncIterator[bytes]:
    """The JSON of each resource about "Patient/x" that who acts may see. Each is on the list of accesses, and so is
    that all were taken at once (`rule` names what allows it)."""
    _, _, patient_id = patient.partition("/")
    rid = rid_of("Patient", patient_id)
    work.seen.append(Seen("E", "Patient", (rid,), (rid,), rule))
    criteria = record.criteria("", record.sight(work))
    members = record.known.compartments["Patient"]
    types = sorted({each for each in members if members[each]} | {"Patient"})
    types = [each for each in types if record.sight(work).grants("s", each)]
    cursor: str | None = None
    while True:
        pairs = [("_count", str(PAGE)), *([("_cursor", cursor)] if cursor else [])]
        query = queries.read(criteria, types, pairs, within=in_compartment("Patient", patient_id))
        page = await find.find(work, record, criteria, query)
        for each in page.matches:
            yield each.content
        cursor = page.next
        if cursor is None:
            return


async def ndjson(work: Work, record: Record, patient: str) -> bytes:
    """The copy as lines of JSON, one resource each."""
    return b"".join([content + b"\n" async for content in resources(work, record, patient)])


async def bundle(work: Work, record: Record, patient: str) -> bytes:
    """The copy as a Bundle of type collection."""
    entries = [b'{"resource":' + content + b"}" async for content in resources(work, record, patient)]
    head = json.encode({"resourceType": "Bundle", "type": "collection", "timestamp": instant_text(work.at)})
    return head[:-1] + b',"entry":[' + b",".join(entries) + b"]}"


async def items(work: Work, record: Record, patient: str, types: tuple[str, ...], most: int) -> list[dict[str, Any]]:
    """The newest resources of these types about a person that who acts may see, at most so many of each type."""
    criteria = record.criteria("", record.sight(work))
    found: list[dict[str, Any]] = []
    for each in types:
        if record.sight(work).grants("s", each):
            pairs = [("_count", str(most)), ("_sort", "-_lastUpdated")]
            within = in_compartment("Patient", patient.partition("/")[2])
            page = await find.find(work, record, criteria, queries.read(criteria, (each,), pairs, within=within))
            found += [json.decode(stored.content) for stored in page.matches]
    return found
