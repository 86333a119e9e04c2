"""Puts the authorisation server together for one process."""

from __future__ import annotations

from anlanh.access.accounts.vault import Vault
from anlanh.access.oauth import keys
from anlanh.access.oauth.exchanging import Authority
from anlanh.access.oauth.jwks import ClientKeys
from anlanh.access.oauth.model import SERVICE
from anlanh.access.oauth.trust import Trust
from anlanh.fhir.store.record import Record
from anlanh.kernel.settings import Settings
from anlanh.platform import work as works
from anlanh.platform.database import Database


async def assemble(settings: Settings, database: Database, record: Record) -> Authority:
    """What one process needs to give and check tokens; makes the first key. `trust.refresh` has to hear of CHANNEL."""
    safe = Vault.of(settings.data)
    async with works.begin(database, SERVICE, works.OPERATIONS) as work:
        await keys.first(work, safe)
    return Authority(Trust(safe, settings.public_url), ClientKeys(settings.webhook_allow), record, safe)
