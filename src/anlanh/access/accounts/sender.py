"""The port through which a short text reaches a telephone, and the sink that keeps texts where no gateway is set up."""

from __future__ import annotations

from typing import Protocol

from anlanh.platform.work import Work


class Sender(Protocol):
    """Sends a text to a number. It may be asked inside a unit of work, and must not wait for the telephone."""

    async def send(self, work: Work, phone: str, body: str) -> None:
        """Send. Safe to repeat: a second text does no harm."""


class KeepingSender:
    """Keeps the texts in the database: for demonstrations and tests, where pages show them."""

    async def send(self, work: Work, phone: str, body: str) -> None:
        """Keep the text."""
        await work.connection.execute(
            "insert into account_message (phone, body, sent_at) values ($1, $2, $3)", phone, body, work.at
        )


async def kept(work: Work, phone: str) -> str | None:
    """The newest text kept for a number."""
    found: str | None = await work.connection.fetchval(
        "select body from account_message where phone = $1 order by id desc limit 1", phone
    )
    return found
