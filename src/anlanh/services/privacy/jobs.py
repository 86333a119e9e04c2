"""Background work: looks at records that are far from usual are noted for the privacy officer."""

from __future__ import annotations

from anlanh.access.rights.unusual import cases
from anlanh.fhir.store.record import Record
from anlanh.kernel.settings import Settings
from anlanh.platform.database import Database


async def watch(database: Database, record: Record, settings: Settings) -> None:
    """Compare what staff look at with what is usual, for ever."""
    await cases.run(database, record)
