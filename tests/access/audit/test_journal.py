"""What was seen outlives whoever wrote it down, comes into the log once, and when it cannot be kept nothing is shown."""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from anlanh.access.audit import auditor, journal, rows
from anlanh.access.audit.auditor import AccessLog, NotAudited
from anlanh.access.audit.journal import Journal, Taker
from anlanh.platform import work as works
from anlanh.platform.database import Connection, Database
from anlanh.platform.work import Act, Occasion, Principal, Seen
from tests.conftest import Ground

DOCTOR = Principal("Practitioner/doctor", "doctor", ("Organization/hospital",), assurance=2)


def act(*rids: int) -> Act:
    """The doctor has seen these."""
    seen = [Seen("R", "Observation", (rid,), (7,), "treatment") for rid in rids]
    return Act(principal=DOCTOR, purpose="TREAT", at=works.instant(), seen=seen)


def told(*rids: int) -> bytes:
    """The same as it is kept."""
    return rows.told(act(*rids))


def logged(ground: Ground, taker_folder: Path, *, times: int = 3) -> list[int]:
    """What the log names after the folder was taken over."""

    async def body(database: Database) -> list[int]:
        taker = Taker(database, taker_folder, auditor.add)
        for _ in range(times):
            await taker.step()
        async with database.connection() as connection:
            found = await connection.fetch("select resources from access_log order by seq")
        return [rid for row in found for rid, _ in rows.resources_of(row["resources"])]

    return ground.open(body)


def write(folder: Path, *ids: int) -> None:
    """One process writes that down, and ends."""

    async def main() -> None:
        own = Journal(folder)
        for each in ids:
            own.append(told(each))
        await asyncio.sleep(journal.SYNC_S * 2)
        own._leave()

    asyncio.run(main())


def test_rows_come_into_the_log_once_and_a_file_that_was_left_goes(ground: Ground, tmp_path: Path) -> None:
    write(tmp_path, 1, 2, 3)
    assert logged(ground, tmp_path) == [1, 2, 3]
    assert logged(ground, tmp_path) == [1, 2, 3]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_written_to_stays_and_what_is_added_follows(ground: Ground, tmp_path: Path) -> None:
    async def body(database: Database) -> list[int]:
        own, taker = Journal(tmp_path), Taker(database, tmp_path, auditor.add)
        counts = []
        for each in range(3):
            own.append(told(each))
            await taker.step()
            async with database.connection() as connection:
                counts.append(await connection.fetchval("select count(*) from access_log"))
        return counts

    assert ground.open(body) == [1, 2, 3]


def test_who_takes_over_and_is_stopped_before_the_commit_takes_it_again(ground: Ground, tmp_path: Path) -> None:
    write(tmp_path, 1, 2)

    async def body(database: Database) -> None:
        async def stopped(connection: Connection, content: Sequence[bytes]) -> None:
            await auditor.add(connection, content)
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await Taker(database, tmp_path, stopped).step()

    ground.open(body)
    assert logged(ground, tmp_path) == [1, 2]


def test_what_was_cut_short_is_left_out_and_what_was_before_it_is_kept(ground: Ground, tmp_path: Path) -> None:
    write(tmp_path, 1, 2)
    (file,) = tmp_path.iterdir()
    os.truncate(file, journal.read(file.read_bytes())[1] - 3)
    assert logged(ground, tmp_path) == [1]


def test_what_fell_over_in_the_file_is_not_taken_for_rows() -> None:
    content = bytearray(16 + len(told(1)))
    assert journal.read(bytes(content)) == ([], 0)
    frames = journal._HEAD.pack(4, 0) + b"rows"
    assert journal.read(frames) == ([], 0)


def test_a_character_that_no_text_may_hold_does_not_stop_the_log(ground: Ground, tmp_path: Path) -> None:
    odd = act(1)
    odd.occasion = Occasion(interaction="search-type", query="name=a\0b\ud800", request="r")

    async def body(database: Database) -> str:
        own = Journal(tmp_path)
        own.append(rows.told(odd))
        await Taker(database, tmp_path, auditor.add).step()
        async with database.connection() as connection:
            return str(await connection.fetchval("select query from access_log"))

    assert ground.open(body) == "name=a?b?"


def _say(path: Path, number: int) -> None:
    path.write_text(str(number), "ascii")


def _write_for_ever(folder: str) -> NoReturn:
    async def main() -> None:
        own, number = Journal(Path(folder)), 0
        while True:
            own.append(told(number))
            _say(Path(folder, "said"), number)
            number += 1
            await asyncio.sleep(0)

    asyncio.run(main())
    raise AssertionError


def test_what_a_killed_process_had_shown_is_in_the_log(ground: Ground, tmp_path: Path) -> None:
    writer = multiprocessing.get_context("spawn").Process(target=_write_for_ever, args=(str(tmp_path),))
    writer.start()
    until = time.monotonic() + 20
    while not (tmp_path / "said").exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    said = int((tmp_path / "said").read_text("ascii") or 0)
    found = logged(ground, tmp_path, times=20)
    assert found[: said + 1] == list(range(said + 1))
    assert len(found) == len(set(found))


def test_nothing_is_shown_when_it_cannot_be_written_down(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int, start: int, size: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(journal, "ROOM", 10)

    async def body(database: Database) -> None:
        log = AccessLog(database, Journal(tmp_path))
        await log.apart(act(1))
        with monkeypatch.context() as patched:
            patched.setattr(journal.os, "posix_fallocate", full)
            with pytest.raises(NotAudited):
                await log.apart(act(2))
        await log.apart(act(3))

    ground.open(body)
    assert sorted(logged(ground, tmp_path)) == [1, 3]


def test_a_file_that_is_full_is_followed_by_another_and_none_is_left(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ROOM", 3 * len(told(1)))
    write(tmp_path, *range(1, 12))
    assert len(list(tmp_path.iterdir())) == 6
    assert sorted(logged(ground, tmp_path)) == list(range(1, 12))
    assert list(tmp_path.iterdir()) == []


def test_a_row_larger_than_a_file_has_one_of_its_own(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ROOM", 100)
    monkeypatch.setattr(journal, "AT_ONCE", 100)
    write(tmp_path, 1, 2)
    assert sorted(logged(ground, tmp_path)) == [1, 2]


def test_what_the_disk_refused_is_not_in_the_log(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(file: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    async def body(database: Database) -> None:
        log = AccessLog(database, Journal(tmp_path))
        with monkeypatch.context() as patched:
            patched.setattr(journal.os, "fdatasync", broken)
            await log.apart(act(1))
            await asyncio.sleep(journal.SYNC_S * 3)
            with pytest.raises(NotAudited):
                await log.apart(act(2))
        await log.apart(act(3))

    ground.open(body)
    assert sorted(logged(ground, tmp_path)) == [1, 3]


def test_nothing_more_is_shown_while_the_disk_does_not_take_what_was(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LIMIT_S", 0.2)
    monkeypatch.setattr(journal.os, "fdatasync", lambda file: time.sleep(1))

    async def body(database: Database) -> None:
        log = AccessLog(database, Journal(tmp_path))
        await log.apart(act(1))
        await asyncio.sleep(0.5)
        with pytest.raises(NotAudited):
            await log.apart(act(2))
        await asyncio.sleep(1)
        await log.apart(act(3))

    ground.open(body)
    assert logged(ground, tmp_path) == [1, 3]
