"""What access control and audit cost: requests of the same kinds over HTTP with and without, turn by turn in one server.

    .venv/bin/python benchmarks/access.py [--people 300] [--rounds 12] [--seconds 1.5] [--clients 8]

"Without" is the engine with the role system and no auditor; "with" is a doctor of a facility in whose care everybody
is, with all rules, relations, denials, and each look written down before the answer. CPU is that of this process, which
serves as a web worker does and takes the journal over into the log and seals it, and of the database; those who ask are another
process. The first turn of each is not counted. Then: rows a second into the log, and the citizen's list of 10,000 accesses.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
import uvloop

from anlanh.access.audit import looks, seal
from anlanh.access.audit.auditor import add
from anlanh.access.audit.journal import Taker
from anlanh.demo import province
from anlanh.fhir.bulk import load
from anlanh.fhir.bulk.sources import Piece
from anlanh.fhir.model import json
from anlanh.fhir.rest.exchange import Server
from anlanh.fhir.rest.http import FhirApplication
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.reader import Reader
from anlanh.fhir.store.record import no_labels
from anlanh.fhir.store.sight import system_only
from anlanh.ground import migrate_database
from anlanh.kernel import settings as settings_
from anlanh.platform import processes
from anlanh.platform import work as works
from anlanh.platform.database import NoAuditor
from anlanh.platform.postgres import EmbeddedPostgres
from anlanh.platform.work import Act, Principal, Seen
from anlanh.tenant import journal_of, open_tenant

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
SYSTEM = Principal("script:system", "system")
HOSPITAL = "Organization/bench-hospital"
DOCTOR = Principal("Practitioner/bench", "doctor", (HOSPITAL,), assurance=2)


class Bench:
    """The application in this process, asked as one of two principals."""

    def __init__(self, server: Server, postmaster: int) -> None:
        self.server = server
        self.application = FhirApplication(
            server, lambda headers: self.who, prefix="/fhir", public_url=None, body_limit_mb=16, waiting_limit=1000
        )
        self.postmaster = postmaster
        self.socket = processes.listen("127.0.0.1", 0)
        self.port: int = self.socket.getsockname()[1]
        self.who = SYSTEM
        record = server.record
        self._kept = (record.sights, record.labeller, record.projections, server.database.auditor)
        self.patients: list[str] = []
        self.observations: list[str] = []
        self.codes: list[tuple[str, str]] = []

    def cpu_ms(self) -> float:
        """CPU of this process and of the database so far, the ended backends included."""
        ticks = 0
        for path in Path("/proc").iterdir():
            if not path.name.isdigit():
                continue
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(path.name) == self.postmaster:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self.postmaster:
                ticks += sum(map(int, fields[11:13]))
        return ticks * TICK_MS + time.process_time() * 1000

    def turn(self, guarded: bool) -> None:
        """Switch access control and audit on or off."""
        record, database = self.server.record, self.server.database
        if guarded:
            record.sights, record.labeller, record.projections, database.auditor = self._kept
        else:
            record.sights, record.labeller, record.projections = system_only, no_labels, {}
            database.auditor = NoAuditor()
        self.who = DOCTOR if guarded else SYSTEM


def observation(patient: str, rng: random.Random) -> bytes:
    """A new Observation."""
    return msgspec.json.encode({
        "resourceType": "Observation", "status": "final", "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}, "effectiveDateTime": "2026-11-20T08:00:00+07:00",
        "valueQuantity": {"value": rng.randint(50, 110), "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    })  # fmt: skip


def guarded(resource: dict[str, Any]) -> bool:
    """Whether it is labelled as sensitive: the doctor of this benchmark does not see it."""
    return any("ActCode" in label["system"] for label in resource.get("meta", {}).get("security", ()))


Asked = tuple[str, str, str]
"""Method, path and body."""


def read(bench: Bench, rng: random.Random) -> Asked:
    return "GET", f"Observation/{rng.choice(bench.observations)}", ""


def search(bench: Bench, rng: random.Random) -> Asked:
    patient, code = rng.choice(bench.codes)
    return "GET", f"Observation?patient={patient}&code={code}&_sort=-date&_count=20", ""


def by_name(bench: Bench, rng: random.Random) -> Asked:
    return "GET", f"Patient?name={rng.choice(('nguyen', 'tran', 'le', 'hoang'))}&_count=20", ""


def create(bench: Bench, rng: random.Random) -> Asked:
    return "POST", "Observation", observation(rng.choice(bench.patients), rng).decode()


OPERATIONS: dict[str, Callable[[Bench, random.Random], Asked]] = {
    "read": read, "patient+code": search, "name, 20 rows": by_name, "create": create,
}  # fmt: skip
SAMPLE = 2000


async def round_(bench: Bench, operation: str, clients: int, seconds: float, seed: int) -> float:
    """CPU milliseconds per request."""
    rng = random.Random(seed)
    asked = {
        "port": bench.port, "clients": clients, "seconds": seconds,
        "requests": [OPERATIONS[operation](bench, rng) for _ in range(SAMPLE)],
    }  # fmt: skip
    client = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("asking.py")), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    before = bench.cpu_ms()
    told, _ = await client.communicate(msgspec.json.encode(asked))
    return (bench.cpu_ms() - before) / int(told)


async def main_(url: str, data: Path, postmaster: int, arguments: argparse.Namespace) -> None:
    settings = settings_.read({"ANLANH_DATA": str(data)})
    await migrate_database(settings, url)
    database, record = await open_tenant(settings, url, journal=True)
    taking = asyncio.create_task(Taker(database, journal_of(settings), add).run())
    server = Server(database, record, data, Reader(database))
    bench = Bench(server, postmaster)
    config = uvicorn.Config(
        bench.application, loop="none", http="httptools", lifespan="off", log_config=None, access_log=False, server_header=False  # type: ignore[arg-type]
    )  # fmt: skip
    sealing = asyncio.create_task(seal.run(database, data / "audit", record.zone))
    serving = uvicorn.Server(config)
    served = asyncio.create_task(serving.serve(sockets=[bench.socket]))
    resources = list(province.resources(arguments.people))
    resources.append({"resourceType": "Organization", "id": "bench-hospital"})
    for each in [each for each in resources if each["resourceType"] == "Patient"]:
        each["managingOrganization"] = {"reference": HOSPITAL}
        bench.patients.append(each["id"])
    for each in resources:
        if each["resourceType"] == "Observation" and not record.labeller(each) and not guarded(each):
            bench.observations.append(each["id"])
            bench.codes.append((each["subject"]["reference"], each["code"]["coding"][0]["code"]))
    pieces = [Piece(str(n), json.encode(each)) for n, each in enumerate(resources)]
    print(f"{len(pieces)} resources, {len(bench.patients)} people")
    for at in range(0, len(pieces), 500):
        await load.load(server.database, server.record, pieces[at : at + 500])
    async with server.database.connection() as connection:
        await connection.execute("vacuum analyze")
    processes.leave_what_stays()  # as a web worker does
    for name in OPERATIONS:
        pairs = []
        for guarded_ in (False, True):  # statements are prepared and caches filled
            bench.turn(guarded_)
            await round_(bench, name, arguments.clients, arguments.seconds, -1 - guarded_)
        for number in range(arguments.rounds):
            cost = {}
            for guarded_ in (False, True) if number % 2 else (True, False):
                bench.turn(guarded_)
                seed = 2 * number + guarded_  # of its own, to find nothing that the other has worked out
                cost[guarded_] = await round_(bench, name, arguments.clients, arguments.seconds, seed)
            pairs.append((cost[False], cost[True]))
        ratio = statistics.median(w / o for o, w in pairs)
        print(
            f"{name:16} without {statistics.median(o for o, _ in pairs):6.3f}  with {statistics.median(w for _, w in pairs):6.3f}"
            f" CPU ms  ratio {ratio:5.2f}"
        )
    bench.turn(True)
    await log(server.database, server.record, data, bench)
    serving.should_exit = True
    await served
    taking.cancel()
    sealing.cancel()
    await database.close()


async def log(database: Any, record: Any, data: Path, bench: Bench) -> None:
    """Rows a second, sealed as they come; and the citizen's list."""
    auditor = database.auditor
    patient = f"Patient/{bench.patients[0]}"
    rid = rid_of(*patient.split("/"))

    async def many(number: int, count: int) -> None:
        for each in range(count):
            act = Act(principal=DOCTOR, purpose="TREAT", at=works.instant())
            act.seen = [Seen("R", "Observation", (number * 10**6 + each,), (rid,), "treatment")]
            await auditor.apart(act)

    await asyncio.sleep(3)
    async with database.connection() as connection:
        wanted = 20000 + await connection.fetchval("select count(*) from access_log")
    before, began = bench.cpu_ms(), time.monotonic()
    await asyncio.gather(*(many(number, 625) for number in range(32)))
    async with database.connection() as connection:
        while await connection.fetchval("select coalesce(sum(rows), 0) from access_seal") < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    seconds, cpu = time.monotonic() - began, bench.cpu_ms() - before
    print(
        f"log: 20000 rows in {seconds:.1f} s = {20000 / seconds:,.0f} rows/s, {cpu / 20000:.3f} CPU ms a row, sealing included"
    )
    times = []
    async with works.begin(database, SYSTEM, "HOPERAT", transaction=False) as work:
        for _ in range(7):
            began = time.perf_counter()
            page = await looks.of(work, record, patient)
            times.append((time.perf_counter() - began) * 1000)
    print(f"the citizen's list over 20,000 accesses: {statistics.median(times):.1f} ms, {len(page.looks)} lines")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--clients", type=int, default=8)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        postgres = EmbeddedPostgres(data)
        postgres.start()
        try:
            postmaster = int(next(data.rglob("postmaster.pid")).read_text().splitlines()[0])
            uvloop.run(main_(postgres.url, data, postmaster, arguments))
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
