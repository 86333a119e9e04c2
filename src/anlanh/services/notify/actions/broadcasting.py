"""Calls to many people: one writes, another approves, then they are told in batches."""

from __future__ import annotations

import uuid

from anlanh.fhir.store.record import Record
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from anlanh.services.notify import rules
from anlanh.services.notify.actions.telling import tell
from anlanh.services.notify.model import AlreadyDecided, Broadcast, FourEyes, Message
from anlanh.services.notify.store import broadcasts, deliveries, people
from anlanh.services.notify.store.messages import ANNOUNCER

SHOWN = 50
BATCH = 100


async def newest(work: Work) -> list[Broadcast]:
    """The newest calls."""
    return await broadcasts.newest(work, SHOWN)


async def stations(work: Work, record: Record) -> list[tuple[str, str]]:
    """Stations whose people may be called: id, name."""
    return await people.stations(work, record)


async def write(work: Work, title: str, text: str, station: str, ages: tuple[int, int], urgent: bool) -> str:
    """Write a call, which somebody else has to approve; its id.

    Raises:
        NothingToSay, AgesWrong: it cannot be made.
    """
    rules.check_call(title, text, *ages)
    made = Broadcast(
        str(uuid.uuid4()), title.strip(), text.strip(), station, *ages, urgent, "written", work.principal.subject,
        work.at, None, None, 0, 0,
    )  # fmt: skip
    await broadcasts.write(work, made)
    return made.id


async def one(work: Work, broadcast_id: str) -> Broadcast:
    """A call.

    Raises:
        AlreadyDecided: there is none.
    """
    found = await broadcasts.one(work, broadcast_id)
    if found is None:
        raise AlreadyDecided
    return found


async def decide(work: Work, broadcast_id: str, approved: bool) -> None:
    """Approve or refuse a call that somebody else wrote.

    Raises:
        FourEyes: who acts wrote it. AlreadyDecided: it was decided on before.
    """
    if (await one(work, broadcast_id)).written_by == work.principal.subject:
        raise FourEyes
    if not await broadcasts.decide(work, broadcast_id, "approved" if approved else "refused"):
        raise AlreadyDecided


async def step(database: Database, record: Record) -> bool:
    """Tell the next people of the oldest call that is approved; False: there is none. Killed at any moment it goes on
    where it was: people and place are written together."""
    async with works.begin(database, ANNOUNCER, works.OPERATIONS) as work:
        taken = await broadcasts.take(work)
        if taken is None:
            return False
        call, after = taken
        born = rules.born_between(call.age_from, call.age_to, work.at.astimezone(record.zone).date())
        found, following = await people.audience(work, record, call.station, born, after, BATCH)
        priority = "urgent" if call.urgent else ""
        for person in found:
            message = Message(person, "broadcast", call.title, call.text, f"broadcast {call.id}", priority=priority)
            await tell(work, record, message, broadcast=call.id)
        await broadcasts.go_on(work, call.id, len(found), following)
    return True


async def revive(work: Work, delivery_id: int) -> int:
    """Have what could not be sent tried once more; how many."""
    return await deliveries.revive(work, [delivery_id])
