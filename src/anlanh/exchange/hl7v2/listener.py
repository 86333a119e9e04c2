"""MLLP over TCP or TLS: frames in, acknowledgements out, in order, each only after its message is on disk.

A connection may send several messages without waiting; no more than IN_HAND of them are taken before the first is
acknowledged, then the network waits.

Source: HL7 Version 2 Transport Specification: MLLP, Release 2
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from dataclasses import dataclass
from pathlib import Path

from anlanh.exchange.hl7v2 import acknowledge, mllp
from anlanh.exchange.hl7v2.inbox import Inbox, Taken, accepted_code
from anlanh.exchange.hl7v2.problems import TooLong
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works

log = logging.getLogger(__name__)

PIECE = 2**16
IN_HAND = 64
BACKLOG = 128


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: `host` and `port`; `limit`: the longest message in bytes; `certificate`: a PEM file with the
    certificate and its key, for TLS."""

    host: str
    port: int
    limit: int
    certificate: Path | None = None


class Listener:
    """Listens until closed."""

    def __init__(self, inbox: Inbox, address: Address) -> None:
        self._inbox = inbox
        self._address = address
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen; the port, which the system chooses when the address has port 0."""
        context = None
        if self._address.certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self._address.certificate)
        self._server = await asyncio.start_server(
            self._connected, self._address.host, self._address.port, ssl=context, backlog=BACKLOG, limit=PIECE
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Take no more; what was taken has been acknowledged or will be sent again."""
        if self._server is not None:
            self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
        answers: asyncio.Queue[asyncio.Task[Taken] | None] = asyncio.Queue(IN_HAND)
        both = [asyncio.create_task(each) for each in (self._read(reader, answers), self._answer(answers, writer))]
        try:
            await asyncio.gather(*both)
        except TooLong as problem:
            await self._refuse(writer, problem)
        except (ConnectionError, ssl.SSLError, TimeoutError):
            pass
        finally:
            writer.close()  # before anything is waited for: who closes the listener may cancel this too
            for each in both:
                each.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            if task is not None:
                self._connections.discard(task)

    async def _read(self, reader: asyncio.StreamReader, answers: asyncio.Queue[asyncio.Task[Taken] | None]) -> None:
        frames = mllp.Frames(self._address.limit)
        try:
            while data := await reader.read(PIECE):
                for message in frames.feed(data):
                    await answers.put(asyncio.create_task(self._inbox.take(message)))
            await answers.put(None)
        finally:
            if frames.rest and len(frames.rest) < self._address.limit:
                await asyncio.shield(self._inbox.take(frames.rest, cut=True))

    async def _answer(self, answers: asyncio.Queue[asyncio.Task[Taken] | None], writer: asyncio.StreamWriter) -> None:
        while (task := await answers.get()) is not None:
            taken = await task
            message, problem = taken.message, taken.problem
            enhanced = message is not None and acknowledge.enhanced(message)
            if message is not None and acknowledge.tells_outcome(message) and taken.state == "accepted":
                self._inbox.watch(taken.number, lambda found, taken=taken: self._applied(writer, taken, found))  # type: ignore[misc]
            if enhanced and message is not None and not acknowledge.wanted(message, 15, failed=problem is not None):
                continue
            writer.write(mllp.frame(reply(taken)))
            if answers.empty():
                await writer.drain()

    def _applied(self, writer: asyncio.StreamWriter, taken: Taken, problem: Problem | None) -> None:
        """Enhanced mode: tell what became of the message, on the connection it came by, if that still stands."""
        if taken.message is None or writer.is_closing():
            return
        if acknowledge.wanted(taken.message, 16, failed=problem is not None):
            writer.write(mllp.frame(_ack(taken, "AE" if problem is not None else "AA", problem)))

    async def _refuse(self, writer: asyncio.StreamWriter, problem: Problem) -> None:
        """A message that never ends is not read any further."""
        log.warning("HL7 v2: a message is too long", extra={"limit": self._address.limit})
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            says = acknowledge.answer(
                None, "AR", works.instant(), "0", issue=problem.issue, says=f"{problem.text} {problem.way_out}"
            )
            writer.write(mllp.frame(says))
            await writer.drain()


def reply(taken: Taken) -> bytes:
    """The acknowledgement that a message has been taken in."""
    return _ack(taken, accepted_code(taken), taken.problem)


def _ack(taken: Taken, code: str, problem: Problem | None) -> bytes:
    says = f"{problem.text} {problem.way_out}".strip() if problem is not None else ""
    issue = problem.issue if problem is not None else ""
    return acknowledge.answer(taken.message, code, works.instant(), f"{taken.number}", issue=issue, says=says)
