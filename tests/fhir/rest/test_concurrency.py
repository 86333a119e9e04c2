"""Many clients at once: exactly one, all, or one of them, as each case demands; never a hang."""

from __future__ import annotations

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.conftest import Server

CLIENTS = 24


def at_once(server: Server, count: int, request: Any) -> list[httpx.Response]:
    """The same request from many connections at the same time."""

    def one(number: int) -> httpx.Response:
        with httpx.Client(base_url=server.url, headers=server.client.headers, timeout=120) as client:
            answer: httpx.Response = request(client, number)
            return answer

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_many_conditional_creates_leave_exactly_one(server: Server) -> None:
    identifier = uuid.uuid4().hex
    body = {"resourceType": "Patient", "identifier": [{"value": identifier}]}
    headers = {"if-none-exist": f"identifier={identifier}"}
    answers = at_once(server, CLIENTS, lambda client, n: client.post("/fhir/Patient", json=body, headers=headers))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: CLIENTS - 1}
    assert server.client.get("/fhir/Patient", params={"identifier": identifier}).json()["total"] == 1


def test_many_conditional_updates_make_exactly_one(server: Server) -> None:
    identifier = uuid.uuid4().hex
    body = {"resourceType": "Patient", "identifier": [{"value": identifier}]}
    answers = at_once(
        server, CLIENTS, lambda client, n: client.put(f"/fhir/Patient?identifier={identifier}", json=body)
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: CLIENTS - 1}
    assert server.client.get("/fhir/Patient", params={"identifier": identifier}).json()["total"] == 1


def test_many_puts_without_a_version_all_succeed_in_some_order(server: Server) -> None:
    identifier = str(uuid.uuid4())
    path = f"/fhir/Patient/{identifier}"
    body = {"resourceType": "Patient", "id": identifier}
    answers = at_once(server, CLIENTS, lambda client, n: client.put(path, json=body))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: CLIENTS - 1}
    versions = sorted(int(answer.json()["meta"]["versionId"]) for answer in answers)
    assert versions == list(range(1, CLIENTS + 1))
    assert server.client.get(path + "/_history?_count=100").json()["total"] == CLIENTS


def test_if_match_lets_exactly_one_win(server: Server) -> None:
    made = server.client.post("/fhir/Patient", json={"resourceType": "Patient"}).json()
    headers = {"if-match": 'W/"1"'}
    answers = at_once(
        server, CLIENTS, lambda client, n: client.put(f"/fhir/Patient/{made['id']}", json=made, headers=headers)
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: CLIENTS - 1}


def test_more_transactions_than_connections_all_finish(server: Server) -> None:
    def bundle(client: httpx.Client, number: int) -> httpx.Response:
        entries = [
            {
                "resource": {"resourceType": "Patient", "identifier": [{"value": f"{number}-{at}"}]},
                "request": {"method": "POST", "url": "Patient"},
            }
            for at in range(20)
        ]
        return client.post("/fhir", json={"resourceType": "Bundle", "type": "transaction", "entry": entries})

    answers = at_once(server, 64, bundle)
    assert {answer.status_code for answer in answers} == {200}


def test_transactions_that_lock_in_opposite_orders_all_finish(server: Server) -> None:
    names = [str(uuid.uuid4()) for _ in range(6)]

    def bundle(client: httpx.Client, number: int) -> httpx.Response:
        order = names if number % 2 else names[::-1]
        entries = [
            {"resource": {"resourceType": "Patient", "id": n}, "request": {"method": "PUT", "url": f"Patient/{n}"}}
            for n in order
        ]
        return client.post("/fhir", json={"resourceType": "Bundle", "type": "transaction", "entry": entries})

    assert {answer.status_code for answer in at_once(server, CLIENTS, bundle)} == {200}
    assert server.client.get(f"/fhir/Patient/{names[0]}").headers["etag"] == f'W/"{CLIENTS}"'
