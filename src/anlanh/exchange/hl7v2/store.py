"""The inbox in the database: taking in, handing out in order, noting what became of each message, and figures of it.

Source: https://www.postgresql.org/docs/18/sql-insert.html#SQL-ON-CONFLICT
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from anlanh.exchange.hl7v2.problems import NoSuchMessage
from anlanh.fhir.rest.problems import Invalid
from anlanh.fhir.search.keys import hash64
from anlanh.kernel import messages
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work

CHANNEL = "exchange_message"
"""Told whenever there is something to do."""
MOST_PLACES = 5
"""Places in a resource that a reason names."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came in, before it has a number. `problem`: it is parked at once."""

    sender: str
    control_id: str
    type: str
    digest: bytes
    size: int
    content: bytes | None
    blob: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to be applied."""

    number: int
    control_id: str
    content: bytes | None
    blob: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a message: applied, with the resources (`Type/id`) it wrote or confirmed, or parked with a problem."""

    number: int
    resources: list[str] = field(default_factory=list)
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as the monitoring shows it; `reason` and `reason_vi` say why it is parked."""

    number: int
    sender: str
    control_id: str
    type: str
    state: str
    size: int
    attempts: int
    received_at: datetime
    settled_at: datetime | None
    issue: str | None
    reason: str | None
    reason_vi: str | None
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """One sender: its last message, how many in the last hour and day, how many wait and are parked, and the delay from
    acceptance to record in milliseconds over the last hour (half of them, and 95 of 100, are faster)."""

    sender: str
    last_at: datetime
    last_hour: int
    last_day: int
    duplicates: int
    waiting: int
    parked: int
    delay_p50_ms: float | None
    delay_p95_ms: float | None


async def take_in(work: Work, received: Sequence[Received]) -> list[tuple[int, str]]:
    """Keep messages in their order; number and state of each. The same message again is noted as a duplicate.

    Safe to repeat: what is there already becomes a duplicate.
    """
    states = ["parked" if each.problem else "accepted" for each in received]
    rows = await work.connection.fetch(
        "insert into exchange_message (sender, control_id, type, received_at, state, size, digest, content, blob,"
        " issue, reason, reason_vi, settled_at)"
        " select g.sender, g.control_id, g.type, $1::timestamptz, g.state, g.size, g.digest, g.content, g.blob, g.issue, g.reason,"
        " g.reason_vi, case when g.state = 'parked' then $1::timestamptz end"
        " from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::bytea[], $8::bytea[], $9::text[],"
        " $10::text[], $11::text[], $12::text[]) with ordinality"
        " as g(sender, control_id, type, state, size, digest, content, blob, issue, reason, reason_vi, at)"
        " order by g.at on conflict (digest) where state <> 'duplicate' do nothing returning digest, number, state",
        work.at, [each.sender for each in received], [each.control_id for each in received],
        [each.type for each in received], states, [each.size for each in received],
        [each.digest for each in received], [each.content for each in received], [each.blob for each in received],
        *_reasons([each.problem for each in received]),
    )  # fmt: skip
    fresh = {row["digest"]: (row["number"], row["state"]) for row in rows}
    out: list[tuple[int, str]] = []
    for each in received:
        known = fresh.pop(each.digest, None)
        out.append(known or (await _duplicate(work, each), "duplicate"))
    if any(state == "accepted" for _, state in out):
        await work.connection.execute("select pg_notify($1, '')", CHANNEL)
    return out


async def _duplicate(work: Work, each: Received) -> int:
    number: int = await work.connection.fetchval(
        "insert into exchange_message (sender, control_id, type, received_at, state, size, digest, settled_at)"
        " values ($1, $2, $3, $4, 'duplicate', $5, $6, $4) returning number",
        each.sender, each.control_id, each.type, work.at, each.size, each.digest,
    )  # fmt: skip
    return number


async def senders_due(work: Work) -> list[str]:
    """Senders of whom messages wait."""
    rows = await work.connection.fetch(
        "with recursive due(sender) as ("
        " (select sender from exchange_message where state = 'accepted' order by sender limit 1)"
        " union all select (select m.sender from exchange_message m where m.state = 'accepted' and m.sender > due.sender"
        " order by m.sender limit 1) from due where due.sender is not null)"
        " select sender from due where sender is not null order by sender"
    )
    return [row[0] for row in rows]


async def hold_sender(work: Work, sender: str) -> bool:
    """Whether this transaction alone applies the sender's messages until it ends."""
    held: bool = await work.connection.fetchval("select pg_try_advisory_xact_lock($1)", hash64(f"hl7v2:{sender}"))
    return held


async def due(work: Work, sender: str, limit: int) -> list[Waiting]:
    """The sender's next messages, in the order in which they were accepted."""
    rows = await work.connection.fetch(
        "select number, control_id, content, blob, received_at from exchange_message"
        " where sender = $1 and state = 'accepted' order by number limit $2",
        sender, limit,
    )  # fmt: skip
    return [Waiting(*row) for row in rows]


