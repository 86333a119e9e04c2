"""Background work: results are told, what others wrote is taken in, deliveries go out, calls are told to many."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from anlanh.fhir.store.record import Record
from anlanh.fhir.subscriptions.hearing import News
from anlanh.kernel.settings import Settings
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from anlanh.services.notify.actions import broadcasting, channels, sending, telling

IDLE_S = 1.0


async def results_came(work: Work, record: Record, news: Sequence[News]) -> None:
    """Tell people of results. Safe to repeat."""
    for each in news:
        if not each.deleted:
            await telling.results(work, record, each.id)


async def messages_came(work: Work, record: Record, news: Sequence[News]) -> None:
    """Take messages of others into the inbox. Safe to repeat."""
    for each in news:
        await telling.take_in(work, record, each.id)


async def send(database: Database, record: Record, settings: Settings) -> None:
    """Send what is due, for ever."""
    ways = channels.of(settings, database)
    while True:
        if not await sending.step(database, record, ways):
            await asyncio.sleep(IDLE_S)


async def call(database: Database, record: Record, settings: Settings) -> None:
    """Tell people of calls that are approved, for ever."""
    while True:
        if not await broadcasting.step(database, record):
            await asyncio.sleep(IDLE_S)
