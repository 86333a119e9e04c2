"""A hospital that sends: messages made of a few words, a channel on a database of the test's own, and MLLP clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from anlanh.exchange.hl7v2 import mllp, sites, store
from anlanh.exchange.hl7v2.inbox import Inbox
from anlanh.exchange.hl7v2.listener import Address, Listener
from anlanh.exchange.hl7v2.store import Entry
from anlanh.exchange.hl7v2.worker import Worker
from anlanh.fhir.search import query as queries
from anlanh.fhir.store import find
from anlanh.fhir.store.record import Record
from anlanh.platform import work as works
from anlanh.platform.blobs import Blobs
from anlanh.platform.database import Database
from anlanh.platform.envelope import Keys
from anlanh.platform.work import Principal

TESTER = Principal("test", "system")
LIMIT = 64 * 2**20


def message(
    kind: str, control_id: str, *segments: str, sender: str = "HIS|BVA", at: str = "20260601080000", modes: str = "|"
) -> bytes:
    """A message; `modes`: MSH-15 and MSH-16."""
    head = f"MSH|^~\\&|{sender}|EMR|TN|{at}||{kind}|{control_id}|P|2.5|||{modes}"
    return ("\r".join((head, *segments)) + "\r").encode()


def pid(mrn: str, name: str = "NGUYỄN^AN", more: str = "") -> str:
    return f"PID|1||{mrn}^^^BVA^MR{more}||{name}||19800102|M"


def pv1(visit: str, place: str = "K1^P2^G3^BVA", patient_class: str = "I") -> str:
    return f"PV1|1|{patient_class}|{place}" + "|" * 16 + f"{visit}^^^BVA^VN"


class Hospital:
    """The receiving side in one process, without sockets unless asked."""

    def __init__(
        self, database: Database, record: Record, folder: Path, overlays: dict[str, Any] | None = None
    ) -> None:
        self.database = database
        self.record = record
        blobs = Blobs(folder, Keys(folder.parent / "key"))
        self.inbox = Inbox(database, blobs)
        self.sites = sites.Sites(overlays or {}, "Asia/Ho_Chi_Minh")
        self.worker = Worker(database, record, self.sites, blobs, self.inbox.settled)
        self.inbox.news = self.worker.wake

    async def send(self, *messages: bytes) -> list[tuple[int, str]]:
        """Take messages in, one after the other, and apply them; number and state at acceptance of each."""
        taken = [await self.inbox.take(each) for each in messages]
        await self.worker.drain()
        return [(each.number, each.state) for each in taken]

    async def entries(self, **asked: Any) -> list[Entry]:
        async with works.begin(self.database, TESTER, works.OPERATIONS, transaction=False) as work:
            return await store.entries(work, **asked)

    async def find(self, resource_type: str, **pairs: str) -> list[dict[str, Any]]:
        """Resources of the record by a search, in the order of their ids."""
        async with works.begin(self.database, TESTER, works.TREATMENT, transaction=False) as work:
            criteria = self.record.criteria()
            query = queries.read(criteria, (resource_type,), [*pairs.items(), ("_count", "200")])
            page = await find.find(work, self.record, criteria, query)
        return sorted((json.loads(each.content) for each in page.matches), key=lambda each: each["id"])

    async def replay(self, **asked: Any) -> int:
        async with works.begin(self.database, TESTER, works.OPERATIONS) as work:
            count = await store.replay(work, **asked)
        await self.worker.drain()
        return count


@asynccontextmanager
async def hospital(
    database: Database, record: Record, folder: Path, overlays: dict[str, Any] | None = None
) -> AsyncIterator[Hospital]:
    """A hospital whose inbox runs."""
    found = Hospital(database, record, folder, overlays)
    found.inbox.start()
    try:
        yield found
    finally:
        await found.inbox.close()


@asynccontextmanager
async def listening(own: Hospital, *, apply: bool = True, certificate: Path | None = None) -> AsyncIterator[int]:
    """The same with a listener, and a worker unless told not to; the port."""
    listener = Listener(own.inbox, Address("127.0.0.1", 0, LIMIT, certificate))
    port = await listener.start()
    working = asyncio.create_task(own.worker.run()) if apply else None
    try:
        yield port
    finally:
        await listener.close()
        if working is not None:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def talk(port: int, messages: Sequence[bytes], *, answers: int | None = None) -> list[list[str]]:
    """Send messages without waiting between them; the answers, each as its lines."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for each in messages:
        writer.write(mllp.frame(each))
    await writer.drain()
    frames = mllp.Frames(LIMIT)
    found: list[list[str]] = []
    while len(found) < (len(messages) if answers is None else answers):
        data = await asyncio.wait_for(reader.read(65536), 30)
        if not data:
            break
        found += [each.decode(errors="surrogateescape").split("\r") for each in frames.feed(data)]
    writer.close()
    return found


async def until_settled(own: Hospital, count: int) -> None:
    """Wait until so many messages have been applied or parked."""
    for _ in range(600):
        if sum(each.settled_at is not None for each in await own.entries(count=1000)) >= count:
            return
        own.worker.wake()
        await asyncio.sleep(0.05)
    raise AssertionError("messages were not applied in time")
