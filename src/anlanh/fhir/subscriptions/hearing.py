"""What services hear of the record: each committed change of the types that they name, once, in order.

The dispatcher of subscriptions puts changes down for those who listen, in the transaction in which they leave the outbox;
each listener then acts on its own ones in one transaction with taking them off. What fails is tried again, alone; after
ten times it is set aside with the reason, and the rest goes on.

FHIR: Subscription
Source: docs/scale.md
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from anlanh.fhir.store.record import Record
from anlanh.platform import work as works
from anlanh.platform.database import Connection, Database, DatabaseBusy, DatabaseDown
from anlanh.platform.metrics import HEARD
from anlanh.platform.work import Principal, Work

log = logging.getLogger(__name__)

BATCH = 100
LOOK_AGAIN_S = 2.0
TRIES = 10
LONGEST_PAUSE_S = 300


@dataclass(frozen=True, slots=True)
class News:
    """One committed change. `method`: POST, PUT, PATCH or DELETE; `deleted`: it was a delete."""

    type: str
    id: str
    version: int
    method: str
    deleted: bool


Hear: TypeAlias = Callable[[Work, Record, Sequence[News]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Hearing:
    """Somebody who listens. `name` is kept in the database: `<service>.<what>`; `types`: of which changes; `hear` is given
    them in order, in a transaction, and is safe to repeat."""

    name: str
    types: tuple[str, ...]
    hear: Hear


async def put_down(
    connection: Connection, record: Record, hearings: Iterable[Hearing], taken: Sequence[int]
) -> list[str]:
    """Put these rows of the outbox down for those who listen to their types; in the transaction that takes them out.
    The names of those who listen to any of them."""
    pairs = [(each.name, record.type_number(kind)) for each in hearings for kind in each.types]
    if not pairs:
        return []
    rows = await connection.fetch(
        "with put as (insert into heard (hearing, type, id, version, method)"
        " select l.hearing, r.type, r.id, o.version, coalesce(h.method, r.method) from outbox o join resource r on r.rid = o.rid"
        " left join history h on h.rid = o.rid and h.version = o.version"
        " join unnest($2::text[], $3::smallint[]) l(hearing, type) on l.type = r.type"
        " where o.seq = any($1::bigint[]) order by o.seq returning hearing)"
        " select distinct hearing from put order by hearing",
        list(taken), [name for name, _ in pairs], [kind for _, kind in pairs],
    )  # fmt: skip
    return [row["hearing"] for row in rows]


async def listen(database: Database, record: Record, hearing: Hearing, bell: asyncio.Event) -> None:
    """Act on what is put down for one listener, for ever: when the bell rings, and now and then for what is to be tried
    again. Several processes may: they take turns."""
    while True:
        bell.clear()
        if not await step(database, record, hearing):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await bell.wait()


async def step(database: Database, record: Record, hearing: Hearing) -> int:
    """Act on the changes that are due, at most a batch; how many that were.

    Raises:
        DatabaseBusy, DatabaseDown: it is nobody's fault; nothing was counted.
    """
    try:
        return await _act(database, record, hearing, BATCH)
    except (DatabaseBusy, DatabaseDown):
        raise
    except Exception:
        log.exception(
            "A service could not take in changes together; trying them one by one", extra={"job": hearing.name}
        )
    try:
        return await _act(database, record, hearing, 1)
    except Exception as failure:
        log.exception("A service could not take in a change", extra={"job": hearing.name})
        await _put_off(database, hearing, f"{type(failure).__name__}")
        return 1


METHODS = {b"C": "POST", b"U": "PUT", b"P": "PATCH", b"D": "DELETE"}
DUE = "select seq, type, id, version, method from heard where hearing = $1 and due <= $2 and tries < $3 order by seq limit $4"


def _actor(hearing: Hearing) -> Principal:
    return Principal(f"service:{hearing.name}", "system")


async def _act(database: Database, record: Record, hearing: Hearing, most: int) -> int:
    async with works.begin(database, _actor(hearing), works.OPERATIONS) as work:
        rows = await work.connection.fetch(DUE + " for update", hearing.name, work.at, TRIES, most)
        if not rows:
            return 0
        news = [
            News(
                record.type_names[row["type"]], row["id"], row["version"], METHODS[row["method"]], row["method"] == b"D"
            )
            for row in rows
        ]
        await hearing.hear(work, record, news)
        await work.connection.execute("delete from heard where seq = any($1::bigint[])", [row["seq"] for row in rows])
    HEARD.labels(hearing.name, "taken").inc(len(rows))
    return len(rows)


async def _put_off(database: Database, hearing: Hearing, why: str) -> None:
    """The first change waits, longer each time, and is set aside at last; the others go on without it."""
    async with works.begin(database, _actor(hearing), works.OPERATIONS) as work:
        row = await work.connection.fetchrow(
            "select seq, tries from heard where hearing = $1 and due <= $2 and tries < $3 order by seq limit 1 for update",
            hearing.name, work.at, TRIES,
        )  # fmt: skip
        if row is None:
            return
        pause = timedelta(seconds=min(2 ** row["tries"], LONGEST_PAUSE_S))
        await work.connection.execute(
            "update heard set tries = tries + 1, due = $2, why = $3 where seq = $1", row["seq"], work.at + pause, why
        )
    HEARD.labels(hearing.name, "failed").inc()
