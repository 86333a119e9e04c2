"""Requests of people about their own data, each with its clock: asked, extended once, answered.

FHIR: Task, Flag (of a correction: for the facility, and for whoever opens the record next)
Source: Luật 91/2025/QH15 Điều 4, 14; NĐ 356/2025/NĐ-CP
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from anlanh.access.rights import deadlines, notices, tables
from anlanh.access.rights.deadlines import Kind
from anlanh.access.rights.notices import ANNOUNCER
from anlanh.access.rights.problems import ExtendedBefore, NoSuchRequest, NothingChosen, NothingToSay
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read, write
from anlanh.fhir.store.problems import Gone, NotFound
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.fhir.vn.systems import BASE
from anlanh.platform.work import Work

LONGEST = 2000
REQUESTS = f"{BASE}sid/yeu-cau-du-lieu"
OUTCOMES = ("done", "partly", "refused")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `patient` is a key; `scopes` of retention.toml; `item` the reference of what is to be corrected."""

    id: str
    patient: int
    kind: Kind
    scopes: tuple[str, ...]
    item: str
    says: str
    asked_at: datetime
    answer_by: datetime
    done_by: datetime
    extended: str
    answered_at: datetime | None
    outcome: str
    answer: str
    erase_from: datetime | None
    erased_at: datetime | None
    erased: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of a request to erase: `erase` goes, `keep` stays by law; `answer` tells it with the reasons."""

    erase: tuple[str, ...]
    keep: tuple[str, ...]
    outcome: str
    answer: str


def decide(scopes: Sequence[str]) -> Decided:
    """What of the kinds of data named may go. Pure.

    >>> decide(["messages", "medical-record"]).outcome
    'partly'

    Raises:
        NothingChosen: none of them is in the table.
    """
    kinds = [tables.retention()[each] for each in dict.fromkeys(scopes) if each in tables.retention()]
    if not kinds:
        raise NothingChosen(expression="scopes")
    erase = tuple(each.code for each in kinds if each.erase)
    kept = [each for each in kinds if not each.erase]
    outcome = "done" if not kept else "partly" if erase else "refused"
    lines = [f"{each.vi}: sẽ được xóa hẳn, kể cả các phiên bản cũ." for each in kinds if each.erase]
    lines += [f"{each.vi}: chưa xóa được. {each.reason} ({each.law})" for each in kept]
    return Decided(erase, tuple(each.code for each in kept), outcome, "\n".join(lines))


async def ask(
    work: Work, record: Record, patient: str, kind: Kind, text: str, scopes: Sequence[str] = (), item: str = ""
) -> Asked:
    """Open a request of "Patient/x". Safe to repeat: the same one still open is the same.

    What is to be erased and may go is handed to the job at once; what the law keeps is refused at once, with the reason.

    Raises:
        NothingToSay, NothingChosen: it is empty. NotFound: the item is not of their record.
    """
    said = text.strip()
    if len(said) > LONGEST or (not said and kind is not Kind.ERASE):
        raise NothingToSay(expression="says", most=LONGEST)
    decided = decide(scopes) if kind is Kind.ERASE else None
    rid = rid_of(*patient.split("/"))
    subject = await _of_record(work, record, item, rid) if item else None
    await work.connection.execute("select pg_advisory_xact_lock($1)", rid)
    there = await work.connection.fetchrow(
        "select * from rights_request where patient = $1 and kind = $2 and item = $3 and says = $4 and scopes = $5"
        " and (answered_at is null or (erase_from is not null and erased_at is null)) order by asked_at limit 1",
        rid, kind, item, said, list(scopes),
    )  # fmt: skip
    if there is not None:
        return _of(there)
    clock = deadlines.clock(kind, work.at, record.zone)
    row = await work.connection.fetchrow(
        "insert into rights_request (id, patient, asked_by, kind, scopes, item, says, asked_at, answer_by, done_by,"
        " answered_at, answered_by, outcome, answer, erase_from)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) returning *",
        uuid.uuid4(), rid, work.principal.subject, kind, list(scopes), item, said, work.at, clock.answer_by,
        clock.done_by, work.at if decided else None, ANNOUNCER.subject if decided else "",
        decided.outcome if decided else None, decided.answer if decided else "",
        work.at if decided and decided.erase else None,
    )  # fmt: skip
    assert row is not None
    asked = _of(row)
    if subject is not None:
        await _tell_facility(work, record, patient, asked, subject)
    return asked


async def mine(work: Work, patient: str) -> list[Asked]:
    """The requests of a person, newest first."""
    rows = await work.connection.fetch(
        "select * from rights_request where patient = $1 order by asked_at desc, id limit 200",
        rid_of(*patient.split("/")),
    )
    return [_of(row) for row in rows]


async def waiting(work: Work) -> list[Asked]:
    """What has to be answered, the most urgent first."""
    rows = await work.connection.fetch(
        "select * from rights_request where answered_at is null order by least(answer_by, done_by), id limit 500"
    )
    return [_of(row) for row in rows]


async def extend(work: Work, record: Record, request_id: str, why: str) -> Asked:
    """Extend the time of a request, once, with the reason.

    Raises:
        NoSuchRequest, ExtendedBefore, NothingToSay: nothing was changed.
    """
    _check(why)
    found = await _open(work, request_id)
    if found.extended:
        raise ExtendedBefore
    until = deadlines.extended(found.kind, found.asked_at, record.zone)
    row = await work.connection.fetchrow(
        "update rights_request set done_by = $2, extended = $3 where id::text = $1 returning *",
        request_id, until, why.strip(),
    )  # fmt: skip
    assert row is not None
    return _of(row)


async def answer(work: Work, record: Record, request_id: str, outcome: str, text: str) -> Asked:
    """Answer a request, once; the person is told. `outcome`: done, partly or refused.

    Raises:
        NoSuchRequest: unknown, or answered before. NothingToSay: no answer given.
    """
    _check(text)
    found = await _open(work, request_id)
    row = await work.connection.fetchrow(
        "update rights_request set answered_at = $2, answered_by = $3, outcome = $4, answer = $5"
        " where id::text = $1 returning *",
        request_id, work.at, work.principal.subject, outcome if outcome in OUTCOMES else "refused", text.strip(),
    )  # fmt: skip
    assert row is not None
    person = await work.connection.fetchval("select id from resource where rid = $1", found.patient)
    if person is not None:
        said = "Yêu cầu của ông/bà về dữ liệu cá nhân đã được trả lời. Mở mục “Dữ liệu của tôi” để đọc."
        await notices.tell(work, record, f"Patient/{person}", said, f"request {request_id}")
    return _of(row)


def _check(text: str) -> None:
    if not text.strip() or len(text) > LONGEST:
        raise NothingToSay(expression="answer", most=LONGEST)


async def _open(work: Work, request_id: str) -> Asked:
    row = await work.connection.fetchrow(
        "select * from rights_request where id::text = $1 and answered_at is null for update", request_id
    )
    if row is None:
        raise NoSuchRequest
    return _of(row)


async def _of_record(work: Work, record: Record, item: str, patient: int) -> dict[str, Any]:
    resource_type, _, resource_id = item.partition("/")
    try:
        stored = await read.read(work, record, resource_type, resource_id)
    except (Gone, KeyError):
        raise NotFound(type="item") from None
    if patient not in stored.patients:
        raise NotFound(type="item")
    found: dict[str, Any] = json.decode(stored.content)
    return found


FACILITY = ("managingOrganization", "serviceProvider", "custodian", "performer", "author", "requester", "recorder")
"""Elements that name who keeps or made a resource, the nearest first."""


def facility_of(resource: dict[str, Any]) -> str:
    """Who is asked to correct it: the first facility or professional that it names; empty: the province."""
    for name in FACILITY:
        given = resource.get(name)
        for each in given if isinstance(given, list) else [given]:
            reference = _reference(each)
            if reference.startswith(("Organization/", "Practitioner/", "PractitionerRole/")):
                return reference
    return ""


def _reference(element: Any) -> str:
    if not isinstance(element, dict):
        return ""
    return str(element.get("reference") or _reference(element.get("actor")))


async def _tell_facility(work: Work, record: Record, patient: str, asked: Asked, subject: dict[str, Any]) -> None:
    """A Task for who keeps the item, and a Flag that says at once that its person does not agree."""
    identifier = [{"system": REQUESTS, "value": asked.id}]
    owner = facility_of(subject)
    task = {
        "resourceType": "Task",
        "identifier": identifier,
        "status": "requested",
        "intent": "order",
        "code": {"text": "Người bệnh yêu cầu chỉnh sửa"},
        "description": asked.says,
        "focus": {"reference": asked.item},
        "for": {"reference": patient},
        "authoredOn": instant_text(asked.asked_at),
        "requester": {"reference": patient},
        "restriction": {"period": {"end": asked.done_by.isoformat()}},
    }
    if owner:
        task["owner"] = {"reference": owner}
    flag = {
        "resourceType": "Flag",
        "identifier": identifier,
        "status": "active",
        "category": [{"text": "Ý kiến của người bệnh"}],
        "code": {"text": "Người bệnh không đồng ý với một mục trong hồ sơ"},
        "subject": {"reference": patient},
        "period": {"start": instant_text(asked.asked_at)},
        "author": {"reference": patient},
    }
    actor, work.principal = work.principal, ANNOUNCER
    try:
        for each in (task, flag):
            await write.create(work, record, each)
    finally:
        work.principal = actor


def _of(row: asyncpg.Record) -> Asked:
    return Asked(
        str(row["id"]), row["patient"], Kind(row["kind"]), tuple(row["scopes"]), row["item"], row["says"],
        row["asked_at"], row["answer_by"], row["done_by"], row["extended"], row["answered_at"], row["outcome"] or "",
        row["answer"], row["erase_from"], row["erased_at"], row["erased"],
    )  # fmt: skip
