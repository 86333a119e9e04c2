"""Deliveries: which message goes out on which channel, when, and what became of it. Each is taken by one process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from anlanh.platform.work import Work
from anlanh.services.notify.model import Delivery, Entered
from anlanh.services.notify.store.messages import COLUMNS

FIELDS = "d.id, d.message, d.channel, d.due_at, d.state, d.tries, d.changed_at, d.why"
MESSAGE = ", ".join(f"m.{name.strip()} as m_{name.strip()}" for name in COLUMNS.split(","))


async def take_due(work: Work, most: int) -> list[tuple[Delivery, Entered]]:
    """Deliveries that are due, held by this transaction alone."""
    rows = await work.connection.fetch(
        f"select {FIELDS}, {MESSAGE} from notify_delivery d join notify_message m on m.id = d.message"
        " where d.state = 'waiting' and d.due_at <= $1 order by d.due_at, d.id limit $2 for update of d skip locked",
        work.at, most,
    )  # fmt: skip
    return [(_delivery(row), _entered(row)) for row in rows]


async def start(work: Work, delivery: Delivery) -> int:
    """Write down that a try begins; its number."""
    number = delivery.tries + 1
    await work.connection.execute(
        "update notify_delivery set state = 'sending', tries = $2, changed_at = $3 where id = $1",
        delivery.id, number, work.at,
    )  # fmt: skip
    await work.connection.execute(
        "insert into notify_attempt (delivery, number, started_at) values ($1, $2, $3)", delivery.id, number, work.at
    )
    return number


async def close_try(work: Work, delivery: int, number: int, outcome: str) -> bool:
    """Write down how a try ended; False: it is not this process's any more."""
    held = await work.connection.fetchval(
        "select true from notify_delivery where id = $1 and state = 'sending' and tries = $2 for update",
        delivery,
        number,
    )
    await work.connection.execute(
        "update notify_attempt set ended_at = $3, outcome = $4 where delivery = $1 and number = $2",
        delivery, number, work.at, outcome,
    )  # fmt: skip
    return bool(held)


async def end(work: Work, delivery: int, state: str, why: str = "", receipt: str = "") -> None:
    """What became of it."""
    await work.connection.execute(
        "update notify_delivery set state = $2, changed_at = $3, why = $4, receipt = $5 where id = $1",
        delivery, state, work.at, why, receipt,
    )  # fmt: skip


async def wait(work: Work, delivery: int, until: datetime, why: str = "") -> None:
    """It is tried (again) then."""
    await work.connection.execute(
        "update notify_delivery set state = 'waiting', due_at = $2, changed_at = $3, why = $4 where id = $1",
        delivery, until, work.at, why,
    )  # fmt: skip


async def hasten(work: Work, message: str, until: datetime) -> None:
    """The next channel of a message is due then, if it is not before."""
    await work.connection.execute(
        "update notify_delivery set due_at = least(due_at, $2) where id = (select id from notify_delivery"
        " where message = $1 and state = 'waiting' order by due_at, id limit 1)",
        message, until,
    )  # fmt: skip


async def interrupted(work: Work, before: datetime) -> list[tuple[Delivery, Entered]]:
    """Deliveries whose try began before that instant and has not ended, held by this transaction alone."""
    rows = await work.connection.fetch(
        f"select {FIELDS}, {MESSAGE} from notify_delivery d join notify_message m on m.id = d.message"
        " where d.state = 'sending' and d.changed_at < $1 order by d.id limit 100 for update of d skip locked",
        before,
    )
    return [(_delivery(row), _entered(row)) for row in rows]


async def of_messages(work: Work, ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """Deliveries by message, in the order of their time."""
    rows = await work.connection.fetch(
        f"select {FIELDS} from notify_delivery d where d.message = any($1::text[]) order by d.message, d.due_at, d.id",
        list(ids),
    )
    found: dict[str, list[Delivery]] = {}
    for row in rows:
        found.setdefault(row["message"], []).append(_delivery(row))
    return found


async def dead(work: Work, most: int) -> list[Delivery]:
    """What could not be sent, the newest first."""
    rows = await work.connection.fetch(
        f"select {FIELDS} from notify_delivery d where d.state = 'dead' order by d.id desc limit $1", most
    )
    return [_delivery(row) for row in rows]


async def revive(work: Work, ids: Iterable[int]) -> int:
    """Have what is dead tried once more, now; how many."""
    rows = await work.connection.fetch(
        "with back as (update notify_delivery set state = 'waiting', due_at = $2, changed_at = $2, tries = tries"
        " where id = any($1::bigint[]) and state = 'dead' returning id) select id from back order by id",
        list(ids), work.at,
    )  # fmt: skip
    return len(rows)


async def counts(work: Work) -> list[tuple[str, str, int]]:
    """How many deliveries of the last 30 days: channel, state, count."""
    rows = await work.connection.fetch(
        "select channel, state, count(*) as count from notify_delivery where due_at > $1::timestamptz - interval '30 days'"
        " group by channel, state order by channel, state",
        work.at,
    )
    return [(row["channel"], row["state"], row["count"]) for row in rows]


async def sink(work: Work, delivery: int, channel: str, address: str, body: str) -> None:
    """Keep what would have gone out. Safe to repeat."""
    await work.connection.execute(
        "insert into notify_sunk (delivery, channel, address, body) values ($1, $2, $3, $4) on conflict do nothing",
        delivery, channel, address, body,
    )  # fmt: skip


async def sunk(work: Work, most: int) -> list[tuple[datetime, str, str, str]]:
    """What was kept instead of being sent, the newest first: when, channel, address, text."""
    rows = await work.connection.fetch(
        "select sent_at, channel, address, body from notify_sunk order by sent_at desc, delivery desc limit $1", most
    )
    return [(row["sent_at"], row["channel"], row["address"], row["body"]) for row in rows]


def _delivery(row: Any) -> Delivery:
    names = ("id", "message", "channel", "due_at", "state", "tries", "changed_at", "why")
    return Delivery(*(row[name] for name in names))


def _entered(row: Any) -> Entered:
    return Entered(*(row[f"m_{name.strip()}"] for name in COLUMNS.split(",")))
