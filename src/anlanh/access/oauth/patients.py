"""Whose record an app may be pointed at: for citizens themselves and those for whom they act, for staff whoever they find.

FHIR: Patient, RelatedPerson
Source: SMART App Launch 2.2, launch context (standalone apps)
"""

from __future__ import annotations

from dataclasses import dataclass

from anlanh.access.accounts.model import Kind, Session
from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

MOST = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody whose record can be chosen. `born` is a FHIR date; empty: not known. `own`: who is signed in."""

    reference: str
    name: str
    born: str
    own: bool = False


async def choices(work: Work, record: Record, session: Session, sought: str = "") -> list[Choice]:
    """The people to choose from: a citizen first, then the family; for staff those found by name or number."""
    if session.kind is not Kind.CITIZEN:
        return await _read(work, record, session, [_by(sought)]) if sought.strip() else []
    rows = await work.connection.fetch(
        "select distinct r.id from relation a join resource r on r.rid = a.patient and not r.deleted where a.party = $1"
        " and a.kind in ('parent', 'delegate') and a.since <= $2 and a.until > $2 order by r.id limit $3",
        rid_of("Patient", session.person_ref.removeprefix("Patient/")), work.at, MOST,
    )  # fmt: skip
    ids = [session.person_ref.removeprefix("Patient/"), *(row["id"] for row in rows)]
    found = await _read(work, record, session, [("_id", ",".join(ids))])
    return sorted(found, key=lambda each: (not each.own, each.name))


async def one(work: Work, record: Record, session: Session, reference: str) -> Choice | None:
    """The person of that reference, if who is signed in may know of them."""
    resource_type, _, patient_id = reference.partition("/")
    if resource_type != "Patient" or not patient_id.replace("-", "").replace(".", "").isalnum():
        return None
    found = await _read(work, record, session, [("_id", patient_id)])
    return found[0] if found else None


def _by(sought: str) -> tuple[str, str]:
    text = sought.strip()
    return ("identifier", text) if text.isdigit() else ("name", text)


async def _read(work: Work, record: Record, session: Session, pairs: list[tuple[str, str]]) -> list[Choice]:
    """Those found whom this person may see."""
    criteria = record.criteria("", record.sight(work))
    page = await find.find(
        work, record, criteria, queries.read(criteria, ("Patient",), [*pairs, ("_count", str(MOST))])
    )
    found = [json.decode_fast(each.content) for each in page.matches]
    return [
        Choice(
            f"Patient/{each['id']}", str((each.get("name") or [{}])[0].get("text", "")), str(each.get("birthDate", "")),
            f"Patient/{each['id']}" == session.person_ref,
        )
        for each in found
        if each.get("active", True)
    ]  # fmt: skip
