"""Applying what was taken in: one lane a sender, in order; several senders at once; again after every interruption.

A message that cannot be applied is parked with its reason and holds up nobody: later messages of the same patient go on,
and when the parked one is replayed after them, it is older than they are and only fills what is still empty.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

import asyncpg

from anlanh.exchange.hl7v2 import applying, store
from anlanh.exchange.hl7v2.problems import NotApplied
from anlanh.exchange.hl7v2.sites import Sites
from anlanh.exchange.hl7v2.store import Settled, Waiting
from anlanh.fhir.store.problems import AlreadyExists, VersionConflict
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.blobs import Blobs
from anlanh.platform.database import Database, DatabaseBusy, DatabaseDown
from anlanh.platform.work import Principal

log = logging.getLogger(__name__)

BATCH = 50
LANES = 4
LOOK_EVERY_S = 5.0
AGAIN_S = 0.2
TRIES = 3
APPLIER = Principal("system:hl7v2", "system")

PASSING = (DatabaseDown, DatabaseBusy, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)
"""Nothing is wrong with the message: the database went away."""
MEANWHILE = (VersionConflict, AlreadyExists, asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError)
"""Somebody else wrote the same meanwhile: read again, and try again."""


class Worker:
    """Applies messages until cancelled. `settled` is told of each message and its problem, if it has one."""

    def __init__(
        self,
        database: Database,
        record: Record,
        sites: Sites,
        blobs: Blobs,
        settled: Callable[[int, Problem | None], None] = lambda number, problem: None,
    ) -> None:
        self._database = database
        self._record = record
        self._sites = sites
        self._blobs = blobs
        self._settled = settled
        self._news = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._lanes = asyncio.Semaphore(LANES)

    def wake(self) -> None:
        """There is something to do."""
        self._news.set()

    async def run(self) -> None:
        """Look who has messages waiting, whenever told and every few seconds; apply them."""
        try:
            while True:
                for sender in await self._due():
                    if sender not in self._busy:
                        task = self._busy[sender] = asyncio.create_task(self._lane(sender))
                        task.add_done_callback(lambda _, sender=sender: self._free(sender))  # type: ignore[misc]
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):  # wait_for can swallow a cancellation
                        await self._news.wait()
                self._news.clear()
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def drain(self) -> None:
        """Apply everything that waits now, then return: for tests and the command line."""
        while senders := await self._due():
            for sender in senders:
                await self._lane(sender)

    def _free(self, sender: str) -> None:
        self._busy.pop(sender, None)
        self._news.set()

    async def _due(self) -> list[str]:
        async with works.begin(self._database, APPLIER, works.OPERATIONS, transaction=False) as work:
            return await store.senders_due(work)

    async def _lane(self, sender: str) -> None:
        async with self._lanes:
            while True:
                try:
                    if not await self.step(sender, BATCH):
                        return
                except PASSING:
                    log.warning("HL7 v2: the database does not answer; trying again")
                    await asyncio.sleep(AGAIN_S)
                    return

    async def step(self, sender: str, limit: int) -> int:
        """Apply the sender's next messages; how many. When they cannot be written together, the first of them alone."""
        for _ in range(TRIES):
            try:
                return await self._step(sender, limit)
            except MEANWHILE:
                await asyncio.sleep(AGAIN_S)
            except PASSING:
                raise
            except Exception:
                log.exception("HL7 v2: messages could not be written together")
                break
        if limit > 1:
            return await self.step(sender, 1)
        return await self._park(sender)

    async def _step(self, sender: str, limit: int) -> int:
        who = Principal(f"hl7v2:{sender}", "system")
        async with works.begin(self._database, who, works.TREATMENT, keyed=True) as work:
            if not await store.hold_sender(work, sender):
                return 0
            waiting = await store.due(work, sender, limit)
            if not waiting:
                return 0
            files = {each.number: await self._file(each.blob) for each in waiting if each.blob is not None}
            load = applying.loaded(files)
            sites = self._sites.with_more(await store.overlays(work))
            settled = await applying.apply(work, self._record, sites, sender, waiting, load)
            await store.settle(work, settled)
        for each in settled:
            self._settled(each.number, each.problem)
        return len(settled)

    async def _file(self, sha256: str) -> bytes:
        return await asyncio.to_thread(lambda: b"".join(self._blobs.get(sha256)))

    async def _park(self, sender: str) -> int:
        """Park the sender's first message: it could not be written, and the reason is in the log."""
        async with works.begin(self._database, APPLIER, works.OPERATIONS) as work:
            waiting: list[Waiting] = await store.due(work, sender, 1)
            await store.settle(work, [Settled(each.number, problem=NotApplied()) for each in waiting])
        for each in waiting:
            self._settled(each.number, NotApplied())
        return len(waiting)
