"""Load generator: plain HTTP/1.1 connections, one coroutine a client, latencies kept, nothing else.

Used by `benchmarks/rest.py`; run by itself in a process of its own so that its CPU is not the server's.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote


class Client:
    """One keep-alive connection."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._host, self._port = host, port
        self._head = (
            f"Host: {host}:{port}\r\nAuthorization: Bearer {token}\r\nAccept: application/fhir+json\r\n".encode()
        )
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of one exchange."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=2**26)
        extra = b"Content-Type: application/fhir+json\r\nContent-Length: %d\r\n" % len(body) if body else b""
        self._writer.write(f"{method} {path} HTTP/1.1\r\n".encode() + self._head + extra + b"\r\n" + body)
        assert self._reader is not None
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        at = head.find(b"content-length: ")
        length = int(head[at + 16 : head.index(b"\r", at)]) if at >= 0 else 0
        return status, await self._reader.readexactly(length) if length else b""


Make = Callable[[random.Random, dict[str, Any]], tuple[str, str, bytes]]


def read_patient(rng: random.Random, data: dict[str, Any]) -> tuple[str, str, bytes]:
    return "GET", f"/fhir/Patient/{rng.choice(data['patients'])}", b""


def by_identifier(rng: random.Random, data: dict[str, Any]) -> tuple[str, str, bytes]:
    return "GET", f"/fhir/Patient?identifier={rng.choice(data['identifiers'])}", b""


def by_name(rng: random.Random, data: dict[str, Any]) -> tuple[str, str, bytes]:
    name = quote(rng.choice(data["names"]))
    return "GET", f"/fhir/Patient?name={name}&_count=20", b""


def by_patient_code_date(rng: random.Random, data: dict[str, Any]) -> tuple[str, str, bytes]:
    patient, code = rng.choice(data["patients"]), rng.choice(data["codes"])
    return "GET", f"/fhir/Observation?patient={patient}&code={code}&date=ge2010&_sort=-date&_count=20", b""


def create_patient(rng: random.Random, data: dict[str, Any]) -> tuple[str, str, bytes]:
    body = {**data["patient"], "identifier": [{"system": "urn:bench", "value": str(rng.getrandbits(60))}]}
    return "POST", "/fhir/Patient", json.dumps(body).encode()


def create_observation(rng: random.Random, data: dict[str, Any]) -> tuple[str, str, bytes]:
    body = {**data["observation"], "subject": {"reference": f"Patient/{rng.choice(data['patients'])}"}}
    return "POST", "/fhir/Observation", json.dumps(body).encode()


def update_patient(rng: random.Random, data: dict[str, Any]) -> tuple[str, str, bytes]:
    patient = rng.choice(data["patients"])
    body = {**data["patient"], "id": patient, "birthDate": f"19{rng.randint(10, 99)}-01-01"}
    return "PUT", f"/fhir/Patient/{patient}", json.dumps(body).encode()


def everything(rng: random.Random, data: dict[str, Any]) -> tuple[str, str, bytes]:
    return "GET", f"/fhir/Patient/{rng.choice(data['patients'])}/$everything?_count=1000", b""


def transaction(rng: random.Random, data: dict[str, Any]) -> tuple[str, str, bytes]:
    return "POST", "/fhir", rng.choice(BUNDLES)


BUNDLES: list[bytes] = []

OPERATIONS: dict[str, Make] = {
    "read": read_patient,
    "search-identifier": by_identifier,
    "search-name": by_name,
    "search-observation": by_patient_code_date,
    "create-patient": create_patient,
    "create-observation": create_observation,
    "update": update_patient,
    "everything": everything,
    "transaction": transaction,
}


async def run(
    host: str, port: int, token: str, operation: str, clients: int, seconds: float, data: dict[str, Any]
) -> dict[str, Any]:
    """Requests of one kind for so long; counts, errors and latencies in milliseconds."""
    make = OPERATIONS[operation]
    times: list[float] = []
    errors = 0
    resources = 0
    until = time.perf_counter() + seconds

    async def one(number: int) -> None:
        nonlocal errors, resources
        rng = random.Random(number * 7919 + int(time.time()))
        client = Client(host, port, token)
        while time.perf_counter() < until:
            started = time.perf_counter()
            status, body = await client.request(*make(rng, data))
            times.append((time.perf_counter() - started) * 1000)
            errors += status >= 300
            resources += body.count(b'"lastModified"') if operation == "transaction" else 0

    started = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(clients)))
    wall = time.perf_counter() - started
    times.sort()
    point = lambda share: times[min(len(times) - 1, int(len(times) * share))]  # noqa: E731
    return {
        "count": len(times), "errors": errors, "resources": resources, "per_s": len(times) / wall,
        "p50": point(0.5), "p95": point(0.95), "p99": point(0.99),
    }  # fmt: skip


def main() -> None:
    asked = json.loads(sys.stdin.read())
    for path in asked.pop("bundles", []):
        with open(path, "rb") as stream:
            BUNDLES.append(stream.read())
    print(json.dumps(asyncio.run(run(**asked))))


if __name__ == "__main__":
    main()
