"""Subscriptions over HTTP: asked for, greeted, told in order, told again."""

from __future__ import annotations

import json
import time

import pytest
from websockets.sync.client import connect

from tests.conftest import Server
from tests.fhir.subscriptions.conftest import Endpoint, Site, numbers, of, payload, until

TOPIC = "https://anlanh.vn/fhir/SubscriptionTopic/"


def test_a_classic_subscription_puts_the_resources_that_meet_its_criteria(site: Site, endpoint: Endpoint) -> None:
    site.subscribe(f"Observation?code={site.key}&status=final", endpoint.url, header=["X-Ward: 4"])
    site.observe("draft", "preliminary")
    site.observe("one")
    site.observe("two")
    until(lambda: len(endpoint.got) == 2)
    method, path, headers, body, _ = endpoint.got[0]
    assert (method, path) == ("PUT", f"/hook/Observation/one-{site.key}")
    assert headers["x-ward"] == "4"
    assert body == site.api.get(f"/fhir/Observation/one-{site.key}").content


def test_a_classic_subscription_without_payload_is_only_called(site: Site, endpoint: Endpoint) -> None:
    body = {"status": "requested", "reason": "test", "criteria": f"Observation?code={site.key}"}
    site.put("Subscription", "s", **body, channel={"type": "rest-hook", "endpoint": endpoint.url})
    until(lambda: site.status() == "active")
    site.observe("one")
    until(lambda: endpoint.got)
    assert [(method, path, body) for method, path, _, body, _ in endpoint.got] == [("POST", "/hook", b"")]


def test_a_topic_begins_with_a_handshake_and_tells_events_in_order(site: Site, endpoint: Endpoint) -> None:
    filters = f"Observation?subject=Patient/an-{site.key}"
    site.subscribe(f"{TOPIC}result", endpoint.url, filters=filters, **payload("full-resource"))
    (hello,) = endpoint.bundles("handshake")
    assert of(hello, "events-since-subscription-start") == "0"
    for number in range(10):
        site.observe(f"o{number}")
    site.observe("other", patient="binh")
    until(lambda: len(endpoint.numbers()) == 10)
    time.sleep(0.5)
    assert endpoint.numbers() == list(range(1, 11))
    first = endpoint.bundles()[0]
    assert first["type"] == "history"
    assert of(first, "topic") == f"{TOPIC}result"
    assert first["entry"][1]["resource"]["id"] == f"o0-{site.key}"
    assert first["entry"][1]["request"] == {"method": "PUT", "url": f"Observation/o0-{site.key}"}


@pytest.mark.parametrize(
    ("content", "resources", "foci"), [("empty", 0, 0), ("id-only", 0, 1), ("full-resource", 1, 1)]
)
def test_the_payload_holds_what_was_asked_for(
    site: Site, endpoint: Endpoint, content: str, resources: int, foci: int
) -> None:
    site.subscribe(f"{TOPIC}result", endpoint.url, filters=f"Observation?code={site.key}", **payload(content))
    site.observe("one")
    until(endpoint.bundles)
    (bundle,) = endpoint.bundles()
    text = json.dumps(bundle)
    assert sum("resource" in entry for entry in bundle["entry"][1:]) == resources
    assert text.count('"focus"') == foci
    assert (site.key in text.replace(f"s-{site.key}", "")) == bool(foci)


def test_several_events_come_together_up_to_the_count_asked_for(site: Site, endpoint: Endpoint) -> None:
    more = payload("id-only", backport_max_count=5)
    site.subscribe(f"{TOPIC}result", endpoint.url, filters=f"Observation?code={site.key}", **more)
    entry = [
        {"request": {"method": "POST", "url": "Observation"},
         "resource": {"resourceType": "Observation", "status": "final", "code": {"coding": [{"code": site.key}]}}}
    ] * 12  # fmt: skip
    site.api.post("/fhir", json={"resourceType": "Bundle", "type": "transaction", "entry": entry})
    until(lambda: len(endpoint.numbers()) == 12)
    assert [len(numbers(each)) for each in endpoint.bundles()] == [5, 5, 2]