async def settle(work: Work, settled: Sequence[Settled]) -> None:
    """Note what became of messages."""
    await work.connection.execute(
        "update exchange_message m set state = g.state, attempts = m.attempts + 1, settled_at = $1, issue = g.issue,"
        " reason = g.reason, reason_vi = g.reason_vi,"
        " resources = case when g.resources = '' then '{}' else string_to_array(g.resources, ' ') end"
        " from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])"
        " as g(number, state, resources, issue, reason, reason_vi) where m.number = g.number",
        work.at, [each.number for each in settled],
        ["parked" if each.problem else "applied" for each in settled],
        [" ".join(each.resources) for each in settled], *_reasons([each.problem for each in settled]),
    )  # fmt: skip


async def replay(work: Work, *, sender: str | None = None, numbers: Sequence[int] | None = None) -> int:
    """Hand parked messages out again, in their order: all, those of a sender, or some; how many. Safe to repeat."""
    tag: str = await work.connection.execute(
        "update exchange_message set state = 'accepted', settled_at = null where state = 'parked' and control_id <> ''"
        " and ($1::text is null or sender = $1) and ($2::bigint[] is null or number = any($2))",
        sender, None if numbers is None else list(numbers),
    )  # fmt: skip
    await work.connection.execute("select pg_notify($1, '')", CHANNEL)
    return int(tag.rpartition(" ")[2])


async def entries(
    work: Work, *, sender: str | None = None, state: str | None = None, before: int | None = None, count: int = 50
) -> list[Entry]:
    """Messages, the newest first. `before`: below this number, for the next page."""
    rows = await work.connection.fetch(
        "select number, sender, control_id, type, state, size, attempts, received_at, settled_at, issue, reason, reason_vi,"
        " resources from exchange_message where ($1::text is null or sender = $1)"
        " and ($2::text is null or state = $2) and ($3::bigint is null or number < $3) order by number desc limit $4",
        sender, state, before, count,
    )  # fmt: skip
    return [Entry(**{**row, "resources": tuple(row["resources"])}) for row in rows]


async def content(work: Work, number: int) -> tuple[bytes | None, str | None]:
    """The bytes of a message, or where they are.

    Raises:
        NoSuchMessage: there is none of that number.
    """
    row = await work.connection.fetchrow("select content, blob from exchange_message where number = $1", number)
    if row is None:
        raise NoSuchMessage
    return row["content"], row["blob"]


async def figures(work: Work) -> list[Figures]:
    """Figures of every sender that sent anything in the last day, or has messages waiting or parked."""
    rows = await work.connection.fetch(
        "select sender, max(received_at) as last_at,"
        " count(*) filter (where received_at > $1) as last_hour, count(*) filter (where received_at > $2) as last_day,"
        " count(*) filter (where state = 'duplicate') as duplicates,"
        " count(*) filter (where state = 'accepted') as waiting, count(*) filter (where state = 'parked') as parked,"
        " percentile_cont(0.5) within group (order by extract(epoch from settled_at - received_at) * 1000)"
        " filter (where state = 'applied' and received_at > $1) as p50,"
        " percentile_cont(0.95) within group (order by extract(epoch from settled_at - received_at) * 1000)"
        " filter (where state = 'applied' and received_at > $1) as p95"
        " from exchange_message where received_at > $2 or state in ('accepted', 'parked') group by sender order by sender",
        work.at - timedelta(hours=1), work.at - timedelta(days=1),
    )  # fmt: skip
    return [Figures(*row) for row in rows]


async def overlays(work: Work) -> dict[str, dict[str, object]]:
    """What is particular about senders, as it was declared on the pages."""
    rows = await work.connection.fetch("select sender, overlay from exchange_overlay order by sender")
    return {row["sender"]: json.loads(row["overlay"]) for row in rows}


async def set_overlay(work: Work, sender: str, overlay: Mapping[str, object]) -> None:
    """Declare what is particular about a sender; an empty overlay says nothing. Safe to repeat."""
    await work.connection.execute(
        "insert into exchange_overlay (sender, overlay, changed_at, changed_by) values ($1, $2, $3, $4)"
        " on conflict (sender) do update set overlay = excluded.overlay, changed_at = excluded.changed_at,"
        " changed_by = excluded.changed_by",
        sender, json.dumps(overlay), work.at, work.principal.subject,
    )  # fmt: skip


async def entry(work: Work, number: int) -> Entry:
    """One message as the monitoring shows it.

    Raises:
        NoSuchMessage: there is none of that number.
    """
    found = await entries(work, before=number + 1, count=1)
    if not found or found[0].number != number:
        raise NoSuchMessage
    return found[0]


async def counts(work: Work) -> dict[str, int]:
    """How many messages there are of each state."""
    rows = await work.connection.fetch("select state, count(*) from exchange_message group by state order by state")
    return {row[0]: row[1] for row in rows}


def _reasons(problems: Sequence[Problem | None]) -> tuple[list[str | None], list[str | None], list[str | None]]:
    """Issue codes, and the texts in English and Vietnamese."""
    return (
        [each.issue if each else None for each in problems],
        [f"{each.text} {each.way_out} {_where(each)}".strip() if each else None for each in problems],
        [f"{messages.in_vietnamese(each) or each.text} {_where(each)}".strip() if each else None for each in problems],
    )


def _where(problem: Problem) -> str:
    """What of a resource is not valid, as FHIRPath, without what stands there."""
    places = [each.expression for each in problem.issues if each.fails] if isinstance(problem, Invalid) else []
    return ", ".join(dict.fromkeys(filter(None, places[:MOST_PLACES])))
