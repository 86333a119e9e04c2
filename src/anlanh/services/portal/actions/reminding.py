"""Reminding people, once a day: of doses that came due, and of tomorrow's appointments. Children's go to their parents.

Each batch of people is a transaction, and a message is told once for each occasion: killed at any moment, the round begins
anew and tells nobody twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from anlanh.access.rights import kin
from anlanh.fhir.store.record import Record
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from anlanh.services.notify import api as notify
from anlanh.services.portal import store
from anlanh.services.portal.rules import reminding
from anlanh.services.portal.store import REMINDER
from anlanh.services.record import api as records

BATCH = 100


async def round_of_today(database: Database, record: Record, at: datetime | None = None) -> int:
    """Remind everybody whom today, or a day that was missed, asks for; how many messages that were. Nothing before seven
    in the morning, and nothing twice. `at`: the instant, for tests."""
    async with works.begin(database, REMINDER, works.OPERATIONS, at=at) as work:
        local = work.at.astimezone(record.zone)
        last = await store.last_round(work)
    days = reminding.days_to_do(last, local.date())
    if not days or local.time() < reminding.NOT_BEFORE:
        return 0
    told = await _doses(database, record, days, local) + await _visits(database, record, local)
    async with works.begin(database, REMINDER, works.OPERATIONS, at=at) as work:
        await store.end_round(work, local.date())
    return told


async def _doses(database: Database, record: Record, days: Sequence[date], local: datetime) -> int:
    due = reminding.due_days(days)
    async with works.begin(database, REMINDER, works.OPERATIONS, at=local, transaction=False) as work:
        people = await records.candidates(work, record, due)
    told = 0
    for start in range(0, len(people), BATCH):
        async with works.begin(database, REMINDER, works.OPERATIONS, at=local) as work:
            for each in await records.awaited(work, record, people[start : start + BATCH], local.date()):
                if not any(dose.due_on in due for dose in each.doses):
                    continue
                family = await kin.trusted(work, record, each.reference)
                parents = [one.reference for one in family if one.kind == "parent"]
                for person in parents or [each.reference]:
                    told += await _tell(work, record, reminding.of_doses(each, person, due))
    return told


async def _visits(database: Database, record: Record, local: datetime) -> int:
    tomorrow = local.date() + timedelta(days=1)
    told, after = 0, ""
    while True:
        async with works.begin(database, REMINDER, works.OPERATIONS, at=local) as work:
            found, after = await store.booked(work, record, tomorrow, after, BATCH)
            for each, place in found:
                at = datetime.fromisoformat(str(each["start"])).astimezone(record.zone)
                for person in reminding.people_in(each):
                    name = kin.called(await store.person(work, record, person.partition("/")[2]))
                    parents = await notify.shared_with(work, record, person, "Appointment", str(each["id"]))
                    messages = [reminding.of_visit(each, person, name, place, one, at) for one in (person, *parents)]
                    told += await _tell(work, record, messages)
        if not after:
            return told


async def _tell(work: Work, record: Record, messages: Sequence[notify.Message]) -> int:
    for each in messages:
        await notify.tell(work, record, each)
    return len(messages)
