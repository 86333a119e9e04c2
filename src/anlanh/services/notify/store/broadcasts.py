"""Calls to many."""

from __future__ import annotations

from typing import Any

from anlanh.platform.work import Work
from anlanh.services.notify.model import Broadcast

FIELDS = (
    "b.id, b.title, b.body as text, b.station, b.age_from, b.age_to, b.urgent, b.state, b.written_by, b.written_at,"
    " b.decided_by, b.decided_at, b.told,"
    " (select count(*) from notify_message m where m.broadcast = b.id and m.read_at is not null)::int as read"
)


async def write(work: Work, broadcast: Broadcast) -> None:
    """Keep a new one."""
    await work.connection.execute(
        "insert into notify_broadcast (id, title, body, station, age_from, age_to, urgent, written_by, written_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        broadcast.id, broadcast.title, broadcast.text, broadcast.station, broadcast.age_from, broadcast.age_to,
        broadcast.urgent, broadcast.written_by, broadcast.written_at,
    )  # fmt: skip


async def decide(work: Work, broadcast_id: str, state: str) -> bool:
    """Note the decision of who acts; False: it is decided on, or not there."""
    done = await work.connection.fetchval(
        "update notify_broadcast set state = $2, decided_by = $3, decided_at = $4 where id = $1 and state = 'written'"
        " returning id",
        broadcast_id, state, work.principal.subject, work.at,
    )  # fmt: skip
    return done is not None


async def one(work: Work, broadcast_id: str) -> Broadcast | None:
    """One of them."""
    row = await work.connection.fetchrow(f"select {FIELDS} from notify_broadcast b where b.id = $1", broadcast_id)
    return _of(row) if row else None


async def newest(work: Work, most: int) -> list[Broadcast]:
    """The newest ones."""
    rows = await work.connection.fetch(
        f"select {FIELDS} from notify_broadcast b order by b.written_at desc, b.id limit $1", most
    )
    return [_of(row) for row in rows]


async def take(work: Work) -> tuple[Broadcast, str | None] | None:
    """The oldest that is approved and not yet told to all, held by this transaction alone, and where it goes on."""
    row = await work.connection.fetchrow(
        f"select {FIELDS}, b.after from notify_broadcast b where b.state = 'approved' order by b.decided_at, b.id"
        " limit 1 for update skip locked"
    )
    return (_of(row), row["after"]) if row else None


async def go_on(work: Work, broadcast_id: str, told: int, after: str | None) -> None:
    """Note that so many more were told; `after` None: all were."""
    await work.connection.execute(
        "update notify_broadcast set told = told + $2, after = $3, state = case when $3::text is null then 'sent' else state end"
        " where id = $1",
        broadcast_id, told, after,
    )  # fmt: skip


def _of(row: Any) -> Broadcast:
    return Broadcast(*(row[name] for name in Broadcast.__dataclass_fields__))
