"""Emergency access ("break-glass"): a reason and a second factor open one person's record for four hours.

The citizen and the privacy officer are told at once; it is to be reviewed within a day.

FHIR: Communication
Source: Luật 91/2025/QH15 Điều 19 khoản 1 điểm a; docs/access.md
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from anlanh.access.policy import rules
from anlanh.access.relations import store
from anlanh.access.relations.model import Relation
from anlanh.fhir.search.keys import hash64, rid_of
from anlanh.fhir.store import write
from anlanh.fhir.store.problems import NotFound
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Principal, Seen, Work

SPAN = timedelta(hours=4)
REVIEW_WITHIN = timedelta(hours=24)
SHORTEST_REASON = 10
CHANNEL = "emergency"
"""Of NOTIFY: the id of an emergency access that was opened."""

ANNOUNCER = Principal("system:access", "system")


class NotInThisRole(Problem):
    issue = "forbidden"
    says = "Emergency access is not for this role."
    hint = "Doctors, nurses and station workers may open it; the reason is told to the citizen."


class SecondFactorNeeded(Problem):
    issue = "login"
    status = 401
    says = "Emergency access needs a second factor."
    hint = "Confirm with your passkey or the code of your authenticator, then try again."


class ReasonNeeded(Problem):
    issue = "required"
    says = "Emergency access needs a reason in words."
    hint = "Write why this person's record is needed now, in at least {least} letters; the citizen will read it."


class NoSuchEmergency(Problem):
    issue = "not-found"
    says = "There is no such emergency access, or it has been reviewed."
    hint = "Open the list of those that wait for review."


@dataclass(frozen=True, slots=True)
class Emergency:
    """One emergency access. `patient` is a key; instants are aware UTC."""

    id: str
    patient: int
    subject: str
    organization: str
    reason: str
    opened_at: datetime
    until: datetime
    review_by: datetime
    verdict: str


async def open_access(work: Work, record: Record, patient: str, reason: str) -> Emergency:
    """Open the record of "Patient/x" to the principal of the work, which has to be in a transaction.

    Raises:
        NotInThisRole, SecondFactorNeeded, ReasonNeeded: it may not be opened so.
        NotFound: there is no such person.
    """
    who = work.principal
    rule = rules.load().rule("emergency")
    if rule is None or who.role not in rule.roles or who.subject.count("/") != 1:
        raise NotInThisRole
    if who.assurance < 2:
        raise SecondFactorNeeded
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonNeeded(least=SHORTEST_REASON)
    rid = rid_of(*patient.split("/"))
    if not await work.connection.fetchval("select true from resource where rid = $1 and not deleted", rid):
        raise NotFound(type="Patient")
    made = Emergency(
        str(uuid.uuid4()), rid, who.subject, who.organizations[0] if who.organizations else "", reason.strip(), work.at,
        work.at + SPAN, work.at + REVIEW_WITHIN, "",
    )  # fmt: skip
    await work.connection.execute(
        "insert into emergency (id, patient, subject, organization, reason, opened_at, until, review_by)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        made.id, rid, made.subject, made.organization, made.reason, made.opened_at, made.until, made.review_by,
    )  # fmt: skip
    party = rid_of(*who.subject.split("/"))
    await store.open_relation(
        work, Relation(rid, party, "emergency", work.at, made.until, hash64(f"emergency:{made.id}"))
    )
    work.seen.append(Seen("E", "Patient", (rid,), (rid,), "emergency"))
    await _announce(work, record, patient, made)
    await work.connection.execute("select pg_notify($1, $2)", CHANNEL, made.id)
    return made


async def _announce(work: Work, record: Record, patient: str, made: Emergency) -> None:
    """A message to the citizen, written by the program itself: the actor need not be allowed to write one."""
    where = [{"reference": made.organization}] if made.organization else []
    message = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/communication-category", "code": "alert"}]}],
        "priority": "urgent",
        "subject": {"reference": patient},
        "recipient": [{"reference": patient}],
        "sender": {"reference": made.subject},
        "about": where,
        "sent": instant_text(made.opened_at),
        "payload": [
            {"contentString": "Hồ sơ của ông/bà vừa được mở khẩn cấp trong 4 giờ. "
                              "Mở mục “Ai đã xem hồ sơ của tôi” để biết ai mở, vì sao."}
        ],
    }  # fmt: skip
    if not where:
        del message["about"]
    actor, work.principal = work.principal, ANNOUNCER
    try:
        await write.create(work, record, message)
    finally:
        work.principal = actor


async def waiting(work: Work, limit: int = 200) -> list[Emergency]:
    """Those that wait for review, the most urgent first."""
    rows = await work.connection.fetch(
        "select * from emergency where reviewed_at is null order by review_by, id limit $1", limit
    )
    return [_of(row) for row in rows]


async def review(work: Work, emergency_id: str, verdict: str) -> None:
    """Note what the privacy officer found. `verdict`: justified or not-justified.

    Raises:
        NoSuchEmergency: unknown, or reviewed by somebody before.
    """
    done = await work.connection.fetchval(
        "update emergency set reviewed_at = $2, reviewed_by = $3, verdict = $4"
        " where id::text = $1 and reviewed_at is null returning true",
        emergency_id, work.at, work.principal.subject, verdict,
    )  # fmt: skip
    if not done:
        raise NoSuchEmergency


def _of(row: asyncpg.Record) -> Emergency:
    return Emergency(
        str(row["id"]), row["patient"], row["subject"], row["organization"], row["reason"], row["opened_at"],
        row["until"], row["review_by"], row["verdict"] or "",
    )  # fmt: skip
