"""“Tôi thắc mắc”: a citizen asks about an access; the privacy officer answers within two working days.

Source: Luật 91/2025/QH15 và NĐ 356/2025/NĐ-CP (any request is answered within two working days)
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from anlanh.fhir.search.keys import rid_of
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work

WORKING_DAYS = 2
LONGEST = 2000


class NothingAsked(Problem):
    issue = "required"
    says = "The question is empty or longer than {most} letters."
    hint = "Write in a sentence or two what you want to know about this access."


class NoSuchInquiry(Problem):
    issue = "not-found"
    says = "There is no such question, or it has been answered."
    hint = "Open the list of questions that wait for an answer."


class NoSuchAccess(Problem):
    issue = "not-found"
    says = "There is no such access on your list."
    hint = "Open the list again and choose the access you mean."


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question. `patient` is a key; `access_seq` the row of the access log that it is about."""

    id: str
    patient: int
    access_seq: int | None
    question: str
    asked_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    answer: str


def due(asked_at: datetime, zone: ZoneInfo, days: int = WORKING_DAYS) -> datetime:
    """The end of the last working day on which an answer is in time; Saturdays and Sundays do not count.

    >>> due(datetime(2026, 11, 20, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")), ZoneInfo("Asia/Ho_Chi_Minh")).date()
    datetime.date(2026, 11, 24)
    """
    day = asked_at.astimezone(zone)
    left = days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day.replace(hour=23, minute=59, second=59, microsecond=0)


async def ask(work: Work, patient: str, question: str, zone: ZoneInfo, access_seq: int | None = None) -> Inquiry:
    """Open a case. `patient`: "Patient/x", whose list it is. Safe to repeat: the same question about the same access is
    one case.

    Raises:
        NothingAsked: no question. NoSuchAccess: the access is not on that person's list.
    """
    text = question.strip()
    if not text or len(text) > LONGEST:
        raise NothingAsked(most=LONGEST)
    rid = rid_of(*patient.split("/"))
    if access_seq is not None and not await work.connection.fetchval(
        "select true from access_log where seq = $1 and patients @> array[$2::bigint]", access_seq, rid
    ):
        raise NoSuchAccess
    await work.connection.execute("select pg_advisory_xact_lock($1)", rid)
    there = await work.connection.fetchrow(
        "select * from inquiry where patient = $1 and question = $2 and access_seq is not distinct from $3"
        " and answered_at is null order by asked_at limit 1",
        rid, text, access_seq,
    )  # fmt: skip
    if there is not None:
        return _of(there)
    row = await work.connection.fetchrow(
        "insert into inquiry (id, patient, asked_by, access_seq, question, asked_at, answer_by)"
        " values ($1, $2, $3, $4, $5, $6, $7) returning *",
        uuid.uuid4(), rid, work.principal.subject, access_seq, text, work.at, due(work.at, zone),
    )  # fmt: skip
    assert row is not None
    return _of(row)


async def mine(work: Work, patient: str) -> list[Inquiry]:
    """The cases of a person, newest first."""
    rows = await work.connection.fetch(
        "select * from inquiry where patient = $1 order by asked_at desc, id limit 200", rid_of(*patient.split("/"))
    )
    return [_of(row) for row in rows]


async def waiting(work: Work) -> list[Inquiry]:
    """What the privacy officer has to answer, the most urgent first."""
    rows = await work.connection.fetch(
        "select * from inquiry where answered_at is null order by answer_by, id limit 500"
    )
    return [_of(row) for row in rows]


async def answer(work: Work, inquiry_id: str, text: str) -> Inquiry:
    """Answer a case, once.

    Raises:
        NothingAsked: no answer given. NoSuchInquiry: unknown, or answered before.
    """
    if not text.strip() or len(text) > LONGEST:
        raise NothingAsked(most=LONGEST)
    row = await work.connection.fetchrow(
        "update inquiry set answered_at = $2, answered_by = $3, answer = $4"
        " where id::text = $1 and answered_at is null returning *",
        inquiry_id, work.at, work.principal.subject, text.strip(),
    )  # fmt: skip
    if row is None:
        raise NoSuchInquiry
    return _of(row)


def _of(row: asyncpg.Record) -> Inquiry:
    return Inquiry(
        str(row["id"]), row["patient"], row["access_seq"], row["question"], row["asked_at"], row["answer_by"],
        row["answered_at"], row["answer"] or "",
    )  # fmt: skip
