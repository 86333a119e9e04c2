"""What became of documents that other systems posted: one row each, for those who watch over senders.

A document that could not be taken is parked with its bytes and the reason; sent or tried again, it is the same row. One that
was taken is kept in the record, so that here only its DocumentReference is named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from anlanh.exchange.intake.problems import NoSuchArrival
from anlanh.kernel import messages
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work


@dataclass(frozen=True, slots=True)
class Arrived:
    """A document as it came. `sender`: the subject of who posted it; `protocol`: cda or document; `at`: when."""

    sender: str
    protocol: str
    content: bytes
    at: datetime

    @property
    def digest(self) -> bytes:
        """The same document of the same sender has the same."""
        return hashlib.sha256(f"{self.protocol} {self.sender}\n".encode() + self.content).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as the monitoring shows it; `control_id` names its DocumentReference, `reason` and `reason_vi` say why it
    is parked."""

    number: int
    sender: str
    type: str
    control_id: str
    received_at: datetime
    settled_at: datetime
    state: str
    size: int
    attempts: int
    issue: str | None
    reason: str | None
    reason_vi: str | None
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """One sender: its last document, how many in the last hour and day, how many are parked, and the delay from arrival to
    record in milliseconds over the last hour (half of them, and 95 of 100, are faster). None ever waits."""

    sender: str
    last_at: datetime
    last_hour: int
    last_day: int
    parked: int
    delay_p50_ms: float | None
    delay_p95_ms: float | None
    waiting: int = 0


async def settled(work: Work, arrived: Arrived, document_id: str, resources: Sequence[str], *, new: bool) -> None:
    """Note that a document is in the record, or had been; one that was parked is so no more. In a transaction."""
    state = "applied" if new else "duplicate"
    done = await work.connection.fetchval(
        "update exchange_document set state = $2, control_id = $3, settled_at = $4, resources = $5, content = null, issue = null,"
        " reason = null, reason_vi = null, attempts = attempts + 1 where digest = $1 and state = 'parked' returning number",
        arrived.digest, state, document_id, work.at, list(resources),
    )  # fmt: skip
    if done is None:
        await work.connection.execute(
            "insert into exchange_document (sender, type, control_id, received_at, settled_at, state, size, digest, resources)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            arrived.sender, arrived.protocol, document_id, arrived.at, work.at, state, len(arrived.content),
            arrived.digest, list(resources),
        )  # fmt: skip


async def parked(work: Work, arrived: Arrived, problem: Problem) -> None:
    """Keep a document that could not be taken, with the reason. Safe to repeat: the same one is tried once more."""
    await work.connection.execute(
        "insert into exchange_document (sender, type, control_id, received_at, settled_at, state, size, digest, content, issue,"
        " reason, reason_vi) values ($1, $2, '', $3, $4, 'parked', $5, $6, $7, $8, $9, $10)"
        " on conflict (digest) where state = 'parked' do update set attempts = exchange_document.attempts + 1,"
        " settled_at = excluded.settled_at, issue = excluded.issue, reason = excluded.reason, reason_vi = excluded.reason_vi",
        arrived.sender, arrived.protocol, arrived.at, work.at, len(arrived.content), arrived.digest, arrived.content,
        problem.issue, f"{problem.text} {problem.way_out}".strip(), messages.in_vietnamese(problem),
    )  # fmt: skip


async def figures(work: Work) -> list[Figures]:
    """Figures of every sender that posted anything in the last day, or has documents parked."""
    rows = await work.connection.fetch(
        "select sender, max(received_at) as last_at,"
        " count(*) filter (where received_at > $1) as last_hour, count(*) filter (where received_at > $2) as last_day,"
        " count(*) filter (where state = 'parked') as parked,"
        " percentile_cont(0.5) within group (order by extract(epoch from settled_at - received_at) * 1000)"
        " filter (where state = 'applied' and attempts = 1 and received_at > $1) as p50,"
        " percentile_cont(0.95) within group (order by extract(epoch from settled_at - received_at) * 1000)"
        " filter (where state = 'applied' and attempts = 1 and received_at > $1) as p95"
        " from exchange_document where received_at > $2 or state = 'parked' group by sender order by sender",
        work.at - timedelta(hours=1), work.at - timedelta(days=1),
    )  # fmt: skip
    return [Figures(*row) for row in rows]


async def entries(work: Work, sender: str | None, before: int | None, count: int) -> list[Entry]:
    """Documents of a sender, or of all, the newest first. `before`: below this number, for the next page."""
    rows = await work.connection.fetch(
        "select number, sender, type, control_id, received_at, settled_at, state, size, attempts, issue, reason, reason_vi,"
        " resources from exchange_document where ($1::text is null or sender = $1) and ($2::bigint is null or number < $2)"
        " order by number desc limit $3",
        sender, before, count,
    )  # fmt: skip
    return [Entry(**{**row, "resources": tuple(row["resources"])}) for row in rows]


async def entry(work: Work, number: int) -> Entry:
    """A document.

    Raises:
        NoSuchArrival: there is none of that number.
    """
    found = await entries(work, None, number + 1, 1)
    if not found or found[0].number != number:
        raise NoSuchArrival
    return found[0]


async def kept(work: Work, number: int) -> Arrived | None:
    """A parked document as it came; None: it is not parked, or not there."""
    row = await work.connection.fetchrow(
        "select sender, type, content, received_at from exchange_document where number = $1 and state = 'parked'",
        number,
    )
    return Arrived(*row) if row else None


async def parked_of(work: Work, sender: str, most: int) -> list[int]:
    """Numbers of the parked documents of a sender, in their order."""
    rows = await work.connection.fetch(
        "select number from exchange_document where sender = $1 and state = 'parked' order by number limit $2",
        sender,
        most,
    )
    return [row["number"] for row in rows]
