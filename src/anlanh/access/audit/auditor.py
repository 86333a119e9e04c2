"""Writes the access log: in the transaction of the work, or, for what has none, with what others saw at this moment.

Rows that come together are written by one statement and one commit, so that many small reads cost little; none of them is
shown before the commit is through. When the log is slow, so are the reads; when it fails, they fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import asyncpg
import msgspec

from anlanh.access.audit import rows
from anlanh.access.audit.rows import COLUMNS, Row
from anlanh.kernel.problem import Problem
from anlanh.platform.database import Connection, Database
from anlanh.platform.work import Act, Work

LIMIT_S = 5.0
"""Seconds that writing may take."""
MOST_WAITING = 20_000
SLICE_S, MOST_SLICES = 0.002, 5
"""Seconds waited for more rows, and how often at most."""


class NotAudited(Problem):
    issue = "transient"
    says = "The access could not be written down, so nothing was shown or changed."
    hint = "Try again in a moment; if it stays so, tell the operator."


class AccessLog:
    """The auditor of a process; `Database.auditor` is one of these."""

    def __init__(self, database: Database, type_number: Callable[[str], int]) -> None:
        self._database = database
        self._type_number = type_number
        self._waiting: list[tuple[list[Row], asyncio.Future[None]]] = []
        self._rows = 0
        self._together = 1
        self._task: asyncio.Task[None] | None = None

    def entry(self, act: Act) -> str | None:
        """The rows as JSON; `take_over` puts them into the log."""
        mine = [rows.as_json(row) for row in rows.of(act, self._type_number)]
        return msgspec.json.encode(mine).decode() if mine else None

    async def within(self, work: Work) -> None:
        """Write what the work saw in its own transaction."""
        await _insert(work.connection, list(rows.of(work, self._type_number)))

    async def apart(self, act: Act) -> None:
        """Write what the act saw; back when it is safe on disk. Raises NotAudited otherwise."""
        mine = list(rows.of(act, self._type_number))
        if not mine:
            return
        if self._rows > MOST_WAITING:
            raise NotAudited
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((mine, written))
        self._rows += len(mine)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())
        await written

    async def _gather(self) -> None:
        """When several came together last time, wait while more come: one commit serves them all."""
        if self._together == 1 and len(self._waiting) == 1:
            return
        for _ in range(MOST_SLICES):
            before = len(self._waiting)
            await asyncio.sleep(SLICE_S)
            if len(self._waiting) == before:
                return

    async def _write(self) -> None:
        taken: list[tuple[list[Row], asyncio.Future[None]]] = []
        try:
            while self._waiting:
                async with self._database.reserved() as connection:
                    while self._waiting:
                        await self._gather()
                        taken, self._waiting, self._rows = self._waiting, [], 0
                        self._together = len(taken)
                        async with asyncio.timeout(LIMIT_S):
                            await _insert(connection, [row for mine, _ in taken for row in mine])
                        for _, written in taken:
                            if not written.done():
                                written.set_result(None)
        except (Problem, asyncpg.PostgresError, OSError, TimeoutError):
            lost, self._waiting, self._rows = [*taken, *self._waiting], [], 0
            for _, written in lost:
                if not written.done():
                    written.set_exception(NotAudited())


TYPES = ("timestamptz", "int", "int", "bytea", "bytea", *["text"] * 10)
GIVEN = ("at", "first", "last", *COLUMNS[2:])
INSERT = (
    f"insert into access_log ({', '.join(COLUMNS)}) select x.at, ($1::bigint[])[x.first:x.last],"
    f" convert_from(x.deed, 'UTF8')::\"char\", {', '.join('x.' + name for name in COLUMNS[3:])} from unnest("
    + ", ".join(f"${at}::{kind}[]" for at, kind in enumerate(TYPES, 2))
    + f") x({', '.join(GIVEN)})"
)
"""All persons of all rows come in one array; each row says which part of it is its own."""


async def take_over(work: Work, entries: Sequence[str]) -> None:
    """Put what the outbox carried into the log, in the transaction in which it leaves the outbox."""
    found = [rows.of_json(row) for entry in entries for row in msgspec.json.decode(entry)]
    if found:
        await _insert(work.connection, found)


async def _insert(connection: Connection, records: list[Row]) -> None:
    patients: list[int] = []
    first: list[int] = []
    for row in records:
        first.append(len(patients) + 1)
        patients += row[1]
    last = [start + len(row[1]) - 1 for start, row in zip(first, records, strict=True)]
    columns = list(map(list, zip(*records, strict=True)))
    await connection.execute(INSERT, patients, columns[0], first, last, *columns[2:])
