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

from anlanh.platform.postgres import EmbeddedPostgres

HERE = Path(__file__).parent
ROOT = HERE.parent
ANLANH = str(Path(sys.executable).with_name("anlanh"))
PORT = 8977
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")

FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Nông",
    "Triệu",
    "Ma",
    "Hứa",
    "Lường",
    "Sầm",
]
MIDDLE = ["Văn", "Thị", "Minh", "Hữu", "Đức", "Ngọc", "Thu", "Quang", "Thanh", "Xuân"]
GIVEN = [
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Giang",
    "Hà",
    "Hải",
    "Hoa",
    "Hùng",
    "Khánh",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Nam",
    "Nga",
    "Phúc",
    "Quân",
    "Sơn",
    "Tâm",
    "Thảo",
    "Trang",
    "Tú",
    "Vân",
    "Yến",
]
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
        "address": [
            {"line": [f"Tổ {rng.randint(1, 30)}"], "city": "Phan Đình Phùng", "state": "Thái Nguyên", "country": "VN"}
        ],
    }


def observation(rng: random.Random, patient_id: str) -> dict[str, Any]:
    """A vital sign."""
    code = rng.choice(CODES)
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "code": {
            "coding": [{"system": "http://loinc.org", "code": code, "display": f"Vital sign {code}"}],
            "text": "Vital sign",
        },
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": f"{rng.randint(2012, 2026)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}T08:05:00+07:00",
        "valueQuantity": {
            "value": rng.randint(30, 200),
            "unit": "unit",
            "system": "http://unitsofmeasure.org",
            "code": "1",
        },
    }


class Server:
    """A server of our own, and what its processes have used."""

    def __init__(self, data: Path) -> None:
        self.environment = {**os.environ, "ANLANH_DATA": str(data)}
        self.environment.pop("DATABASE_URL", None)
        self.log = (data.parent / "server.log").open("wb")
        self.process = subprocess.Popen(
            [ANLANH, "serve", "--port", str(PORT)], env=self.environment, stdout=self.log, stderr=self.log
        )
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/ready")
                break
            except OSError:
                time.sleep(0.1)
        command = [ANLANH, "token", "--role", "system", "--minutes", "600"]
        self.token = subprocess.check_output(command, env=self.environment, text=True).strip()
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
            entry.append(
                {"fullUrl": url, "resource": patient(rng, number), "request": {"method": "POST", "url": "Patient"}}
            )
            for _ in range(20):
                made = observation(rng, "x")
                made["subject"]["reference"] = url
                entry.append({"resource": made, "request": {"method": "POST", "url": "Observation"}})
        answer = server.post(
            "/fhir", json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entry}).encode()
        )
        ids += [
            e["response"]["location"].split("/")[-3]
            for e in answer["entry"]
            if "/Patient/" in e["response"]["location"]
        ]
    return {
        "patients": ids,
        "identifiers": [f"0190{number:08d}" for number in range(patients)],
        "names": ["minh", "hải", "trang", "khanh", "đỗ", "yen", "sầm"],
        "codes": CODES,
        "patient": patient(rng, 99_999_999),
        "observation": observation(rng, "x"),
    }


SELECT = "\\set id random(1, 20000)\nselect content from public.limit_row where id = :id;\n"
INSERT = "insert into public.limit_row (content) values (decode(repeat('7b', 1000), 'hex'));\n"


def limits(data: Path, clients: int, seconds: float) -> dict[str, float]:
    """What the machine itself can do: prepared point selects and inserts of rows of one kilobyte by PostgreSQL's own
    pgbench, over the same socket, with as many clients; operations per second."""
    postgres = EmbeddedPostgres(data / "postgres")
    postgres.tool(
        "psql", postgres.url, "-qc",
        "create table if not exists public.limit_row (id bigserial primary key, content bytea);"
        " insert into public.limit_row (content) select decode(repeat('7b', 1000), 'hex') from generate_series(1, 20000)"
        " where not exists (select from public.limit_row)",
    )  # fmt: skip
    found = {}
    for name, script in (("select", SELECT), ("insert", INSERT)):
        path = data.parent / f"{name}.sql"
        path.write_text(script)
        path.chmod(0o644)
        told = postgres.tool(
            "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(int(seconds)), "-f", str(path),
            "-h", str(postgres.socket), "-U", "postgres", "anlanh",
        )  # fmt: skip
        found[name] = float(next(line.split()[2] for line in told.splitlines() if line.startswith("tps")))
    return found


def measure(
    server: Server, data: dict[str, Any], operation: str, clients: int, seconds: float, bundles: list[str]
) -> dict[str, Any]:
    """One cell of the report."""
    asked = {
        "host": "127.0.0.1", "port": PORT, "token": server.token, "operation": operation, "clients": clients,
        "seconds": seconds, "data": data, "bundles": bundles if operation == "transaction" else [],
    }  # fmt: skip
    before = server.cpu_ms()
    done = subprocess.run(
        [sys.executable, str(HERE / "load.py")], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    found = dict(json.loads(done.stdout))
    found["cpu_ms"] = (server.cpu_ms() - before) / max(1, found["resources"] or found["count"])
    return found


OPERATIONS = ("read", "search-identifier", "search-name", "search-observation", "everything", "update", "create-patient",
              "create-observation", "transaction")  # fmt: skip
TARGETS = {"read": 0.30, "search-identifier": 0.50, "search-name": 0.9, "search-observation": 0.6, "create-patient": 1.2,
           "create-observation": 1.2, "update": 1.4, "transaction": 0.5, "everything": 5.0}  # fmt: skip


READING = frozenset(("read", "search-identifier", "search-name", "search-observation", "everything"))
COLUMNS = ("ops/s", "p50", "p95", "p99", "CPU ms", "target", "errors", "of limit")
LINE = "{operation:20} {clients:7} {per_s:8.0f} {p50:8.2f} {p95:8.2f} {p99:8.2f} {cpu_ms:8.3f} {target:8.2f} {errors:8} {share:8.0%}"


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
            print(f"{'operation':20} clients" + "".join(f" {name:>8}" for name in COLUMNS))
            for clients in map(int, asked.clients.split(",")):
                limit = limits(Path(folder) / "data", clients, asked.seconds)
                for name in ("select", "insert"):
                    print(f"{'limit: ' + name:20} {clients:7} {limit[name]:8.0f}")
                for operation in asked.only.split(","):
                    cell = measure(
                        server, data, operation, clients, asked.seconds, [str(path) for path in bundles[:20]]
                    )
                    share = cell["per_s"] / limit["select" if operation in READING else "insert"]
                    print(
                        LINE.format(
                            operation=operation, clients=clients, target=TARGETS[operation], share=share, **cell
                        ),
                        flush=True,
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
