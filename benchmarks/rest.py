"""The REST benchmark: ops/s, p50/p95/p99 and server CPU-milliseconds per operation, beside the machine's own limit.

    .venv/bin/python benchmarks/rest.py --synthea FOLDER [--patients 1000] [--seconds 5] [--clients 1,8,32]

Starts a server of its own on a fresh data folder, loads the Synthea bundles of FOLDER and `--patients` further
patients with twenty observations each, then measures every operation. CPU is that of all server processes, the
database's included, read from /proc. The limit is a prepared point select (and insert) of rows of the same size over
the same socket, one after the other, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import asyncpg

HERE = Path(__file__).parent
ROOT = HERE.parent
ANLANH = str(Path(sys.executable).with_name("anlanh"))
PORT = 8977
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")

FAMILY = "Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý Nông Triệu Ma Hứa Lường Sầm".split()
MIDDLE = "Văn Thị Minh Hữu Đức Ngọc Thu Quang Thanh Xuân".split()
GIVEN = "An Bình Chi Dũng Giang Hà Hải Hoa Hùng Khánh Lan Linh Long Mai Nam Nga Phúc Quân Sơn Tâm Thảo Trang Tú Vân Yến".split()
CODES = ["8310-5", "8867-4", "9279-1", "8480-6", "8462-4", "29463-7", "8302-2", "2339-0", "718-7", "2160-0"]


def patient(rng: random.Random, number: int) -> dict[str, Any]:
    """A made-up patient of about the size of a real one."""
    return {
        "resourceType": "Patient",
        "identifier": [
            {"system": "http://anlanh.vn/sid/cccd", "value": f"0190{number:08d}"},
            {"system": "http://anlanh.vn/sid/bhyt", "value": f"DN4{number:012d}"},
        ],
        "active": True,
        "name": [{"use": "official", "family": rng.choice(FAMILY), "given": [rng.choice(MIDDLE), rng.choice(GIVEN)]}],
        "telecom": [{"system": "phone", "value": f"09{rng.randint(10_000_000, 99_999_999)}", "use": "mobile"}],
        "gender": rng.choice(["male", "female"]),
        "birthDate": f"{rng.randint(1930, 2025)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        "address": [{"use": "home", "line": [f"Tổ {rng.randint(1, 30)}"], "city": "Phan Đình Phùng", "state": "Thái Nguyên", "country": "VN"}],
    }


def observation(rng: random.Random, patient_id: str) -> dict[str, Any]:
    """A vital sign."""
    code = rng.choice(CODES)
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": f"Vital sign {code}"}], "text": "Vital sign"},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": f"{rng.randint(2012, 2026)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}T08:{rng.randint(0, 59):02d}:00+07:00",
        "valueQuantity": {"value": rng.randint(30, 200), "unit": "unit", "system": "http://unitsofmeasure.org", "code": "1"},
    }


class Server:
    """A server of our own, and what its processes have used."""

    def __init__(self, data: Path) -> None:
        self.environment = {**os.environ, "ANLANH_DATA": str(data)}
        self.environment.pop("DATABASE_URL", None)
        self.log = (data.parent / "server.log").open("wb")
        self.process = subprocess.Popen([ANLANH, "serve", "--port", str(PORT)], env=self.environment, stdout=self.log, stderr=self.log)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/ready")
                break
            except OSError:
                time.sleep(0.1)
        self.token = subprocess.check_output([ANLANH, "token", "--role", "system", "--minutes", "600"], env=self.environment, text=True).strip()
        self.database_url = f"postgresql://postgres@/anlanh?host={data / 'postgres' / 'socket'}"

    def cpu_ms(self) -> float:
        """CPU of the server's processes and the database's so far, in milliseconds."""
        parents: dict[int, int] = {}
        used: dict[int, float] = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                parents[int(entry)] = int(fields[1])
                used[int(entry)] = (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) * TICK_MS
        inside = {self.process.pid}
        while True:
            more = {pid for pid, parent in parents.items() if parent in inside} - inside
            if not more:
                return sum(used.get(pid, 0.0) for pid in inside)
            inside |= more

    def post(self, path: str, body: bytes) -> dict[str, Any]:
        """One request outside the measurement."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/fhir+json"}
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", body, headers)) as answer:
            return dict(json.loads(answer.read()))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


def load(server: Server, synthea: list[Path], patients: int) -> dict[str, Any]:
    """Fill the server; what the operations need to know of it."""
    rng = random.Random(7)
    for path in synthea:
        server.post("/fhir", path.read_bytes())
    ids: list[str] = []
    for start in range(0, patients, 50):
        entry = []
        for number in range(start, min(start + 50, patients)):
            url = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
            entry.append({"fullUrl": url, "resource": patient(rng, number), "request": {"method": "POST", "url": "Patient"}})
            for _ in range(20):
                made = observation(rng, "x")
                made["subject"]["reference"] = url
                entry.append({"resource": made, "request": {"method": "POST", "url": "Observation"}})
        answer = server.post("/fhir", json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entry}).encode())
        ids += [e["response"]["location"].split("/")[-3] for e in answer["entry"] if "/Patient/" in e["response"]["location"]]
    return {
        "patients": ids,
        "identifiers": [f"0190{number:08d}" for number in range(patients)],
        "names": [name for name in ("minh", "hải", "trang", "khanh", "đỗ", "yen", "sầm")],
        "codes": CODES,
        "patient": patient(rng, 99_999_999),
        "observation": observation(rng, "x"),
    }


