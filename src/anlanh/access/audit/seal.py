"""Seals the access log: every second a hash over the new rows and the seal before, so that a change shows ever after.

Seals are also appended to a file per day outside of the database; who rewrites rows and all later seals is found out by
the file, and who cuts off the end too. Rows are taken in order of (transaction, sequence), and only of transactions
before which all have ended, so that none appears later among those already sealed.

Source: TCVN 14423:2026 (log integrity); https://www.postgresql.org/docs/18/functions-info.html#FUNCTIONS-PG-SNAPSHOT
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from anlanh.access.audit.rows import COLUMNS
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work

SEALER = Principal("system:audit", "system")
BLOCK = 5000
EVERY_S = 1.0
LOCK = 0x5345414C
FIRST = b"\0" * 32

_LAST = struct.Struct(">iqiqh")
"""How what COPY gives ends: transaction and sequence of the last row, and the mark of the end."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where the log is not as it was sealed."""

    number: int
    day: str
    what: str


async def run(database: Database, folder: Path, zone: ZoneInfo) -> None:
    """Seal for ever. Safe to run in several processes: one at a time does it."""
    while True:
        async with works.begin(database, SEALER, works.OPERATIONS, keyed=True) as work:
            full = await step(work, folder, zone)
        await asyncio.sleep(0 if full else EVERY_S)


async def step(work: Work, folder: Path, zone: ZoneInfo) -> bool:
    """Seal one block of what is new; whether it was full, so that more waits."""
    if not await work.connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
        return False
    last = await work.connection.fetchrow("select * from access_seal order by number desc limit 1")
    after = (last["last_tx"], last["last_seq"]) if last else (0, 0)
    ended = f"tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint order by tx, seq limit {BLOCK}"
    count, content = await _packed(work, after, ended)
    if not count:
        return False
    number = last["number"] + 1 if last else 1
    hashed = digest(last["hash"] if last else FIRST, number, content)
    _, last_tx, _, last_seq, _ = _LAST.unpack(content[-_LAST.size :])
    day = work.at.astimezone(zone).date()
    await work.connection.execute(
        "insert into access_seal (number, day, last_tx, last_seq, rows, sealed_at, hash, packed)"
        " values ($1, $2, $3, $4, $5, $6, $7, true)",
        number, day, last_tx, last_seq, count, work.at, hashed,
    )  # fmt: skip
    await asyncio.to_thread(_append, folder / f"{day}.seals", f"{number} {count} {hashed.hex()}\n")
    return count == BLOCK


async def _packed(work: Work, after: tuple[int, int], until: str) -> tuple[int, bytes]:
    """How many rows come after that one, and the rows as binary COPY gives them, transaction and sequence last."""
    parts: list[bytes] = []

    async def take(part: bytes) -> None:
        parts.append(part)

    told = await work.connection.copy_from_query(_rows(after, until), output=take, format="binary")
    return int(told.rpartition(" ")[2]), b"".join(parts)


def _rows(after: tuple[int, int], until: str) -> str:
    return f"select {', '.join(COLUMNS)}, tx, seq from access_log where (tx, seq) > {after} and {until}"


def digest(before: bytes, number: int, content: bytes) -> bytes:
    """SHA-256 over the seal before, the block's number and its rows."""
    return hashlib.sha256(before + number.to_bytes(8, "big") + content).digest()


def as_json(rows: Iterable[Any]) -> bytes:
    """Rows as they were hashed before seals were packed."""
    return b"".join(msgspec.json.encode([_plain(value) for value in row]) for row in rows)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a", encoding="ascii") as stream:
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())


async def verify(
    work: Work, folder: Path, progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[int, list[Fault]]:
    """Walk the whole log: how many rows are sealed, and every block that is not as it was sealed."""
    total = await work.connection.fetchval("select coalesce(sum(rows), 0) from access_seal")
    faults: list[Fault] = []
    before, after, expected, done = FIRST, (0, 0), 1, 0
    seals = await work.connection.fetch("select * from access_seal order by number")
    for seal in seals:
        count, content = await _sealed(work, after, seal)
        if seal["number"] != expected:
            faults.append(Fault(expected, str(seal["day"]), "a seal is missing"))
        elif count != seal["rows"]:
            faults.append(
                Fault(seal["number"], str(seal["day"]), f"{seal['rows']} rows were sealed, {count} are there")
            )
        elif digest(before, seal["number"], content) != seal["hash"]:
            faults.append(Fault(seal["number"], str(seal["day"]), "a row or the seal before it was changed"))
        before, after = seal["hash"], (seal["last_tx"], seal["last_seq"])
        expected = seal["number"] + 1
        done += seal["rows"]
        progress(done, int(total))
    faults += await asyncio.to_thread(_against_files, folder, {seal["number"]: seal for seal in seals})
    return int(total), faults


async def _sealed(work: Work, after: tuple[int, int], seal: asyncpg.Record) -> tuple[int, bytes]:
    """How many rows a block has, and the rows as they were hashed."""
    until = f"(tx, seq) <= ({seal['last_tx']}, {seal['last_seq']}) order by tx, seq"
    if seal["packed"]:
        return await _packed(work, after, until)
    rows = await work.connection.fetch(
        f"select tx, seq, {', '.join(COLUMNS)} from access_log where (tx, seq) > ($1, $2) and {until}", *after
    )
    return len(rows), as_json(rows)


def _against_files(folder: Path, seals: dict[int, asyncpg.Record]) -> list[Fault]:
    """What the files say was sealed, and the database does not."""
    faults = []
    for path in sorted(folder.glob("*.seals")):
        for line in path.read_text("ascii").splitlines():
            number, _, hashed = line.split(" ")
            seal = seals.get(int(number))
            if seal is None:
                faults.append(Fault(int(number), path.stem, "the file knows a seal that the database has lost"))
            elif seal["hash"].hex() != hashed:
                faults.append(Fault(int(number), path.stem, "the seal is not the one in the file"))
    return faults