def test_what_is_refused_is_sent_again_and_nothing_overtakes_it(site: Site, endpoint: Endpoint) -> None:
    site.subscribe(f"{TOPIC}result", endpoint.url, filters=f"Observation?code={site.key}", **payload("id-only"))
    endpoint.refuse = 2
    for number in range(5):
        site.observe(f"o{number}")
    until(lambda: len(endpoint.numbers()) == 5)
    assert endpoint.numbers() == [1, 2, 3, 4, 5]


def test_who_does_not_answer_the_handshake_is_in_error_until_it_is_requested_again(
    site: Site, endpoint: Endpoint
) -> None:
    endpoint.refuse = 1
    site.subscribe(f"{TOPIC}result", endpoint.url, active=False, **payload("empty"))
    until(lambda: site.status() == "error")
    assert "500" in site.api.get(f"/fhir/Subscription/s-{site.key}").json()["error"]
    site.subscribe(f"{TOPIC}result", endpoint.url, **payload("empty"))


def test_heartbeats_are_sent_when_nothing_happens(site: Site, endpoint: Endpoint) -> None:
    more = payload("empty", backport_heartbeat_period=1)
    site.subscribe(f"{TOPIC}result", endpoint.url, filters=f"Observation?code={site.key}", **more)
    until(lambda: len(endpoint.bundles("heartbeat")) >= 2)


@pytest.mark.parametrize(
    ("criteria", "says"),
    [("Observation?nothing=1", "nothing"), ("https://example.org/no-such-topic", "topic"), ("Nothing?a=b", "no type")],
)
def test_what_cannot_work_is_in_error_and_says_why(site: Site, endpoint: Endpoint, criteria: str, says: str) -> None:
    site.subscribe(criteria, endpoint.url, active=False, **payload("empty"))
    until(lambda: site.status() == "error")
    assert says in site.api.get(f"/fhir/Subscription/s-{site.key}").json()["error"]


def test_an_endpoint_inside_the_network_is_not_called(site: Site) -> None:
    site.subscribe(f"{TOPIC}result", "http://localhost:1/hook", active=False, **payload("empty"))
    until(lambda: site.status() == "error")


def test_status_and_events_can_be_asked_for(site: Site, endpoint: Endpoint) -> None:
    name = site.subscribe(f"{TOPIC}result", endpoint.url, filters=f"Observation?code={site.key}", **payload("id-only"))
    for number in range(4):
        site.observe(f"o{number}")
    until(lambda: len(endpoint.numbers()) == 4)
    found = site.api.get(f"/fhir/Subscription/{name}/$status").json()
    assert found["type"] == "searchset"
    assert of(found, "type") == "query-status"
    assert of(found, "events-since-subscription-start") == "4"
    several = site.api.get(f"/fhir/Subscription/$status?id={name}").json()
    assert several["total"] == 1
    replay = site.api.get(
        f"/fhir/Subscription/{name}/$events?eventsSinceNumber=2&eventsUntilNumber=3&content=full-resource"
    ).json()
    assert of(replay, "type") == "query-event"
    assert numbers(replay) == [2, 3]
    assert [entry["resource"]["id"] for entry in replay["entry"][1:]] == [f"o1-{site.key}", f"o2-{site.key}"]


