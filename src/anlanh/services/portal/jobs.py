"""Background work: each day people are reminded of doses that are due, and of tomorrow's appointments."""

from __future__ import annotations

import asyncio
import logging

from anlanh.fhir.store.record import Record
from anlanh.kernel.settings import Settings
from anlanh.platform.database import Database
from anlanh.services.portal.actions import reminding

log = logging.getLogger(__name__)

EVERY_S = 600.0


async def remind(database: Database, record: Record, settings: Settings) -> None:
    """See every ten minutes whether today has had its reminders, for ever."""
    while True:
        if count := await reminding.round_of_today(database, record):
            log.info("People were reminded", extra={"count": count})
        await asyncio.sleep(EVERY_S)
