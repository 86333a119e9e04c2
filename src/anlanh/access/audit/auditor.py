"""Writes the access log: in the transaction of the work, or, for what has none, apart from it: by the journal where there
is one. Nothing is shown before. When that is slow, so are the reads; when it fails, they fail.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence

import asyncpg

from anlanh.access.audit import rows
from anlanh.access.audit.journal import Journal
from anlanh.fhir.store import copying
from anlanh.kernel.problem import Problem
from anlanh.platform.database import Connection, Database
from anlanh.platform.work import Act, Work

LIMIT_S = 5.0
"""Seconds that writing may take."""


class NotAudited(Problem):
    issue = "transient"
    says = "The access could not be written down, so nothing was shown or changed."
    hint = "Try again in a moment; if it stays so, tell the operator."


class AccessLog:
    """The auditor of a process; `Database.auditor` is one of these. Those that answer many at once are given a journal;
    the others wait for the database."""

    def __init__(self, database: Database, journal: Journal | None = None) -> None:
        self._database = database
        self._journal = journal

    def entry(self, act: Act) -> str | None:
        """What was seen as a JSON string; `take_over` puts it into the log."""
        mine = rows.told(act)
        return f'"{b64encode(mine).decode()}"' if mine else None

    async def within(self, work: Work) -> None:
        """Write what the work saw in its own transaction."""
        await add(work.connection, [rows.told(work)])

    async def apart(self, act: Act) -> None:
        """Write what the act saw, before anybody gets to know it. Raises NotAudited otherwise."""
        mine = rows.told(act)
        if not mine:
            return
        try:
            if self._journal is not None:
                self._journal.append(mine)
                return
            async with asyncio.timeout(LIMIT_S), self._database.reserved() as connection:
                await add(connection, [mine])
        except (Problem, asyncpg.PostgresError, OSError, TimeoutError) as failure:
            raise NotAudited from failure


async def take_over(work: Work, entries: Sequence[str]) -> None:
    """Put what the outbox carried into the log, in the transaction in which it leaves the outbox."""
    if entries:
        await add(work.connection, [b64decode(entry[1:-1]) for entry in entries])


async def add(connection: Connection, told: Iterable[bytes]) -> None:
    """Add to the log what acts have seen."""
    await copying.copy(connection, "access_log", rows.COLUMNS, map(rows.packed, told))
