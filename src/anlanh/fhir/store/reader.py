"""Reads that arrive at the same time are fetched together: one query for all that came while the last was under way.

A read begun after a write was acknowledged still sees it, for its query starts later. Under load this halves what a read
costs; alone, a read is as quick as any.
"""

from __future__ import annotations

import asyncio

import asyncpg

from anlanh.kernel.problem import Problem
from anlanh.platform.database import Database

MOST_AT_ONCE = 64

MANY = "select rid, type, id, version, updated_at, deleted, content from resource where rid = any($1::bigint[])"
"""In no order: the rows are told apart by rid. (order by would sort what nobody needs sorted)"""


class Reader:
    """Fetches current versions by key for all requests of a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[int, list[asyncio.Future[asyncpg.Record | None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def current(self, rid: int) -> asyncpg.Record | None:
        """The row (rid, type, id, version, updated_at, deleted, content) of that key, or None.

        Raises:
            DatabaseBusy, DatabaseDown: as for any other use of the database.
        """
        answer: asyncio.Future[asyncpg.Record | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(rid, []).append(answer)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._fetch())
        return await answer

    async def _fetch(self) -> None:
        taken: dict[int, list[asyncio.Future[asyncpg.Record | None]]] = {}
        try:
            while self._waiting:
                async with self._database.connection() as connection:
                    while self._waiting:
                        taken = self._take()
                        found = {row[0]: row for row in await connection.fetch(MANY, list(taken))}
                        for rid, answers in taken.items():
                            for answer in answers:
                                if not answer.done():
                                    answer.set_result(found.get(rid))
        except (Problem, asyncpg.PostgresError, OSError) as problem:
            for answers in (*taken.values(), *self._waiting.values()):
                for answer in answers:
                    if not answer.done():
                        answer.set_exception(problem)
            self._waiting.clear()

    def _take(self) -> dict[int, list[asyncio.Future[asyncpg.Record | None]]]:
        if len(self._waiting) <= MOST_AT_ONCE:
            taken, self._waiting = self._waiting, {}
            return taken
        return {rid: self._waiting.pop(rid) for rid in list(self._waiting)[:MOST_AT_ONCE]}
