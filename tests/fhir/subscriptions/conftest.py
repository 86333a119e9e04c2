"""A subscriber's endpoint, and a server that may notify it."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Server

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"


class Endpoint:
    """Takes notifications; `refuse` of them are answered 500 first."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, dict[str, str], bytes, float]] = []
        self.refuse = 0
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = 500 if endpoint.refuse > 0 else 200
                endpoint.refuse -= status == 500
                if status == 200:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    endpoint.got.append((self.command, self.path, headers, body, time.time()))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            do_PUT = do_POST  # noqa: N815 (the name http.server calls)

            def log_message(self, format: str, *args: Any) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def bundles(self, kind: str = "event-notification") -> list[dict[str, Any]]:
        found = [json.loads(body) for _, _, _, body, _ in list(self.got)]
        return [each for each in found if of(each, "type") == kind]

    def numbers(self) -> list[int]:
        return [number for each in self.bundles() for number in numbers(each)]


def of(bundle: dict[str, Any], name: str) -> Any:
    """A value of the status Parameters of a notification."""
    parameters = bundle["entry"][0]["resource"]["parameter"]
    found = next(each for each in parameters if each["name"] == name)
    return next(value for key, value in found.items() if key.startswith("value"))


def numbers(bundle: dict[str, Any]) -> list[int]:
    """Event numbers of a notification."""
    events = [
        each["part"] for each in bundle["entry"][0]["resource"]["parameter"] if each["name"] == "notification-event"
    ]
    return [int(part["valueString"]) for parts in events for part in parts if part["name"] == "event-number"]


def until(done: Callable[[], Any], limit_s: float = 20) -> None:
    """Wait for it."""
    end = time.monotonic() + limit_s
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


class Site:
    """A client of a server, with names of its own."""

    def __init__(self, api: httpx.Client) -> None:
        self.api = api
        self.key = uuid.uuid4().hex[:10]

    def put(self, resource_type: str, name: str, **content: Any) -> httpx.Response:
        body = {"resourceType": resource_type, "id": f"{name}-{self.key}", **content}
        answer = self.api.put(f"/fhir/{resource_type}/{name}-{self.key}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer

    def observe(self, name: str, status: str = "final", patient: str = "an") -> None:
        self.put(
            "Observation", name, status=status, code={"coding": [{"system": "urn:test", "code": self.key}]},
            subject={"reference": f"Patient/{patient}-{self.key}"},
        )  # fmt: skip

    def subscribe(
        self, criteria: str, endpoint: str, name: str = "s", filters: str = "", active: bool = True, **channel: Any
    ) -> str:
        body: dict[str, Any] = {
            "status": "requested",
            "reason": "test",
            "criteria": criteria,
            "channel": {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json", **channel},
        }
        if filters:
            body["_criteria"] = {"extension": [{"url": f"{BACKPORT}backport-filter-criteria", "valueString": filters}]}
        self.put("Subscription", name, **body)
        if active:
            until(lambda: self.status(name) == "active")
        return f"{name}-{self.key}"

    def status(self, name: str = "s") -> str:
        return str(self.api.get(f"/fhir/Subscription/{name}-{self.key}").json()["status"])


def payload(content: str, **more: Any) -> dict[str, Any]:
    """The parts of a channel that ask for this payload content, and other backport extensions by name."""
    kinds = {int: "valueUnsignedInt"}
    extension = [
        {"url": f"{BACKPORT}{name.replace('_', '-')}", kinds[type(value)]: value} for name, value in more.items()
    ]
    part = {"_payload": {"extension": [{"url": f"{BACKPORT}backport-payload-content", "valueCode": content}]}}
    return part | ({"extension": extension} if extension else {})


@pytest.fixture(scope="session")
def notifying() -> Iterator[Server]:
    """A server that may notify endpoints on this machine."""
    folder = Path(tempfile.mkdtemp(prefix="anlanh-test-"))
    folder.chmod(0o755)
    running = Server(folder, ANLANH_WEBHOOK_ALLOW="127.0.0.1")
    running.start()
    yield running
    running.stop()
    running.client.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site(notifying: Server) -> Site:
    return Site(notifying.client)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    found = Endpoint()
    yield found
    found.server.shutdown()
    found.server.server_close()
