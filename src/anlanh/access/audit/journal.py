"""The journal: what was seen is written down here before it is shown, and is in the access log a second later.

A commit of the database for every look would cost more than the look. So each process writes into a file of its own, whose
room is taken beforehand and which it has in its memory, and the background takes the files over into the log. What is written is
the system's at once and outlives whatever process is killed; it is on disk, so that it outlives the machine, within a fifth of a
second. When the disk does not take it, nothing more is shown. How far a file is taken is kept in the database, in the
transaction that adds its rows, so each row arrives exactly once.

A frame is length (4 bytes), CRC-32 (4 bytes) and what an act has seen (`rows.told`); a length of 0, or what was cut short,
ends the file. Who writes a file holds a lock on it; one without a lock is deleted when it is taken.

Source: docs/decisions/0006-journal.md
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import mmap
import os
import struct
import time
import uuid
import zlib
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from anlanh.platform import work as works
from anlanh.platform.database import Connection, Database
from anlanh.platform.work import Principal

TAKER = Principal("system:audit", "system")
ROOM = 4_000_000
"""Bytes of a file; then a process begins another."""
SYNC_S = 0.1
"""Seconds after which what was written goes to the disk."""
LIMIT_S = 2.0
"""Seconds the disk may take; then nothing more is shown until it has."""
EVERY_S = 1.0
AT_ONCE = 1_000_000
"""Bytes taken over in one transaction."""

_HEAD = struct.Struct(">II")


@dataclass(slots=True)
class _File:
    """A file that is being written; `at`: where the next frame goes."""

    number: int
    memory: mmap.mmap
    at: int = 0

    def put(self, told: bytes) -> None:
        """Write a frame, its head last."""
        start = self.at + _HEAD.size
        self.memory[start : start + len(told)] = told
        _HEAD.pack_into(self.memory, self.at, len(told), zlib.crc32(told))

    def end_here(self) -> None:
        """Take back what was put last."""
        _HEAD.pack_into(self.memory, self.at, 0, 0)

    def close(self) -> None:
        self.memory.close()
        os.close(self.number)


class Journal:
    """The files of one process, used on its event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, "journal")
        self._file: _File | None = None
        self._full: list[int] = []
        self._written = 0
        self._unsafe_since: float | None = None
        self._failed = False

    def append(self, told: bytes) -> None:
        """Write down what an act has seen; it is on disk soon.

        Raises:
            OSError, TimeoutError: it is not written down, or the disk does not take what was.
        """
        now = time.monotonic()
        if self._unsafe_since is not None and now - self._unsafe_since > LIMIT_S:
            raise TimeoutError
        size = _HEAD.size + len(told)
        try:
            file = self._file
            if file is None or file.at + size > len(file.memory):
                file = self._begin(size)
            file.put(told)
            if self._failed:
                os.fdatasync(file.number)
        except OSError:
            self._leave()
            raise
        self._failed = False
        file.at += size
        self._written += size
        if self._unsafe_since is None:
            self._unsafe_since = now
            asyncio.get_running_loop().call_later(SYNC_S, self._start_sync)

    def _begin(self, least: int) -> _File:
        """A file with room for so much, which nobody takes for one that was left: it is locked before it has its name."""
        if self._file is not None:
            self._full.append(os.dup(self._file.number))
            self._file.close()
            self._file = None
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = self._folder / str(uuid.uuid4())
        number = os.open(made, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            os.posix_fallocate(number, 0, max(ROOM, least))
            self._file = _File(number, mmap.mmap(number, max(ROOM, least)))
        except OSError:
            os.close(number)
            made.unlink()
            raise
        made.rename(made.with_suffix(".rows"))
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        return self._file

    def _leave(self) -> None:
        """Give up a file that cannot be written, as it was before; the next one has to prove itself."""
        self._failed = True
        if self._file is not None:
            if self._file.at < len(self._file.memory):
                self._file.end_here()
            self._file.close()
            self._file = None

    def _start_sync(self) -> None:
        loop, written = asyncio.get_running_loop(), self._written
        files, self._full = self._full, []
        if self._file is not None:
            files.append(os.dup(self._file.number))
        syncing = self._thread.submit(_sync, files)

        def tell(done: Future[None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever would be shown anything
                loop.call_soon_threadsafe(self._end_sync, written, done.exception())

        syncing.add_done_callback(tell)

    def _end_sync(self, written: int, failure: BaseException | None) -> None:
        if failure is not None:
            self._leave()
        if self._file is None or self._written == written:
            self._unsafe_since = None
        else:
            self._unsafe_since = time.monotonic()
            asyncio.get_running_loop().call_later(SYNC_S, self._start_sync)


def _sync(files: list[int]) -> None:
    try:
        for file in files:
            os.fdatasync(file)
    finally:
        for file in files:
            os.close(file)


Add = Callable[[Connection, Sequence[bytes]], Awaitable[None]]


class Taker:
    """Takes over into the log what processes have put into a folder; `add` adds to the log what acts have seen."""

    def __init__(self, database: Database, folder: Path, add: Add) -> None:
        self._database = database
        self._folder = folder
        self._add = add
        self._known: dict[str, int] = {}

    async def run(self) -> None:
        """For ever. Several may: each row is taken once."""
        while True:
            if not await self.step():
                await asyncio.sleep(EVERY_S)

    async def step(self) -> bool:
        """What is there, at most so much of each file; whether more waits."""
        paths = sorted(self._folder.glob("*.rows"))
        self._known = {path.stem: self._known.get(path.stem, 0) for path in paths}
        more = [await self._take(path) for path in paths]
        return any(more)

    async def _take(self, path: Path) -> bool:
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            left = _is_left(file)
            if _goes_on(file, self._known[path.stem]) and (size := await self._take_rows(file, path.stem)):
                return left or size >= AT_ONCE
            if left:
                await self._forget(path)
            return False
        finally:
            os.close(file)

    async def _take_rows(self, file: int, name: str) -> int:
        """How many bytes of whole frames were taken over."""
        async with works.begin(self._database, TAKER, works.OPERATIONS) as work:
            taken = await _taken(work.connection, name)
            told, size = await asyncio.to_thread(_whole, file, taken)
            if told:
                await self._add(work.connection, told)
                await work.connection.execute(
                    "update access_journal set taken = $2 where name = $1", name, taken + size
                )
        self._known[name] = taken + size
        return size

    async def _forget(self, path: Path) -> None:
        """Delete first what would be taken over again, then how far it was taken."""
        await asyncio.to_thread(path.unlink, missing_ok=True)
        async with works.begin(self._database, TAKER, works.OPERATIONS) as work:
            await work.connection.execute("delete from access_journal where name = $1", path.stem)


async def _taken(connection: Connection, name: str) -> int:
    """How far that file is taken; nobody else takes it until the transaction ends."""
    await connection.execute("insert into access_journal (name, taken) values ($1, 0) on conflict do nothing", name)
    taken: int = await connection.fetchval("select taken from access_journal where name = $1 for update", name)
    return taken


def _goes_on(file: int, start: int) -> bool:
    """Whether something stands there."""
    return any(os.pread(file, _HEAD.size, start))


def _is_left(file: int) -> bool:
    """Whether nobody writes to it any more."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(file, fcntl.LOCK_UN)
    return True


def _whole(file: int, start: int) -> tuple[list[bytes], int]:
    """The whole frames from there on, about as many as are taken at once; a larger one alone."""
    told, size = read(os.pread(file, AT_ONCE, start))
    return (told, size) if told else read(os.pread(file, os.fstat(file).st_size, start))


def read(content: bytes) -> tuple[list[bytes], int]:
    """What all whole frames from the start on hold, and where the last of them ends."""
    told = []
    at = 0
    while at + _HEAD.size <= len(content):
        length, checksum = _HEAD.unpack_from(content, at)
        body = content[at + _HEAD.size : at + _HEAD.size + length]
        if not length or len(body) < length or zlib.crc32(body) != checksum:
            break
        told.append(body)
        at += _HEAD.size + length
    return told, at
