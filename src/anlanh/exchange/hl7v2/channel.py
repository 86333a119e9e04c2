"""HL7 v2 in one piece: the manifest, and what a background process starts.

FHIR: see docs/exchange-hl7v2.md
Source: HL7 v2.3 to v2.8.2
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from anlanh.exchange.hl7v2 import sites
from anlanh.exchange.hl7v2.inbox import Inbox
from anlanh.exchange.hl7v2.listener import Address, Listener
from anlanh.exchange.hl7v2.store import CHANNEL
from anlanh.exchange.hl7v2.tables.events import SUPPORTED
from anlanh.exchange.hl7v2.worker import Worker
from anlanh.fhir.store.record import Record
from anlanh.kernel.settings import Settings
from anlanh.platform import blobs
from anlanh.platform.blobs import Blobs
from anlanh.platform.database import Connection, Database

log = logging.getLogger(__name__)

NAME = "hl7v2"
TITLES = {"vi": "Bản tin HL7 v2", "en": "HL7 v2 messages"}
MESSAGES = SUPPORTED
NEWS = CHANNEL
FOLDER = "hl7v2"


@dataclass(frozen=True)
class Channel:
    """Inbox, worker and, when a port is set, listener of one process."""

    inbox: Inbox
    worker: Worker
    listener: Listener | None

    async def run(self) -> None:
        """Take in and apply until cancelled."""
        self.inbox.start()
        try:
            if self.listener is not None:
                port = await self.listener.start()
                log.info("HL7 v2: listening", extra={"port": port})
            await self.worker.run()
        finally:
            if self.listener is not None:
                await self.listener.close()
            await self.inbox.close()

    async def heard(self, connection: Connection) -> None:
        """For `platform.events.Listener`, on NEWS: another process has taken something in."""
        self.worker.wake()


def files(settings: Settings) -> Blobs:
    """Where large messages lie."""
    return blobs.of(settings.data, FOLDER)


def limit(settings: Settings) -> int:
    """The longest message in bytes."""
    return settings.hl7_message_mb * 2**20


def inbox(settings: Settings, database: Database) -> Inbox:
    """An inbox for a process that only takes in, such as a web worker. Start it, and close it."""
    return Inbox(database, files(settings))


def channel(settings: Settings, database: Database, record: Record) -> Channel:
    """All of it, for the background process.

    Raises:
        BadSites: the overlays cannot be read.
    """
    own = inbox(settings, database)
    overlays = sites.read(settings.hl7_sites, settings.zone)
    worker = Worker(database, record, overlays, files(settings), own.settled)
    own.news = worker.wake
    if settings.mllp is None:
        return Channel(own, worker, None)
    host, port = settings.mllp
    return Channel(own, worker, Listener(own, Address(host, port, limit(settings), settings.mllp_tls)))
