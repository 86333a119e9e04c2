"""Killed in the middle of writing: what was acknowledged is there, nothing is half there, and the index agrees."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
import uuid

import httpx

from tests.conftest import Server

KILLS = int(os.environ.get("ANLANH_TEST_KILLS", "4"))
"""How often the server and the database are killed; 20 in the long run of docs/operations.md."""


class Writer(threading.Thread):
    """Writes without pause: single resources and transactions of three; remembers what was acknowledged."""

    def __init__(self, server: Server, number: int) -> None:
        super().__init__()
        self._server = server
        self._rng = random.Random(number)
        self.stopping = False
        self.single: list[str] = []
        self.triples: list[str] = []
        self.tried_triples: list[str] = []

    def run(self) -> None:
        client = httpx.Client(base_url=self._server.url, headers=self._server.client.headers, timeout=30)
        while not self.stopping:
            try:
                self._write(client)
            except httpx.TransportError:
                time.sleep(0.02)
        client.close()

    def _write(self, client: httpx.Client) -> None:
        name = str(uuid.uuid4())
        if self._rng.random() < 0.5:
            answer = client.put(
                f"/fhir/Patient/{name}", json={"resourceType": "Patient", "id": name, "identifier": [{"value": name}]}
            )
            if answer.status_code == 201:
                self.single.append(name)
            return
        self.tried_triples.append(name)
        entry = [
            {
                "resource": {"resourceType": "Basic", "code": {"text": "x"}, "identifier": [{"value": name}]},
                "request": {"method": "POST", "url": "Basic"},
            }
            for _ in range(3)
        ]
        answer = client.post("/fhir", json={"resourceType": "Bundle", "type": "transaction", "entry": entry})
        if answer.status_code == 200:
            self.triples.append(name)


def test_killed_at_random_points_it_loses_nothing_and_halves_nothing(own_server: Server) -> None:
    own_server.start()
    rng = random.Random(1)
    writers: list[Writer] = []
    for round_ in range(KILLS):
        crew = [Writer(own_server, round_ * 10 + number) for number in range(4)]
        writers += crew
        for writer in crew:
            writer.start()
        time.sleep(rng.uniform(0.3, 1.0))
        database = int((own_server.data / "postgres/cluster/postmaster.pid").read_text().split("\n")[0])
        assert own_server.process is not None
        victim = database if round_ % 2 else own_server.process.pid
        os.kill(victim, signal.SIGKILL)
        time.sleep(0.2)
        for writer in crew:
            writer.stopping = True
        if victim == own_server.process.pid:
            own_server.process.wait()
            time.sleep(0.3)
            own_server.start()
        else:
            _wait_until_ready(own_server)
        for writer in crew:
            writer.join()
    _check(own_server, writers)


def _wait_until_ready(server: Server) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if server.client.get("/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server did not come back")


def _check(server: Server, writers: list[Writer]) -> None:
    client = server.client
    acknowledged = sum(len(w.single) + len(w.triples) for w in writers)
    assert acknowledged > 20
    for writer in writers:
        for name in writer.single:
            assert client.get(f"/fhir/Patient/{name}").status_code == 200
            assert client.get("/fhir/Patient", params={"identifier": name}).json()["total"] == 1
        done = set(writer.triples)
        for name in writer.tried_triples:
            found = client.get("/fhir/Basic", params={"identifier": name}).json()["total"]
            assert found == 3 if name in done else found in (0, 3)
    checked = server.run("check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
