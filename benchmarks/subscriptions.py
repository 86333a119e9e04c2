"""How long from a write to its notification, with many subscriptions on one type and a steady rate of writes.

    .venv/bin/python benchmarks/subscriptions.py [--subscriptions 500] [--writes 1000] [--rate 100]

Starts a server of its own; one subscription meets every Observation written, the others wait for other codes. The
endpoint is a thread of this program and keeps the instant at which each notification arrives.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rest import Server

ARRIVED: dict[str, float] = {}


class Endpoint(BaseHTTPRequestHandler):
    """Notes when each Observation arrives."""

    def do_PUT(self) -> None:
        """One notification."""
        self.rfile.read(int(self.headers["content-length"]))
        ARRIVED.setdefault(self.path.rpartition("/")[2], time.time())
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


def subscription(number: int, code: str, url: str) -> dict[str, Any]:
    """A transaction entry that makes a classic subscription."""
    channel = {"type": "rest-hook", "endpoint": url, "payload": "application/fhir+json"}
    criteria = f"Observation?code=urn:test|{code}&status=final"
    resource = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "x",
        "criteria": criteria,
        "channel": channel,
    }
    return {"resource": resource, "request": {"method": "POST", "url": "Subscription"}}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=500)
    parser.add_argument("--writes", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=100)
    asked = parser.parse_args()
    os.environ["ANLANH_WEBHOOK_ALLOW"] = "127.0.0.1"
    hook = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{hook.server_port}"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder) / "data")
        entry = [subscription(number, f"other-{number}", url) for number in range(asked.subscriptions - 1)]
        entry.append(subscription(0, "wanted", url))
        server.post("/fhir", json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entry}).encode())
        time.sleep(8)
        used = server.cpu_ms()
        written: dict[str, float] = {}
        begun = time.time()
        for number in range(asked.writes):
            time.sleep(max(0.0, begun + number / asked.rate - time.time()))
            code = {"coding": [{"system": "urn:test", "code": "wanted"}]}
            made = {"resourceType": "Observation", "status": "final", "code": code}
            at = time.time()
            written[server.post("/fhir/Observation", json.dumps(made).encode())["id"]] = at
        rate = asked.writes / (time.time() - begun)
        while len(ARRIVED) < asked.writes and time.time() < begun + 120:
            time.sleep(0.05)
        took = sorted(ARRIVED[name] - at for name, at in written.items() if name in ARRIVED)
        cpu = (server.cpu_ms() - used) / asked.writes
        server.stop()
    print(f"{asked.subscriptions} subscriptions, {len(took)} of {asked.writes} delivered at {rate:.0f} writes/s:")
    print(
        f"p50 {statistics.median(took) * 1000:.0f} ms, p95 {took[int(len(took) * 0.95)] * 1000:.0f} ms,"
        f" last {took[-1] * 1000:.0f} ms; {cpu:.2f} CPU-ms a write, delivery included"
    )


if __name__ == "__main__":
    main()
