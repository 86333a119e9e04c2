"""Keeps what would go out, where no gateway is set up: for demonstrations and tests, where a page shows it."""

from __future__ import annotations

from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.services.notify.model import Claimed, Receipt
from anlanh.services.notify.store import deliveries
from anlanh.services.notify.store.messages import ANNOUNCER


class Sink:
    """A channel that leads nowhere."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, claimed: Claimed) -> Receipt:
        """Keep it. Safe to repeat."""
        async with works.begin(self._database, ANNOUNCER, works.OPERATIONS) as work:
            await deliveries.sink(work, claimed.id, claimed.channel, claimed.addresses[0], claimed.body)
        return Receipt("sent", receipt=f"sink {claimed.id}")
