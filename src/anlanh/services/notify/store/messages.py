"""Messages: Communications in the record, with a row each that counts and locks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read, write
from anlanh.fhir.store.problems import AlreadyExists
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.platform.work import Principal, Work
from anlanh.services.notify.model import Entered

ANNOUNCER = Principal("system:notify", "system")
COLUMNS = "id, person, about, kind, priority, told_at, read_at, broadcast"


def key_of(person: str) -> int:
    """The key of "Patient/x" or "Organization/x"."""
    return rid_of(*person.split("/"))


async def write_down(work: Work, record: Record, resource: dict[str, Any], message_id: str) -> bool:
    """Write the Communication, once; False: it is there. The program writes it itself: whoever acts need not be allowed
    to write to that person."""
    actor, work.principal = work.principal, ANNOUNCER
    try:
        await write.put(work, record, write.prepare(record, resource, message_id), method="PUT", expected=0)
    except AlreadyExists:
        return False
    finally:
        work.principal = actor
    return True


async def enter(work: Work, entered: Entered, planned: Sequence[tuple[str, datetime]]) -> bool:
    """Keep the row of a message and its deliveries, once; False: they are there. A message follows its person: two records
    that were merged have one inbox."""
    done = await work.connection.fetchval(
        f"insert into notify_message as m ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do update set"
        " about = case when m.about = m.person then excluded.person else m.about end, person = excluded.person"
        " where m.person <> excluded.person returning xmax = 0",
        entered.id, entered.person, entered.about, entered.kind, entered.priority, entered.told_at, entered.read_at,
        entered.broadcast,
    )  # fmt: skip
    if not done:
        return False
    await work.connection.executemany(
        "insert into notify_delivery (message, channel, due_at) values ($1, $2, $3)",
        [(entered.id, channel, due_at) for channel, due_at in planned],
    )
    return True


async def communication(work: Work, record: Record, message_id: str) -> dict[str, Any] | None:
    """A Communication as who acts may see it."""
    found = await communications(work, record, [message_id])
    return found.get(message_id)


async def communications(work: Work, record: Record, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Communications by id, as far as who acts may see them."""
    stored = await read.current(work, record, [rid_of("Communication", each) for each in ids])
    return {each.id: json.decode_fast(each.content) for each in stored.values()}


async def of_inboxes(
    work: Work, inboxes: Sequence[int], before: tuple[datetime, str] | None, most: int
) -> list[Entered]:
    """What was told there, the newest first, from a place on."""
    at, after_id = before or (datetime.max.replace(tzinfo=work.at.tzinfo), "")
    rows = await work.connection.fetch(
        f"select {COLUMNS} from notify_message where person = any($1) and (told_at, id) < ($2, $3)"
        " order by told_at desc, id desc limit $4",
        inboxes, at, after_id, most,
    )  # fmt: skip
    return [_of(row) for row in rows]


async def about(work: Work, inboxes: Sequence[int], most: int) -> list[Entered]:
    """Every message to them or about them, whoever was told, the newest first."""
    rows = await work.connection.fetch(
        f"select {COLUMNS} from ((select {COLUMNS} from notify_message where person = any($1) order by told_at desc limit $2)"
        f" union (select {COLUMNS} from notify_message where about = any($1) order by told_at desc limit $2)) m"
        " order by told_at desc, id desc limit $2",
        inboxes, most,
    )  # fmt: skip
    return [_of(row) for row in rows]


async def one(work: Work, message_id: str, inboxes: Sequence[int]) -> Entered | None:
    """A message of one of these inboxes."""
    row = await work.connection.fetchrow(
        f"select {COLUMNS} from notify_message where id = $1 and person = any($2)", message_id, inboxes
    )
    return _of(row) if row else None


async def count_unread(work: Work, inboxes: Sequence[int]) -> int:
    """How many messages there were not read."""
    count: int = await work.connection.fetchval(
        "select count(*) from notify_message where person = any($1) and read_at is null", inboxes
    )
    return count


async def unread_ids(work: Work, inboxes: Sequence[int], most: int) -> list[str]:
    """Ids of what was not read there, the oldest first."""
    rows = await work.connection.fetch(
        "select id from notify_message where person = any($1) and read_at is null order by told_at, id limit $2",
        inboxes, most,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def mark_read(work: Work, record: Record, message_id: str, inboxes: Sequence[int]) -> bool:
    """Note that it was read, here and as Communication.received; False: it was before. In a transaction."""
    done = await work.connection.fetchval(
        "update notify_message set read_at = $3 where id = $1 and person = any($2) and read_at is null returning id",
        message_id, inboxes, work.at,
    )  # fmt: skip
    if done is None:
        return False
    found = await communication(work, record, message_id)
    if found is not None:
        found["received"] = instant_text(work.at)
        actor, work.principal = work.principal, ANNOUNCER
        try:
            await write.put(work, record, write.prepare(record, found, message_id))
        finally:
            work.principal = actor
    return True


async def forget(work: Work, message_id: str) -> None:
    """Of a Communication that was deleted nothing more is sent or counted."""
    await work.connection.execute("delete from notify_message where id = $1", message_id)


def _of(row: Any) -> Entered:
    return Entered(*(row[name.strip()] for name in COLUMNS.split(",")))