def test_a_topic_of_the_site_sees_what_was_before_and_what_is_now(site: Site, endpoint: Endpoint) -> None:
    r5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic."
    url = f"https://example.org/topic/{site.key}"
    criteria = [
        {"url": "previous", "valueString": "status:not=final"},
        {"url": "resultForCreate", "valueCode": "test-fails"},
        {"url": "current", "valueString": "status=final"},
        {"url": "requireBoth", "valueBoolean": True},
    ]
    trigger = [{"url": "resource", "valueUri": "Observation"}, {"url": "queryCriteria", "extension": criteria}]
    site.put(
        "Basic", "t", code={"coding": [{"system": "http://hl7.org/fhir/fhir-types", "code": "SubscriptionTopic"}]},
        extension=[{"url": f"{r5}url", "valueUri": url}, {"url": f"{r5}resourceTrigger", "extension": trigger}],
    )  # fmt: skip
    time.sleep(0.5)
    site.subscribe(url, endpoint.url, **payload("id-only"))
    site.observe("born-final")
    site.observe("changes", "preliminary")
    site.observe("changes", "final")
    site.observe("changes", "final")
    until(endpoint.bundles)
    time.sleep(0.6)
    assert endpoint.numbers() == [1]
    assert endpoint.bundles()[0]["entry"][1]["fullUrl"].endswith(f"changes-{site.key}")


def test_deletions_are_told_where_the_topic_is_about_them(site: Site, endpoint: Endpoint) -> None:
    filters = f"ServiceRequest?subject=Patient/an-{site.key}"
    site.subscribe(f"{TOPIC}order", endpoint.url, filters=filters, **payload("full-resource"))
    site.put("ServiceRequest", "r", status="active", intent="order", subject={"reference": f"Patient/an-{site.key}"})
    site.api.delete(f"/fhir/ServiceRequest/r-{site.key}")
    until(lambda: len(endpoint.bundles()) == 2)
    assert [each["entry"][1]["request"]["method"] for each in endpoint.bundles()] == ["PUT", "DELETE"]
    assert "resource" not in endpoint.bundles()[1]["entry"][1]


def test_chained_criteria_are_asked_of_the_database(site: Site, endpoint: Endpoint) -> None:
    site.put("Patient", "an", gender="female")
    site.put("Patient", "binh", gender="male")
    site.subscribe(f"Observation?code={site.key}&subject:Patient.gender=female", endpoint.url)
    site.observe("one", patient="an")
    site.observe("two", patient="binh")
    site.observe("three", patient="an")
    until(lambda: len(endpoint.got) == 2)
    time.sleep(0.4)
    assert [path.rpartition("/")[2] for _, path, _, _, _ in endpoint.got] == [f"one-{site.key}", f"three-{site.key}"]


def test_a_websocket_is_bound_by_a_token_and_told(site: Site, notifying: Server) -> None:
    channel = {"type": "websocket", **payload("id-only")}
    body = {"status": "requested", "reason": "test", "criteria": f"{TOPIC}result"}
    filters = [{"url": "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria",
                "valueString": f"Observation?code={site.key}"}]  # fmt: skip
    site.put("Subscription", "s", **body, _criteria={"extension": filters}, channel=channel)
    until(lambda: site.status() == "active")
    answer = site.api.get(f"/fhir/Subscription/s-{site.key}/$get-ws-binding-token").json()
    parts = {each["name"]: next(v for k, v in each.items() if k.startswith("value")) for each in answer["parameter"]}
    with connect(parts["websocket-url"]) as socket:
        socket.send(f"bind-with-token {parts['token']}")
        assert of(json.loads(socket.recv(timeout=5)), "type") == "handshake"
        site.observe("one")
        site.observe("two")
        told = [json.loads(socket.recv(timeout=5)) for _ in range(2)]
    assert [numbers(each) for each in told] == [[1], [2]]


def test_notifications_arrive_within_a_second(site: Site, endpoint: Endpoint) -> None:
    site.subscribe(f"Observation?code={site.key}", endpoint.url)
    asked = []
    for number in range(20):
        asked.append(time.time())
        site.observe(f"o{number}")
        time.sleep(0.03)
    until(lambda: len(endpoint.got) == 20)
    took = sorted(got[4] - at for got, at in zip(endpoint.got, asked, strict=True))
    assert took[18] < 1, took
