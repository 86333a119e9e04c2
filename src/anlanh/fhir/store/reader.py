"""Reads that arrive at the same time are fetched together: one query for all that came while the last was under way.

A read begun after a write was acknowledged still sees it, for its query starts later. Under load this halves what a read
costs; alone, a read is as quick as any.
"""

from __future__ import annotations

import asyncio

import asyncpg

from anlanh.fhir.store.sight import PLAIN, Asked
from anlanh.kernel.problem import Problem
from anlanh.platform.database import Database

MOST_AT_ONCE = 64

MANY = "rid = any($1::bigint[])"
"""In no order: the rows are told apart by rid. (order by would sort what nobody needs sorted)"""


Answers = dict[int, list["asyncio.Future[asyncpg.Record | None]"]]


class Reader:
    """Fetches current versions by key for all requests of a process; those who may see alike ask together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[Asked, Answers] = {}
        self._task: asyncio.Task[None] | None = None

    async def current(self, rid: int, asked: Asked = PLAIN) -> asyncpg.Record | None:
        """The row of that key as `asked` selects it, or None.

        Raises:
            DatabaseBusy, DatabaseDown: as for any other use of the database.
        """
        answer: asyncio.Future[asyncpg.Record | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(asked, {}).setdefault(rid, []).append(answer)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._fetch())
        return await answer

    async def _fetch(self) -> None:
        taken: Answers = {}
        try:
            while self._waiting:
                async with self._database.keyed() as connection:
                    while self._waiting:
                        asked, taken = self._take()
                        rows = await connection.fetch(asked.sql(MANY), list(taken), *asked.values)
                        found = {row["rid"]: row for row in rows}
                        for rid, answers in taken.items():
                            for answer in answers:
                                if not answer.done():
                                    answer.set_result(found.get(rid))
        except (Problem, asyncpg.PostgresError, OSError) as problem:
            for waiting in (taken, *self._waiting.values()):
                for answers in waiting.values():
                    for answer in answers:
                        if not answer.done():
                            answer.set_exception(problem)
            self._waiting.clear()

    def _take(self) -> tuple[Asked, Answers]:
        asked, waiting = next(iter(self._waiting.items()))
        if len(waiting) <= MOST_AT_ONCE:
            return asked, self._waiting.pop(asked)
        return asked, {rid: waiting.pop(rid) for rid in list(waiting)[:MOST_AT_ONCE]}
