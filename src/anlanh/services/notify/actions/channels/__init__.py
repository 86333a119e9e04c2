"""The ways out of the inbox. A channel is anything that takes a claimed delivery and says what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from anlanh.kernel.settings import Settings
from anlanh.platform.database import Database
from anlanh.services.notify.actions.channels.gateway import Gateway
from anlanh.services.notify.actions.channels.mail import Mail
from anlanh.services.notify.actions.channels.push import Push
from anlanh.services.notify.actions.channels.sink import Sink
from anlanh.services.notify.model import EMAIL, PUSH, SMS, ZALO, Claimed, Receipt


class Channel(Protocol):
    """A way to a person outside of the inbox."""

    async def send(self, claimed: Claimed) -> Receipt:
        """Try once. Called at most once at a time for a delivery; `claimed.id` is the same at every try of it."""


def of(settings: Settings, database: Database) -> Mapping[str, Channel]:
    """The channels of this installation by their names."""
    sink = Sink(database)
    return {
        PUSH: Push(settings),
        ZALO: Gateway(settings.zalo_gateway, settings) if settings.zalo_gateway else sink,
        SMS: Gateway(settings.sms_gateway, settings) if settings.sms_gateway else sink,
        EMAIL: Mail(settings.smtp, settings) if settings.smtp else sink,
    }
