"""Events between processes over PostgreSQL's NOTIFY: what one process writes, the others hear at once.

A notification carries no data, only that something changed; who hears it reads the tables. After the connection was
lost every handler runs once, for what may have been missed.

Source: https://www.postgresql.org/docs/18/sql-notify.html
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping

import asyncpg

from anlanh.platform.database import Connection

log = logging.getLogger(__name__)

Handler = Callable[[Connection], Awaitable[None]]

RETRY_S = 1.0
ALIVE_S = 5.0


class Listener:
    """One connection that listens on channels and runs a handler for each notification, one at a time."""

    def __init__(self, url: str, tenant: str, handlers: Mapping[str, Handler]) -> None:
        self._url = url
        self._tenant = tenant
        self._handlers = handlers
        self._heard_of: set[str] = set()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, tenant: str, handlers: Mapping[str, Handler]) -> Listener:
        """A listener at work; `tenant` is the schema its handlers see."""
        listener = cls(url, tenant, handlers)
        connection = await listener._connect()
        listener._task = asyncio.create_task(listener._run(connection))
        return listener

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _connect(self) -> Connection:
        connection: Connection = await asyncpg.connect(
            self._url, server_settings={"search_path": self._tenant, "application_name": "anlanh-events"}
        )
        for channel in self._handlers:
            await connection.add_listener(channel, self._heard)
        return connection

    def _heard(self, connection: object, pid: int, channel: str, payload: object) -> None:
        self._heard_of.add(channel)
        self._news.set()

    async def _run(self, connection: Connection) -> None:
        while True:
            try:
                await self._serve(connection)
            except asyncio.CancelledError:
                with contextlib.suppress(Exception):
                    await connection.close(timeout=2)
                raise
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                log.warning("Events: the connection was lost; trying again")
                connection = await self._connect_again()
                self._heard_of.update(self._handlers)
                self._news.set()

    async def _serve(self, connection: Connection) -> None:
        while True:
            try:
                async with asyncio.timeout(ALIVE_S):
                    await self._news.wait()
            except TimeoutError:
                await connection.fetchval("select 1")
                continue
            self._news.clear()
            while self._heard_of:
                await self._handlers[self._heard_of.pop()](connection)

    async def _connect_again(self) -> Connection:
        while True:
            await asyncio.sleep(RETRY_S)
            try:
                return await self._connect()
            except (OSError, asyncpg.PostgresError):
                continue
