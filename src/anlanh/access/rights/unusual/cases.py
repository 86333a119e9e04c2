"""Cases of unusual looks: noted by the program, decided by the privacy officer. One for each person and day.

Source: Luật 91/2025/QH15 Điều 33; OWASP ASVS 4.0.3, 8.1.4, 11.1.8
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import asyncpg
import msgspec

from anlanh.access.rights.problems import NothingToSay
from anlanh.access.rights.unusual import counting, measures
from anlanh.access.rights.unusual.measures import Finding
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.platform import metrics
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work

log = logging.getLogger(__name__)

WATCHER = Principal("system:watch", "system")
EVERY_S = 15 * 60.0
LATE = timedelta(hours=1)
"""So long after midnight the day before is counted once more."""
MOST_LETTERS = 2000
_NAMES = uuid.UUID("f6c3b2a8-0c0f-4f0e-9a55-64f1f2b0b7c1")

NEXT: Mapping[str, tuple[str, ...]] = {"waiting": ("dismissed", "inquiry"), "inquiry": ("dismissed", "confirmed")}
"""What may become of a case in each state."""


class NoSuchCase(Problem):
    issue = "not-found"
    says = "There is no such case, or it has been decided."
    hint = "Open the list of what waits again."


class OwnCase(Problem):
    issue = "forbidden"
    says = "Nobody decides a case about themselves."
    hint = "Leave it to another privacy officer, or to who appointed you."


@dataclass(frozen=True, slots=True)
class Case:
    """A day on which somebody looked at far more than usual."""

    id: str
    day: date
    subject: str
    role: str
    organization: str
    findings: tuple[Finding, ...]
    noted_at: datetime
    state: str
    words: str


async def run(database: Database, record: Record) -> None:
    """Watch for ever. Safe to run twice: a case is noted once."""
    while True:
        async with works.begin(database, WATCHER, works.OPERATIONS) as work:
            for day in sorted({each.astimezone(record.zone).date() for each in (work.at - LATE, work.at)}):
                await step(work, record, day)
        await asyncio.sleep(EVERY_S)


async def step(work: Work, record: Record, day: date) -> int:
    """Count a day, and note what is unusual in it; how many cases are new. Safe to repeat: an open case gets the new counts."""
    days = await counting.count(work, record, day)
    await counting.know_staff(work, record, (each.subject for each in days))
    new = 0
    for each, past in (await counting.pasts(work, day, days)).items():
        found = measures.findings(each.counts, past.own, past.peers)
        if found and await _note(work, day, each, found):
            new += 1
            for finding in found:
                metrics.UNUSUAL.labels(finding.measure).inc()
    metrics.UNUSUAL_OPEN.set(len(await waiting(work)))
    if new:
        log.warning("Unusual looks at records were noted", extra={"count": new})
    return new


async def _note(work: Work, day: date, whose: counting.Day, found: list[Finding]) -> bool:
    made: bool | None = await work.connection.fetchval(
        "insert into unusual_case as c (id, day, subject, role, organization, findings, noted_at)"
        " values ($1, $2, $3, $4, $5, $6::jsonb, $7) on conflict (day, subject) do update set findings = excluded.findings"
        " where c.state = 'waiting' and c.role = excluded.role and c.organization = excluded.organization"
        " returning xmax = 0",
        uuid.uuid5(_NAMES, f"{day} {whose.subject}"), day, whose.subject, whose.role, whose.organization,
        msgspec.json.encode(found).decode(), work.at,
    )  # fmt: skip
    return bool(made)


async def waiting(work: Work) -> list[Case]:
    """Cases that are not decided, those under inquiry last, the oldest first."""
    rows = await work.connection.fetch(
        "select * from unusual_case where state = any($1::text[]) order by state desc, day, subject", sorted(NEXT)
    )
    return [_of(row) for row in rows]


async def decide(work: Work, case_id: str, state: str, words: str) -> None:
    """Dismiss a case, open an inquiry into it, or end the inquiry, with the reason in words.

    Raises:
        NoSuchCase: unknown, decided, or that cannot become of it.
        OwnCase: it is about who decides.
        NothingToSay: no words, or too many.
    """
    row = await work.connection.fetchrow("select * from unusual_case where id::text = $1 for update", case_id)
    if row is None or state not in NEXT.get(row["state"], ()):
        raise NoSuchCase
    if row["subject"] == work.principal.subject:
        raise OwnCase
    said = words.strip()
    if not said or len(said) > MOST_LETTERS:
        raise NothingToSay(expression="words", most=MOST_LETTERS)
    await work.connection.execute(
        "update unusual_case set state = $2, words = $3, decided_at = $4, decided_by = $5 where id = $1",
        row["id"], state, said, work.at, work.principal.subject,
    )  # fmt: skip


def _of(row: asyncpg.Record) -> Case:
    return Case(
        str(row["id"]), row["day"], row["subject"], row["role"], row["organization"],
        tuple(msgspec.json.decode(row["findings"], type=list[Finding])), row["noted_at"], row["state"], row["words"],
    )  # fmt: skip
