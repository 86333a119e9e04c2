"""Bad input gets a clear OperationOutcome with the right status, and nothing is written."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest

from tests.conftest import Server

JSON = {"content-type": "application/fhir+json"}
XML = {"content-type": "application/fhir+xml"}
BILLION_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Patient xmlns="http://hl7.org/fhir"><id value="&c;"/></Patient>'
)


def bundle_of(method: str, url: str) -> str:
    """A transaction with one entry, as text."""
    entry = {"request": {"method": method, "url": url}}
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})


BAD: list[tuple[str, str, str, str | bytes, dict[str, str], int]] = [
    ("not JSON", "POST", "Patient", "{", JSON, 400),
    ("not UTF-8", "POST", "Patient", b'{"resourceType":"Patient","id":"\xff"}', JSON, 400),
    ("no body", "POST", "Patient", "", JSON, 400),
    ("a list", "POST", "Patient", "[]", JSON, 400),
    ("another type", "POST", "Patient", '{"resourceType":"Observation"}', JSON, 400),
    ("an unknown type", "POST", "Pacient", '{"resourceType":"Pacient"}', JSON, 404),
    ("an unknown element", "POST", "Patient", '{"resourceType":"Patient","nam":1}', JSON, 400),
    ("a wrong type", "POST", "Patient", '{"resourceType":"Patient","active":"yes"}', JSON, 400),
    ("an object for a list", "POST", "Patient", '{"resourceType":"Patient","name":{"family":"x"}}', JSON, 400),
    ("an impossible date", "POST", "Patient", '{"resourceType":"Patient","birthDate":"2023-02-30"}', JSON, 400),
    ("a code that is not allowed", "POST", "Patient", '{"resourceType":"Patient","gender":"zzz"}', JSON, 422),
    ("another id", "PUT", "Patient/a", '{"resourceType":"Patient","id":"b"}', JSON, 400),
    ("an id that is none", "PUT", "Patient/a_b", '{"resourceType":"Patient","id":"a_b"}', JSON, 400),
    ("deep nesting", "POST", "Patient", "[" * 100_000, JSON, 400),
    ("an unknown media type", "POST", "Patient", "x", {"content-type": "text/csv"}, 415),
    ("an entity bomb", "POST", "Patient", BILLION_LAUGHS, XML, 400),
    ("broken XML", "POST", "Patient", "<Patient", XML, 400),
    ("an unknown parameter", "GET", "Patient?nonsense=1", "", {}, 400),
    ("a modifier that does not fit", "GET", "Patient?birthdate:exact=2000", "", {}, 400),
    ("an impossible date to search", "GET", "Patient?birthdate=1973-02-30", "", {}, 400),
    ("a number that is none", "GET", "RiskAssessment?probability=abc", "", {}, 400),
    ("a chain over a string", "GET", "Patient?name.given=x", "", {}, 400),
    ("a cursor of another", "GET", "Patient?_cursor=abc", "", {}, 400),
    ("a filter that stops", "GET", "Patient?_filter=name%20eq", "", {}, 400),
    ("a count that is none", "GET", "Patient?_count=-1", "", {}, 400),
    ("a count in other digits", "GET", "Patient?_count=%C2%B2", "", {}, 400),
    ("types that are none", "GET", "?_type=Patient,&_sort=_id", "", {}, 400),
    ("an id with a slash in an entry", "POST", "", bundle_of("DELETE", "Patient/%2F"), JSON, 400),
    ("a character that is none", "GET", "Patient?name=%00", "", {}, 400),
    ("a job with such a name", "GET", "_bulk/%00", "", {}, 400),
    ("an unknown operation", "GET", "Patient/$nonsense", "", {}, 404),
    ("a method that is not possible", "PUT", "metadata", "{}", JSON, 405),
    ("a Bundle that is neither", "POST", "", '{"resourceType":"Bundle","type":"collection"}', JSON, 400),
    ("a Bundle entry without request", "POST", "", '{"resourceType":"Bundle","type":"batch","entry":[{}]}', JSON, 400),
    ("an unknown format", "GET", "Patient?_format=yaml", "", {}, 406),
    (
        "an If-Match that is none",
        "PUT",
        "Patient/a",
        '{"resourceType":"Patient","id":"a"}',
        JSON | {"if-match": "x"},
        400,
    ),
]


@pytest.mark.parametrize(("what", "method", "path", "body", "headers", "status"), BAD, ids=[row[0] for row in BAD])
def test_bad_input_gets_a_clear_answer(
    api: httpx.Client, what: str, method: str, path: str, body: Any, headers: dict[str, str], status: int
) -> None:
    answer = api.request(method, f"/fhir/{path}", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["details"]["text"]
    assert "Traceback" not in answer.text


def test_a_shape_fault_names_its_place(api: httpx.Client) -> None:
    answer = api.post("/fhir/Patient", json={"resourceType": "Patient", "name": [{}, {"family": 5}]})
    places = [place for issue in answer.json()["issue"] for place in issue["expression"]]
    assert "Patient.name[1].family" in places


def test_lenient_handling_leaves_unknown_parameters_out_and_says_so(api: httpx.Client) -> None:
    answer = api.get("/fhir/Patient?nonsense=1&gender=male", headers={"prefer": "handling=lenient"})
    assert answer.status_code == 200
    assert answer.json()["link"][0]["url"].endswith("?gender=male")


def test_a_huge_body_is_refused_before_it_is_read(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        head = f"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token()}\r\nContent-Length: 10000000000\r\n\r\n"
        raw.sendall(head.encode())
        assert b"413" in raw.recv(4096).split(b"\r\n")[0]


def test_nobody_gets_in_without_a_token(server: Server) -> None:
    for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic eDp5"}):
        answer = httpx.get(f"{server.url}/fhir/Patient", headers=headers)
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (401, "login")


@pytest.mark.parametrize(
    "path", ["/", "/fhir/metadata", "/fhir/Patient", "/health/ready", "/nowhere", "/assets/nothing"]
)
def test_answers_name_no_version(server: Server, path: str) -> None:
    headers = httpx.get(f"{server.url}{path}").headers
    assert {"server", "x-powered-by", "via", "x-aspnet-version"} & set(headers) == set()
    assert headers["x-content-type-options"] == "nosniff"


def test_everybody_may_read_the_capability_statement(server: Server) -> None:
    answer = httpx.get(f"{server.url}/fhir/metadata")
    assert answer.json()["fhirVersion"] == "4.0.1"
    assert len(answer.json()["rest"][0]["resource"]) == 146


def test_a_text_that_xml_cannot_hold_is_refused_as_xml_and_given_as_json(api: httpx.Client) -> None:
    made = api.post("/fhir/Basic", json={"resourceType": "Basic", "code": {"text": "a\ufffeb"}})
    place = f"/fhir/Basic/{made.json()['id']}"
    refused = api.get(place, headers={"accept": "application/fhir+xml"})
    assert refused.status_code == 400
    assert refused.json()["resourceType"] == "OperationOutcome"
    assert api.get(place).json()["code"]["text"] == "a\ufffeb"
