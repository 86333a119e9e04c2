"""What the privacy officer oversees: emergencies, questions and requests that wait, the log, and how many of each.

Source: Luật 91/2025/QH15 Điều 33; docs/privacy.md
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from anlanh.access.audit import looks
from anlanh.access.audit.inquiry import NoSuchAccess
from anlanh.access.audit.looks import Look, Wanted
from anlanh.access.audit.rows import resources_of
from anlanh.access.relations.emergency import Emergency
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Seen, Work

MOST_LINES = 500
RULE = "oversight"


@dataclass(frozen=True, slots=True)
class Counters:
    """How much waits, how much of it is late, and what was found in the last 30 days."""

    emergencies: int
    emergencies_late: int
    questions: int
    questions_late: int
    requests: int
    requests_late: int
    opened: int
    not_justified: int


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the access log. `patients` are keys; `types` counts what was seen of each type."""

    seq: int
    at: datetime
    patients: tuple[int, ...]
    subject: str
    role: str
    organization: str
    deed: str
    purpose: str
    rule: str
    interaction: str
    types: dict[str, int]


async def counters(work: Work) -> Counters:
    """The counters now."""
    row = await work.connection.fetchrow(
        "select (select count(*) from emergency where reviewed_at is null),"
        " (select count(*) from emergency where reviewed_at is null and review_by < $1),"
        " (select count(*) from inquiry where answered_at is null),"
        " (select count(*) from inquiry where answered_at is null and answer_by < $1),"
        " (select count(*) from rights_request where answered_at is null),"
        " (select count(*) from rights_request where answered_at is null and least(answer_by, done_by) < $1),"
        " (select count(*) from emergency where opened_at > $1 - interval '30 days'),"
        " (select count(*) from emergency where opened_at > $1 - interval '30 days' and verdict = 'not-justified')",
        work.at,
    )
    assert row is not None
    return Counters(*row)


async def lines(
    work: Work, record: Record, since: datetime, until: datetime, patient: str = "", subject: str = ""
) -> list[Line]:
    """Rows of the access log in a period, newest first, of a person or an actor ("Type/id"; empty: any). That they
    were shown is on the list of each person."""
    rows = await work.connection.fetch(
        "select * from access_log where at >= $1 and at < $2 and ($3::bigint is null or patients @> array[$3::bigint])"
        f" and ($4 = '' or subject = $4) order by at desc, seq desc limit {MOST_LINES}",
        since, until, rid_of(*patient.split("/")) if patient else None, subject,
    )  # fmt: skip
    note(work, ((row["seq"], row["patients"]) for row in rows))
    found = []
    for row in rows:
        types: dict[str, int] = {}
        for _, number in dict.fromkeys(resources_of(row["resources"])):
            types[record.type_names[number]] = types.get(record.type_names[number], 0) + 1
        found.append(
            Line(
                row["seq"], row["at"], tuple(row["patients"]), row["subject"], row["role"], row["organization"],
                row["deed"].decode(), row["purpose"], row["rule"], row["interaction"], types,
            )
        )  # fmt: skip
    return found


def note(work: Work, rows: Iterable[tuple[int, Iterable[int]]], rule: str = RULE) -> None:
    """Write into the work that these rows of the log (number, persons) were shown."""
    for seq, patients in rows:
        work.seen.append(Seen("R", "AuditEvent", (rid_of("AuditEvent", str(seq)),), tuple(patients), rule))


async def people(work: Work, keys: Iterable[int]) -> dict[int, str]:
    """Keys of Patients to their references."""
    rows = await work.connection.fetch(
        "select rid, id from resource where rid = any($1::bigint[]) order by rid", sorted(set(keys))
    )
    return {row["rid"]: f"Patient/{row['id']}" for row in rows}


async def emergency_of(work: Work, emergency_id: str) -> Emergency | None:
    """The emergency access of that id, if who acts opened it and it is still open."""
    row = await work.connection.fetchrow(
        "select * from emergency where id::text = $1 and subject = $2 and until > $3",
        emergency_id, work.principal.subject, work.at,
    )  # fmt: skip
    return None if row is None else _emergency(row)


async def own_emergencies(work: Work) -> list[Emergency]:
    """The emergency accesses that who acts has open now, the newest first."""
    rows = await work.connection.fetch(
        "select * from emergency where subject = $1 and until > $2 order by opened_at desc, id limit 20",
        work.principal.subject, work.at,
    )  # fmt: skip
    return [_emergency(row) for row in rows]


def _emergency(row: asyncpg.Record) -> Emergency:
    return Emergency(
        str(row["id"]), row["patient"], row["subject"], row["organization"], row["reason"], row["opened_at"],
        row["until"], row["review_by"], row["verdict"] or "",
    )  # fmt: skip


async def look_of(work: Work, record: Record, patient: str, seq: int) -> Look:
    """The line of the list of "Patient/x" whose newest row has that number, by itself.

    Raises:
        NoSuchAccess: it is not on that list.
    """
    at = await work.connection.fetchval(
        "select at from access_log where seq = $1 and patients @> array[$2::bigint]", seq, rid_of(*patient.split("/"))
    )
    if at is None:
        raise NoSuchAccess
    page = await looks.of(work, record, patient, Wanted(before=(at, seq + 1), own=True))
    return next(each for each in page.looks if each.seq == seq)
