"""Opens the record of a tenant: its database, what is known of it, and access control on both."""

from __future__ import annotations

from pathlib import Path

from anlanh.access import control
from anlanh.access.accounts.vault import Vault
from anlanh.fhir.search.cursors import KEY_BYTES, Cursors
from anlanh.fhir.store import record
from anlanh.fhir.store.record import Record
from anlanh.kernel.settings import Settings
from anlanh.platform.database import Database, open_database


async def open_tenant(
    settings: Settings, url: str, *, connections: int | None = None, journal: bool = False
) -> tuple[Database, Record]:
    """The database, to be closed by the caller, and the record, which knows what the packages hold. With `journal`, looks
    are written down in a file that the background takes over.

    Raises:
        DatabaseDown, DatabaseTooOld: as `open_database`.
        BadPolicy: ANLANH_VALIDATION is not understood.
    """
    own = record.new(settings.zone, settings.validation)
    own.cursors = Cursors(lambda: Vault.of(settings.data).key_for("cursors", KEY_BYTES))
    database = await open_database(settings, url, connections=connections)
    control.put_on(database, own, journal_of(settings) if journal else None)
    return database, own


def journal_of(settings: Settings) -> Path:
    """The folder of the journals of this machine."""
    return settings.data / "audit" / "journal"
