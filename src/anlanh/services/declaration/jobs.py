"""Background work: the forms that come with the program are there, and what is past its day is erased."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from anlanh.fhir.store.record import Record
from anlanh.fhir.subscriptions.hearing import News
from anlanh.kernel.settings import Settings
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from anlanh.services.declaration.actions import calling, filling, forms
from anlanh.services.declaration.store import entries
from anlanh.services.declaration.store.forms import PUBLISHER

log = logging.getLogger(__name__)

EVERY_S = 600.0
REMIND_EVERY_S = 60.0
BATCH = 50


async def enter_forms(database: Database, record: Record, settings: Settings) -> None:
    """See that the forms are there, then rest."""
    async with works.begin(database, PUBLISHER, works.OPERATIONS) as work:
        await forms.enter_shipped(work, record)
    await asyncio.Event().wait()


async def follow(work: Work, record: Record, news: Sequence[News]) -> None:
    """Keep the rows of declarations as the record has them: of whom they are, and whether they are gone (erased at the
    request of their person, or deleted). Safe to repeat."""
    for each in news:
        await filling.follow(work, record, each.id)


async def erase(database: Database, record: Record, settings: Settings) -> None:
    """Erase what is past its day, for ever."""
    while True:
        while count := await erase_due(database, record):
            log.info("Declarations past their day were erased", extra={"count": count})
        await asyncio.sleep(EVERY_S)


async def remind(database: Database, record: Record, settings: Settings) -> None:
    """Remind stations of what nobody called about, for ever."""
    while True:
        if count := await calling.remind_due(database, record):
            log.info("Stations were reminded of calls", extra={"count": count})
        await asyncio.sleep(REMIND_EVERY_S)


async def erase_due(database: Database, record: Record) -> int:
    """Erase declarations past their day, at most a batch; how many. Killed at any moment it goes on where it was."""
    async with works.begin(database, entries.ERASER, works.OPERATIONS) as work:
        due = await entries.take_due(work, work.at.astimezone(record.zone).date(), BATCH)
        for each in due:
            await entries.erase(work, record, each)
    return len(due)
