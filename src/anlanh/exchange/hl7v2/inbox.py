"""Taking messages in: none is acknowledged before it is on disk; whoever waits for the disk waits together.

Messages of all connections that come while one commit runs share the next. When the database does not answer, everybody
waits, and nothing more is read from the network: back-pressure, not loss.

Source: HL7 v2.8.2 section 2.9 (a message is the receiver's once it has been acknowledged)
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

from anlanh.exchange.hl7v2 import acknowledge, codec, store
from anlanh.exchange.hl7v2.codec import Message
from anlanh.exchange.hl7v2.problems import CutShort, NoControlId, NotHl7
from anlanh.exchange.hl7v2.store import Received
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.blobs import Blobs
from anlanh.platform.database import Database, DatabaseBusy, DatabaseDown, QueryTooLong
from anlanh.platform.work import Principal

log = logging.getLogger(__name__)

RECEIVER = Principal("system:hl7v2", "system")
WAITING = 256
"""Messages of all connections that may wait for one commit; readers of the network wait beyond that."""
TOGETHER = 128
MANY_BYTES = 2**20
"""Messages from this size on are kept as files."""
AGAIN_S = 0.5
REMEMBERED = 4096
PASSING = (
    DatabaseDown, DatabaseBusy, QueryTooLong, OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError, asyncpg.DeadlockDetectedError,
)  # fmt: skip
"""The database is away, busy or full: everybody waits. Anything else is a fault, and the sender keeps its message."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is ours now. `message` is None when it could not be read at all."""

    number: int
    state: str
    message: Message | None
    problem: Problem | None = None


class Inbox:
    """Takes messages in, for all connections of a process. `start` before use, `close` at the end."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs
        self._queue: asyncio.Queue[tuple[Received, asyncio.Future[tuple[int, str]]]] = asyncio.Queue(WAITING)
        self._task: asyncio.Task[None] | None = None
        self._watchers: dict[int, Callable[[Problem | None], None]] = {}
        self._outcomes: dict[int, Problem | None] = {}
        self.news: Callable[[], None] = lambda: None
        """Called when messages wait to be applied."""

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop. What was not acknowledged is the sender's still."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def take(self, data: bytes, *, cut: bool = False) -> Taken:
        """Keep a message; it is on disk when this returns. What is no message is kept too, parked with the reason.

        `cut`: the connection ended before the message did. Safe to repeat: the second is noted as a duplicate.
        """
        message, received = read(data, cut=cut)
        if received.size >= MANY_BYTES:
            blob = await asyncio.to_thread(self._blobs.put, [data])
            received = Received(
                received.sender, received.control_id, received.type, received.digest, received.size, None, blob.sha256,
                received.problem,
            )  # fmt: skip
        future: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        await self._queue.put((received, future))
        number, state = await future
        return Taken(number, state, message, received.problem)

    @property
    def waiting(self) -> int:
        """Messages that wait for the disk."""
        return self._queue.qsize()

    def watch(self, number: int, told: Callable[[Problem | None], None]) -> None:
        """Be told once when the message has been applied or parked by this process; at once if it has been."""
        if number in self._outcomes:
            told(self._outcomes.pop(number))
        else:
            self._watchers[number] = told

    def settled(self, number: int, problem: Problem | None) -> None:
        """Tell who watches."""
        if told := self._watchers.pop(number, None):
            told(problem)
            return
        self._outcomes[number] = problem
        if len(self._outcomes) > REMEMBERED:
            del self._outcomes[next(iter(self._outcomes))]

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < TOGETHER and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                results = await self._keep([received for received, _ in batch])
            except Exception as error:
                log.exception("HL7 v2: messages could not be kept", extra={"count": len(batch)})
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
            self.news()

    async def _keep(self, batch: list[Received]) -> list[tuple[int, str]]:
        while True:
            try:
                async with works.begin(self._database, RECEIVER, works.OPERATIONS) as work:
                    return await store.take_in(work, batch)
            except PASSING:
                log.warning("HL7 v2: messages wait for the database", extra={"count": len(batch)})
                await asyncio.sleep(AGAIN_S)


def read(data: bytes, *, cut: bool = False) -> tuple[Message | None, Received]:
    """The message in some bytes, and what the inbox keeps of it. Pure."""
    try:
        message = codec.parse(data)
        header = message.header
    except (NotHl7, StopIteration) as error:
        problem = error if isinstance(error, NotHl7) else NotHl7()
        return None, Received("", "", "", hashlib.sha256(data).digest(), len(data), data, None, problem)
    broken: Problem | None = None
    if cut:
        broken = CutShort()
    elif not message.control_id:
        broken = NoControlId()
    control_id = "" if broken else _plain(message.control_id)
    digest = hashlib.sha256()
    moment = header.raw(7).encode("utf-8", "surrogateescape")
    digest.update(data.strip(b"\r\n ").replace(b"|" + moment + b"|", b"||", 1) if moment else data.strip(b"\r\n "))
    return message, Received(
        _plain(message.sender), control_id, _plain(message.type), digest.digest(), len(data), data, None, broken
    )


def accepted_code(taken: Taken) -> str:
    """MSA-1 for a message that was taken in: in original mode AA, in enhanced mode CA; rejected when unreadable."""
    if taken.problem is not None:
        return "CR" if taken.message is not None and acknowledge.enhanced(taken.message) else "AR"
    return "CA" if taken.message is not None and acknowledge.enhanced(taken.message) else "AA"


def _plain(text: str) -> str:
    """A text that the database can hold."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")[:200]
