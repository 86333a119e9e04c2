"""A station notes whether it called back whoever declared something red, and is reminded once where nobody did."""

from __future__ import annotations

from datetime import datetime

from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from anlanh.services.declaration.actions import telling
from anlanh.services.declaration.model import CALLS, Call, Entry, NoSuchCall, NoSuchDeclaration
from anlanh.services.declaration.rules import calling
from anlanh.services.declaration.store import calls, entries
from anlanh.services.declaration.store.forms import as_publisher

BATCH = 50


async def made(work: Work, record: Record, alert: str) -> tuple[Call, ...]:
    """The tries that were noted for an alert, the first one first."""
    found = await calls.task(work, record, alert)
    return calling.calls(found) if found else ()


async def note(work: Work, record: Record, alert: str, code: str, words: str, seen: int) -> None:
    """Note what became of a call, with a short note. Safe to repeat: a page that showed `seen` tries adds one.

    Raises:
        NoSuchDeclaration: who acts works at no station that was told of it, or it has been erased.
        NoSuchCall: there is no such outcome of a call.
    """
    entry = await entries.of_alert(work, alert, held=True)
    if entry is None or entry.erased_at is not None or entry.told not in work.principal.organizations:
        raise NoSuchDeclaration
    if code not in CALLS:
        raise NoSuchCall(expression="call")
    at = instant_text(work.at)
    task = await calls.task(work, record, alert) or calling.task(entry, (), await _patient(work, record, entry), at)
    after = calling.noted(task, code, words, work.principal.subject, at, seen)
    if after is not None:
        await calls.put(work, record, alert, after)
        await entries.note_call(work, entry.id, code)


async def remind_due(database: Database, record: Record, at: datetime | None = None) -> int:
    """Remind stations of what nobody called about for half an hour, by day, once; how many. `at`: the instant, for tests.
    Killed at any moment it goes on where it was."""
    async with works.begin(database, entries.ERASER, works.OPERATIONS, at=at) as work:
        if not calling.is_day(work.at.astimezone(record.zone)):
            return 0
        due = await entries.take_uncalled(work, work.at - calling.REMIND_WITHIN, work.at - calling.REMIND_AFTER, BATCH)
        for each in due:
            await telling.remind(work, record, each, await _patient(work, record, each))
            await entries.note_reminded(work, each.id)
    return len(due)


async def _patient(work: Work, record: Record, entry: Entry) -> str:
    """The "Patient/x" of whom a declaration is, as the program knows it; empty of a guest."""
    if entry.person is None:
        return ""
    with as_publisher(work):
        stored = await entries.patient_of_key(work, record, entry.person)
    return f"Patient/{stored['id']}" if stored else ""
