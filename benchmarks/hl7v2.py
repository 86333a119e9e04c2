"""How fast HL7 v2 goes: parsing, mapping, and end to end from the first byte over MLLP to the record.

    python benchmarks/hl7v2.py [--messages 3000] [--connections 4] [--people 500]

Times run from the first message that is taken in. An embedded PostgreSQL of its own, a listening and an applying process,
senders in others. A third each of admissions (ADT A01), updates (ADT A08) and results (ORU R01 with five values). CPU is of
both and the database together.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import uvloop

from anlanh.app import MIGRATIONS
from anlanh.exchange.hl7v2 import codec, mapping, mllp, store
from anlanh.exchange.hl7v2.inbox import Inbox
from anlanh.exchange.hl7v2.listener import Address, Listener
from anlanh.exchange.hl7v2.sites import Site, Sites
from anlanh.exchange.hl7v2.worker import Worker
from anlanh.fhir.store import record as records
from anlanh.kernel import settings as settings_
from anlanh.platform import blobs, events, migrations, processes
from anlanh.platform import work as works
from anlanh.platform.database import Connection, Database, open_database
from anlanh.platform.postgres import EmbeddedPostgres
from anlanh.platform.work import Principal

WATCH = Principal("system:benchmark", "system")
TICK = os.sysconf("SC_CLK_TCK")
LIMIT = 2**24
PIDS: set[int] = set()


def message(number: int, people: int, lane: int) -> bytes:
    """One message of a made-up hospital."""
    person, day = number % people, number // people % 28 + 1
    at = f"202606{day:02}{number // 3600 % 24:02}{number // 60 % 60:02}{number % 60:02}"
    kind = ("ADT^A01^ADT_A01", "ADT^A08^ADT_A01", "ORU^R01^ORU_R01")[number % 3]
    lines = [
        f"MSH|^~\\&|HIS|BV{lane}|EMR|TN|{at}||{kind}|L{lane}M{number}|P|2.5",
        f"PID|1||{person}^^^BV{lane}^MR~0790{lane}{person:07}^^^CCCD^NI||NGUYỄN^AN^VĂN {person}||19800102|M|||"
        f"{person} LÊ LỢI^^THÁI NGUYÊN^^25000^VNM^H||0912{person:06}^PRN^CP",
    ]
    if number % 3 < 2:
        lines += [
            f"PV1|1|I|K{person % 20}^P{person % 9}^G{person % 4}^BV{lane}||||D{person % 50}^TRẦN^BÌNH^^^^^^BV{lane}|||MED"
            + "|" * 9 + f"V{number // 3}^^^BV{lane}^VN" + "|" * 25 + at,
            f"DG1|1||J{person % 90:02}.9^Viêm phổi^I10||{at[:8]}|A",
        ]  # fmt: skip
    else:
        lines += [
            f"ORC|RE|P{number}^HIS|F{number}^LIS",
            f"OBR|1|P{number}^HIS|F{number}^LIS|58410-2^CBC^LN|||{at}" + "|" * 18 + "F",
        ]
        lines += [
            f"OBX|{n}|NM|71{n}-7^Chỉ số {n}^LN||13.{number % 90}|g/dL^^UCUM|12-16|N|||F|||{at}" for n in range(1, 6)
        ]
    return ("\r".join(lines) + "\r").encode()


def timed(name: str, run: Callable[[bytes], object], messages: list[bytes]) -> None:
    started = time.process_time()
    for each in messages:
        run(each)
    spent = time.process_time() - started
    print(f"{name:36} {len(messages) / spent:8.0f} messages/s  {spent / len(messages) * 1000:6.3f} ms CPU")


def send(port: int, start: int, count: int, people: int, lane: int) -> None:
    """The sending process: a connection that waits for no answer before the next message."""

    async def main() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def write() -> None:
            for number in range(start, start + count):
                writer.write(mllp.frame(message(number, people, lane)))
                if number % 50 == 0:
                    await writer.drain()

        writing = asyncio.create_task(write())
        frames, answered = mllp.Frames(LIMIT), 0
        while answered < count:
            answered += sum(b"MSA|AA" in each for each in frames.feed(await reader.read(65536)))
        await writing
        writer.close()

    asyncio.run(main())


def cpu_seconds(pids: set[int]) -> float:
    """CPU of processes and of their children that are still there."""
    spent = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        spent += sum(int(each) for each in fields[11:15])
    return spent / TICK


def database_pids(folder: Path) -> set[int]:
    first = int(next((folder / "pg").rglob("postmaster.pid")).read_text().split("\n", 1)[0])
    found = {first}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == first:
            found.add(int(stat.parent.name))
    return found


def work_apart(url: str, folder: Path) -> None:
    """The applying process."""

    async def run() -> None:
        processes.leave_what_stays()
        settings = settings_.read({})
        database = await open_database(settings, url)
        worker = Worker(database, records.new(settings.zone), Sites({}, settings.zone), blobs.of(folder, "hl7v2"))

        async def heard(connection: Connection) -> None:
            worker.wake()

        await events.Listener.open(url, settings.tenant, {store.CHANNEL: heard})
        await worker.run()

    uvloop.run(run())


async def end_to_end(url: str, folder: Path, count: int, connections: int, people: int) -> None:
    settings = settings_.read({})
    connection = await asyncpg.connect(url)
    await migrations.migrate(connection, settings.tenant, migrations.collect(MIGRATIONS))
    await connection.close()
    database = await open_database(settings, url)
    inbox = Inbox(database, blobs.of(folder, "hl7v2"))
    inbox.start()
    listener = Listener(inbox, Address("127.0.0.1", 0, LIMIT))
    port = await listener.start()
    working = multiprocessing.get_context("spawn").Process(target=work_apart, args=(url, folder), daemon=True)
    working.start()
    PIDS.update({os.getpid(), working.pid or 0})
    try:
        first = people * 3 * connections
        await _round(database, folder, port, "warming up", 10**6, connections, connections, people)
        await asyncio.sleep(processes.STAYS_AFTER_S[0])
        await _round(database, folder, port, "people not seen before", 0, first, connections, people)
        await _round(database, folder, port, "people known", first, count, connections, people)
    finally:
        working.kill()
        await listener.close()
        await inbox.close()
        await database.close()


async def _round(
    database: Database, folder: Path, port: int, name: str, start: int, count: int, connections: int, people: int
) -> None:
    before = await _states(database)
    spent, started = cpu_seconds({*PIDS, *database_pids(folder)}), time.perf_counter()
    each = count // connections
    context = multiprocessing.get_context("spawn")
    senders = [context.Process(target=send, args=(port, start, each, people, lane)) for lane in range(connections)]
    for sender in senders:
        sender.start()
    accepted = 0.0
    while True:
        states = await _states(database)
        done = {state: states.get(state, 0) - before.get(state, 0) for state in states}
        if not sum(done.values()):
            started = time.perf_counter()
        if sum(done.values()) >= each * connections and not accepted:
            accepted = time.perf_counter() - started
        if done.get("applied", 0) + done.get("parked", 0) + done.get("duplicate", 0) >= each * connections:
            break
        await asyncio.sleep(0.02)
    took = time.perf_counter() - started
    cpu = cpu_seconds({*PIDS, *database_pids(folder)}) - spent
    total = each * connections
    print(f"MLLP to record, {name:26} {total / took:6.0f} messages/s  {cpu / total * 1000:6.2f} ms CPU  {done}")
    print(f"   acknowledged at {total / max(accepted, 0.001):.0f} messages/s")
    for sender in senders:
        sender.join()


async def _states(database: Database) -> dict[str, int]:
    async with works.begin(database, WATCH, works.OPERATIONS, transaction=False) as work:
        return await store.counts(work)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--messages", type=int, default=3000)
    asked.add_argument("--connections", type=int, default=4)
    asked.add_argument("--people", type=int, default=150)
    given = asked.parse_args()
    messages = [message(number, given.people, 1) for number in range(600)]
    timed("parse and write again", lambda each: codec.encode(codec.parse(each)), messages)
    site = Site()
    timed("parse and map to a Bundle", lambda each: mapping.to_bundle(codec.parse(each), site), messages)
    folder = Path(tempfile.mkdtemp(prefix="anlanh-hl7v2-"))
    folder.chmod(0o755)
    postgres = EmbeddedPostgres(folder / "pg")
    postgres.start()
    try:
        uvloop.run(end_to_end(postgres.url, folder, given.messages, given.connections, given.people))
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