async def limits(url: str) -> dict[str, tuple[float, float]]:
    """Prepared point select and insert of one-kilobyte rows, one connection: operations per second and their latency."""
    connection = await asyncpg.connect(url)
    await connection.execute("create temp table limit_row (id bigint primary key, content bytea)")
    await connection.execute("insert into limit_row select g, decode(repeat('7b', 1000), 'hex') from generate_series(1, 20000) g")
    found = {}
    select = await connection.prepare("select content from limit_row where id = $1")
    started = time.perf_counter()
    for number in range(5000):
        await select.fetchval(number % 20000 + 1)
    found["select"] = (5000 / (time.perf_counter() - started), (time.perf_counter() - started) / 5)
    await connection.execute("create unlogged table if not exists public.limit_insert (id bigserial primary key, content bytea)")
    await connection.execute("alter table public.limit_insert set logged")
    insert = await connection.prepare("insert into public.limit_insert (content) values ($1)")
    started = time.perf_counter()
    for _ in range(1000):
        await insert.fetch(b"x" * 1000)
    found["insert"] = (1000 / (time.perf_counter() - started), time.perf_counter() - started)
    await connection.execute("drop table public.limit_insert")
    await connection.close()
    return found


def measure(server: Server, data: dict[str, Any], operation: str, clients: int, seconds: float, bundles: list[str]) -> dict[str, Any]:
    """One cell of the report."""
    asked = {
        "host": "127.0.0.1", "port": PORT, "token": server.token, "operation": operation, "clients": clients,
        "seconds": seconds, "data": data, "bundles": bundles if operation == "transaction" else [],
    }  # fmt: skip
    before = server.cpu_ms()
    done = subprocess.run([sys.executable, str(HERE / "load.py")], input=json.dumps(asked), capture_output=True, text=True, check=True)
    found = dict(json.loads(done.stdout))
    found["cpu_ms"] = (server.cpu_ms() - before) / max(1, found["resources"] or found["count"])
    return found


OPERATIONS = ("read", "search-identifier", "search-name", "search-observation", "everything", "update", "create-patient",
              "create-observation", "transaction")  # fmt: skip
TARGETS = {"read": 0.30, "search-identifier": 0.50, "search-name": 0.9, "search-observation": 0.6, "create-patient": 1.2,
           "create-observation": 1.2, "update": 1.4, "transaction": 0.5, "everything": 5.0}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synthea", type=Path, required=True)
    parser.add_argument("--patients", type=int, default=1600)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--clients", default="1,8,32")
    parser.add_argument("--only", default=",".join(OPERATIONS))
    asked = parser.parse_args()
    bundles = sorted(asked.synthea.glob("*.json"))
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        server = Server(Path(folder) / "data")
        try:
            started = time.perf_counter()
            data = load(server, bundles, asked.patients)
            print(f"loaded in {time.perf_counter() - started:.1f} s")
            asyncio.run(analyze(server.database_url))
            found = asyncio.run(limits(server.database_url))
            print(f"limit: point select {found['select'][0]:.0f}/s, insert {found['insert'][0]:.0f}/s on one connection")
            print(f"{'operation':20} {'clients':>7} {'ops/s':>8} {'p50':>8} {'p95':>8} {'p99':>8} {'CPU ms':>8} {'target':>7} {'errors':>6} {'of limit':>8}")
            for operation in asked.only.split(","):
                for clients in map(int, asked.clients.split(",")):
                    cell = measure(server, data, operation, clients, asked.seconds, [str(path) for path in bundles[:20]])
                    limit = found["insert" if operation in ("create-patient", "create-observation", "update") else "select"][0]
                    print(
                        f"{operation:20} {clients:7} {cell['per_s']:8.0f} {cell['p50']:8.2f} {cell['p95']:8.2f} {cell['p99']:8.2f}"
                        f" {cell['cpu_ms']:8.3f} {TARGETS[operation]:7.2f} {cell['errors']:6} {cell['per_s'] / limit:8.0%}", flush=True
                    )
        finally:
            server.stop()


async def analyze(url: str) -> None:
    """Statistics as autovacuum would have made them by then."""
    connection = await asyncpg.connect(url)
    await connection.execute("set search_path to thainguyen")
    await connection.execute("vacuum analyze")
    rows = await connection.fetch(
        "select c.relname, pg_total_relation_size(c.oid) as size from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'thainguyen' and c.relkind in ('r', 'i') order by 2 desc limit 14"
    )
    count = await connection.fetchval("select count(*) from resource")
    print(f"{count} resources;", ", ".join(f"{row['relname']} {row['size'] / count:.0f} B" for row in rows))
    await connection.close()


if __name__ == "__main__":
    main()
