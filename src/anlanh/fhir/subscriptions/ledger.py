"""The tables behind subscriptions: where each stands, its events, the dead letters, the tokens of websockets."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from anlanh.fhir.store.record import Record
from anlanh.fhir.subscriptions.notification import Event
from anlanh.fhir.subscriptions.problems import BadToken
from anlanh.platform.database import Connection

KEPT = timedelta(days=7)
TOKEN_LIVES = timedelta(minutes=5)


@dataclass(slots=True)
class Standing:
    """Where a Subscription stands. `greeted`: its handshake was answered, or none is needed."""

    id: str
    version: int
    state: str
    greeted: bool = False
    last_event: int = 0
    sent_event: int = 0
    failures: int = 0
    retry_at: datetime | None = None
    told_at: datetime | None = None


COLUMNS = "id, version, state, greeted, last_event, sent_event, failures, retry_at, told_at"


async def standings(connection: Connection, ids: Sequence[str] | None = None) -> dict[str, Standing]:
    """All, or those of these ids."""
    rows = await connection.fetch(
        f"select {COLUMNS} from subscription where $1::text[] is null or id = any($1) order by id", ids
    )
    return {row["id"]: Standing(**dict(row)) for row in rows}


async def save(connection: Connection, standing: Standing) -> None:
    """Write where it stands, its events excepted."""
    await connection.execute(
        "insert into subscription (id, version, state, greeted, failures, retry_at, told_at) values ($1, $2, $3, $4, $5, $6, $7)"
        " on conflict (id) do update set version = $2, state = $3, greeted = $4, failures = $5, retry_at = $6, told_at = $7",
        standing.id, standing.version, standing.state, standing.greeted, standing.failures, standing.retry_at, standing.told_at,
    )  # fmt: skip


async def remove(connection: Connection, subscription_id: str) -> None:
    """Forget a deleted Subscription and its events."""
    await connection.execute("delete from subscription where id = $1", subscription_id)


NewEvent = tuple[str, int, datetime, int, int, int, str, str]
"""Subscription, number, instant, rid, version, type number, resource id, method."""


async def add_events(connection: Connection, events: Sequence[NewEvent]) -> None:
    """Note what is to be told; each Subscription's count goes on."""
    if not events:
        return
    await connection.executemany(
        "insert into subscription_event (subscription_id, number, at, rid, version, type, resource_id, method)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        events,
    )
    last = {event[0]: event[1] for event in events}
    await connection.executemany("update subscription set last_event = $2 where id = $1", sorted(last.items()))


async def next_events(connection: Connection, record: Record, subscription_id: str, limit: int) -> list[Event]:
    """What is to be told next, in order, with the resources as they were: first what an operator wants told again."""
    return _events(
        record,
        await connection.fetch(
            f"{_EVENTS} join subscription s on s.id = e.subscription_id where e.subscription_id = $1 and e.dead_at is null"
            " and (e.again or e.number > s.sent_event) order by e.number limit $2",
            subscription_id, limit,
        ),
    )  # fmt: skip


async def events(connection: Connection, record: Record, subscription_id: str, first: int, last: int) -> list[Event]:
    """Events by number, both ends included, at most a thousand."""
    return _events(
        record,
        await connection.fetch(
            f"{_EVENTS} where e.subscription_id = $1 and e.number between $2 and $3 order by e.number limit 1000",
            subscription_id, first, last,
        ),
    )  # fmt: skip


_EVENTS = (
    "select e.number, e.at, e.type, e.resource_id, e.method, coalesce(h.content, r.content, ''::bytea) as content"
    " from subscription_event e left join history h on h.rid = e.rid and h.version = e.version"
    " left join resource r on r.rid = e.rid and r.version = e.version"
)


def _events(record: Record, rows: list[asyncpg.Record]) -> list[Event]:
    return [
        Event(
            row["number"], row["at"], record.type_names[row["type"]], row["resource_id"], row["method"], row["content"]
        )
        for row in rows
    ]


async def delivered(connection: Connection, standing: Standing, numbers: Sequence[int]) -> None:
    """Note that these events were told, and where the Subscription stands."""
    standing.sent_event = max(standing.sent_event, *numbers)
    async with connection.transaction():
        await connection.execute(
            "update subscription_event set again = false where subscription_id = $1 and again and number = any($2::bigint[])",
            standing.id, list(numbers),
        )  # fmt: skip
        await connection.execute(
            "update subscription set sent_event = greatest(sent_event, $2) where id = $1",
            standing.id,
            standing.sent_event,
        )
        await save(connection, standing)


async def bury(connection: Connection, standing: Standing, numbers: Sequence[int], at: datetime, why: str) -> None:
    """These events cannot be told: note why and go on with the next."""
    async with connection.transaction():
        await connection.execute(
            "update subscription_event set dead_at = $3, why = $4 where subscription_id = $1 and number = any($2::bigint[])",
            standing.id, list(numbers), at, why,
        )  # fmt: skip
        await delivered(connection, standing, numbers)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that could not be told."""

    subscription_id: str
    number: int
    dead_at: datetime
    why: str


async def dead(connection: Connection, limit: int = 1000) -> list[DeadLetter]:
    """What could not be told, oldest first."""
    rows = await connection.fetch(
        "select subscription_id, number, dead_at, why from subscription_event where dead_at is not null"
        " order by dead_at, subscription_id, number limit $1",
        limit,
    )
    return [DeadLetter(**dict(row)) for row in rows]


async def retry(connection: Connection, subscription_id: str | None = None) -> int:
    """Tell the dead letters again, of one Subscription or all; how many. Safe to repeat."""
    done = await connection.execute(
        "update subscription_event set dead_at = null, why = null, again = true"
        " where dead_at is not null and ($1::text is null or subscription_id = $1)",
        subscription_id,
    )
    await connection.execute(
        "update subscription set retry_at = null where $1::text is null or id = $1", subscription_id
    )
    return int(done.split()[-1])


async def purge(connection: Connection, now: datetime) -> None:
    """Forget events that were told a week ago, and tokens that have expired. Dead letters stay."""
    await connection.execute(
        "delete from subscription_event e using subscription s where s.id = e.subscription_id and e.at < $1"
        " and e.dead_at is null and not e.again and e.number <= s.sent_event",
        now - KEPT,
    )
    await connection.execute("delete from subscription_token where expires_at < $1", now)


async def issue_token(connection: Connection, subscription_id: str, now: datetime) -> tuple[str, datetime]:
    """A token with which a websocket is bound to the Subscription, and when it expires."""
    token, expires = secrets.token_urlsafe(32), now + TOKEN_LIVES
    await connection.execute(
        "insert into subscription_token (token_sha256, subscription_id, expires_at) values ($1, $2, $3)",
        hashlib.sha256(token.encode()).digest(), subscription_id, expires,
    )  # fmt: skip
    return token, expires


async def bound_to(connection: Connection, token: str, now: datetime) -> str:
    """The Subscription of a token.

    Raises:
        BadToken: it is not known, or has expired.
    """
    found: str | None = await connection.fetchval(
        "select subscription_id from subscription_token where token_sha256 = $1 and expires_at > $2",
        hashlib.sha256(token.encode()).digest(), now,
    )  # fmt: skip
    if found is None:
        raise BadToken
    return found
