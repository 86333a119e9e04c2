"""kill -9 of the receiver at any moment: what was acknowledged is there, once, in order; the sender sends the rest again.

ANLANH_KILLS sets how many times; two by default.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from anlanh.exchange.hl7v2 import mllp
from anlanh.platform.database import Database
from tests.conftest import Ground
from tests.exchange.hl7v2.hospital import LIMIT, hospital, message, pid, pv1

KILLS = int(os.environ.get("ANLANH_KILLS", "2"))
MESSAGES = 150 * (KILLS + 1)
PEOPLE = 7


def sent(number: int) -> bytes:
    """Message `number`: an update of one of a few people, that says which it is."""
    at = f"2026060{1 + number // 86400}{number // 3600 % 24:02}{number // 60 % 60:02}{number % 60:02}"
    return message(
        "ADT^A08", f"M{number}", pid(f"{number % PEOPLE}", f"LẦN^{number}"), pv1(f"V{number % PEOPLE}"), at=at
    )


def start(url: str, folder: Path) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-m", "tests.exchange.hl7v2.receiver", url, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


async def send_from(port: int, first: int, last: int, acknowledged: list[int]) -> None:
    """Send until the last is acknowledged or the connection breaks."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.writelines(mllp.frame(sent(number)) for number in range(first, last))
    frames = mllp.Frames(LIMIT)
    with contextlib.suppress(ConnectionError):
        while len(acknowledged) < last and (data := await reader.read(4096)):
            acknowledged += [int(each.decode().split("MSA|AA|M")[1].split("\r")[0]) for each in frames.feed(data)]
    writer.close()


async def play(ground: Ground, folder: Path, seed: int) -> list[int]:
    """Send everything through receivers that are killed; the control numbers in the order of acknowledgement."""
    dice = random.Random(seed)
    acknowledged: list[int] = []
    for round_ in range(KILLS + 1):
        process, port = start(ground.url, folder)
        until = MESSAGES if round_ == KILLS else len(acknowledged) + dice.randint(20, 140)
        sending = asyncio.create_task(send_from(port, len(acknowledged), MESSAGES, acknowledged))
        while len(acknowledged) < until and not sending.done():
            await asyncio.wait([sending], timeout=0.01)
        process.kill() if round_ < KILLS else None
        await sending
        if round_ == KILLS:
            process.terminate()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()
    return acknowledged


@pytest.mark.parametrize("seed", [1])
def test_nothing_acknowledged_is_lost_or_applied_twice_when_the_receiver_is_killed(
    ground: Ground, tmp_path: Path, seed: int
) -> None:
    acknowledged = asyncio.run(play(ground, tmp_path, seed))

    async def look(database: Database) -> None:
        async with hospital(database, ground.record, tmp_path) as own:
            await own.worker.drain()
            entries = [each for each in reversed(await own.entries(count=100_000)) if each.state != "duplicate"]
            patients, stays = await own.find("Patient"), await own.find("Encounter")
        assert [each.control_id for each in entries] == [f"M{number}" for number in range(MESSAGES)]
        assert {each.state for each in entries} == {"applied"}
        last = {f"{MESSAGES - 1 - at}" for at in range(PEOPLE)}
        assert {each["name"][0]["given"][0] for each in patients} == last
        assert (len(patients), len(stays)) == (PEOPLE, PEOPLE)
        assert sum(int(each["meta"]["versionId"]) for each in patients) == MESSAGES

    assert acknowledged == list(range(MESSAGES))
    ground.open(look)
