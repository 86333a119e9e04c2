"""What is promised holds when processes are killed."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from anlanh.platform.postgres import EmbeddedPostgres
from tests.conftest import Server
from tests.fhir.subscriptions.conftest import Endpoint, Site, payload, until

TOPIC = "https://anlanh.vn/fhir/SubscriptionTopic/"


def workers(server: Server) -> list[int]:
    """The processes of a server that are not its database."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"postgres" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_no_event_is_lost_and_none_overtakes_when_workers_are_killed(own_server: Server, endpoint: Endpoint) -> None:
    own_server.environment["ANLANH_WEBHOOK_ALLOW"] = "127.0.0.1"
    own_server.start()
    site = Site(own_server.client)
    site.subscribe(f"{TOPIC}result", endpoint.url, filters=f"Observation?code={site.key}", **payload("id-only"))
    web = set(workers(own_server)[:-1])
    for number in range(60):
        site.observe(f"o{number}")
        if number in (20, 40):
            until(lambda: set(workers(own_server)) - web)
            os.kill((set(workers(own_server)) - web).pop(), signal.SIGKILL)
    until(lambda: len(set(endpoint.numbers())) == 60, 40)
    first_seen = list(dict.fromkeys(endpoint.numbers()))
    assert first_seen == list(range(1, 61))


def test_notifications_go_on_when_the_database_was_killed(own_server: Server, endpoint: Endpoint) -> None:
    own_server.environment["ANLANH_WEBHOOK_ALLOW"] = "127.0.0.1"
    own_server.start()
    site = Site(own_server.client)
    site.subscribe(f"{TOPIC}result", endpoint.url, filters=f"Observation?code={site.key}", **payload("id-only"))
    site.observe("before")
    database = EmbeddedPostgres(own_server.data / "postgres").pid
    assert database is not None
    os.kill(database, signal.SIGKILL)
    until(lambda: own_server.client.get("/health/ready").status_code == 200, 40)
    until(lambda: own_server.client.get(f"/fhir/Observation/before-{site.key}").status_code == 200, 40)
    until(lambda: _observed(site, "after"), 40)
    until(lambda: len(set(endpoint.numbers())) == 2, 40)
    assert list(dict.fromkeys(endpoint.numbers())) == [1, 2]


def _observed(site: Site, name: str) -> bool:
    """Whether it was written: a worker says 503 as long as it has connections of before."""
    try:
        site.observe(name)
    except AssertionError:
        return False
    return True


def test_what_is_given_up_is_listed_and_can_be_sent_again(own_server: Server, endpoint: Endpoint) -> None:
    own_server.environment["ANLANH_WEBHOOK_ALLOW"] = "127.0.0.1"
    own_server.start()
    site = Site(own_server.client)
    name = site.subscribe(f"{TOPIC}result", endpoint.url, filters=f"Observation?code={site.key}", **payload("id-only"))
    own_server.stop()
    del own_server.environment["ANLANH_WEBHOOK_ALLOW"]
    own_server.start()
    site.observe("one")
    until(lambda: site.status() == "error")
    listed = own_server.run("subscriptions", "dead")
    assert f"Subscription/{name}  event 1" in listed.stdout
    own_server.stop()
    own_server.environment["ANLANH_WEBHOOK_ALLOW"] = "127.0.0.1"
    own_server.start()
    assert "1 will be sent again" in own_server.run("subscriptions", "retry").stdout
    until(lambda: endpoint.numbers() == [1])
    until(lambda: site.status() == "active")


def test_an_export_goes_on_when_its_worker_is_killed(own_server: Server) -> None:
    own_server.start()
    entries = [
        {
            "request": {"method": "PUT", "url": f"Patient/p{number}"},
            "resource": {"resourceType": "Patient", "id": f"p{number}"},
        }
        for number in range(5000)
    ]
    own_server.client.post(
        "/fhir", json={"resourceType": "Bundle", "type": "transaction", "entry": entries}, timeout=120
    )
    place = own_server.client.get("/fhir/$export?_type=Patient", headers={"prefer": "respond-async"}).headers[
        "content-location"
    ]
    time.sleep(0.3)
    with suppress(ProcessLookupError):
        os.kill(workers(own_server)[-1], signal.SIGKILL)
    until(lambda: own_server.client.get(place).status_code == 200, 40)
    (file,) = own_server.client.get(place).json()["output"]
    lines = own_server.client.get(file["url"]).text.splitlines()
    assert len(lines) == len(set(lines)) == file["count"] == 5000
