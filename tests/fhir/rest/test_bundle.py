"""Batch and transaction."""

from __future__ import annotations

import uuid
from typing import Any

import httpx


def entry(method: str, url: str, resource: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    full_url = {"fullUrl": more.pop("full_url")} if "full_url" in more else {}
    body = {"resource": resource} if resource is not None else {}
    return full_url | body | {"request": {"method": method, "url": url, **more}}


def post(api: httpx.Client, kind: str, *entries: dict[str, Any]) -> httpx.Response:
    return api.post("/fhir", json={"resourceType": "Bundle", "type": kind, "entry": list(entries)})


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **more}


def observation(reference: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": reference},
    }


def test_entries_refer_to_each_other_before_they_have_ids(api: httpx.Client) -> None:
    url = f"urn:uuid:{uuid.uuid4()}"
    answer = post(
        api,
        "transaction",
        entry("POST", "Observation", observation(url)),
        entry("POST", "Patient", patient(), full_url=url),
    )
    assert answer.status_code == 200, answer.text
    made = [each["response"] for each in answer.json()["entry"]]
    assert [each["status"] for each in made] == ["201", "201"]
    subject = answer.json()["entry"][0]["resource"]["subject"]["reference"]
    assert made[1]["location"].endswith(f"{subject}/_history/1")


def test_a_transaction_is_written_whole_or_not_at_all(api: httpx.Client) -> None:
    identifier = uuid.uuid4().hex
    good = entry("POST", "Patient", patient(identifier=[{"value": identifier}]))
    answer = post(api, "transaction", good, entry("POST", "Patient", patient(gender="zzz")))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1].resource.gender"]
    assert api.get("/fhir/Patient", params={"identifier": identifier}).json()["total"] == 0


def test_a_batch_answers_each_entry_for_itself(api: httpx.Client) -> None:
    answer = post(
        api,
        "batch",
        entry("POST", "Patient", patient()),
        entry("GET", f"Patient/{uuid.uuid4()}"),
        entry("GET", "Nonsense"),
    )
    assert [each["response"]["status"] for each in answer.json()["entry"]] == ["201", "404", "404"]


def test_verbs_are_worked_off_in_the_order_of_the_specification(api: httpx.Client) -> None:
    gone, kept = str(uuid.uuid4()), str(uuid.uuid4())
    post(api, "transaction", entry("PUT", f"Patient/{gone}", patient(id=gone)))
    answer = post(
        api,
        "transaction",
        entry("GET", f"Patient/{kept}"),
        entry("PUT", f"Patient/{kept}", patient(id=kept)),
        entry("POST", "Patient", patient()),
        entry("DELETE", f"Patient/{gone}"),
    )
    assert [each["response"]["status"] for each in answer.json()["entry"]] == ["200", "201", "201", "204"]
    assert api.get(f"/fhir/Patient/{gone}").status_code == 410


def test_conditional_references_are_followed(api: httpx.Client) -> None:
    identifier = uuid.uuid4().hex
    made = api.post("/fhir/Patient", json=patient(identifier=[{"system": "urn:t", "value": identifier}])).json()
    answer = post(
        api, "transaction", entry("POST", "Observation", observation(f"Patient?identifier=urn:t|{identifier}"))
    )
    assert answer.json()["entry"][0]["resource"]["subject"]["reference"] == f"Patient/{made['id']}"
    refused = post(api, "transaction", entry("POST", "Observation", observation("Patient?identifier=urn:t|nobody")))
    assert refused.status_code == 400


def test_if_none_exist_finds_what_is_there(api: httpx.Client) -> None:
    identifier = uuid.uuid4().hex
    body = patient(identifier=[{"value": identifier}])
    url = f"urn:uuid:{uuid.uuid4()}"
    both = (
        entry("POST", "Patient", body, full_url=url, ifNoneExist=f"identifier={identifier}"),
        entry("POST", "Observation", observation(url)),
    )
    first, second = post(api, "transaction", *both).json(), post(api, "transaction", *both).json()
    assert [each["entry"][0]["response"]["status"] for each in (first, second)] == ["201", "200"]
    assert second["entry"][1]["resource"]["subject"] == first["entry"][1]["resource"]["subject"]


def test_a_conditional_update_makes_one_and_then_changes_it(api: httpx.Client) -> None:
    identifier = uuid.uuid4().hex
    update = entry(
        "PUT", f"Patient?identifier={identifier}", patient(identifier=[{"value": identifier}], gender="male")
    )
    first, second = post(api, "transaction", update).json(), post(api, "transaction", update).json()
    assert [each["entry"][0]["response"]["status"] for each in (first, second)] == ["201", "200"]
    assert second["entry"][0]["response"]["etag"] == 'W/"2"'


def test_two_entries_about_the_same_resource_are_refused(api: httpx.Client) -> None:
    same = str(uuid.uuid4())
    answer = post(
        api, "transaction", entry("PUT", f"Patient/{same}", patient(id=same)), entry("DELETE", f"Patient/{same}")
    )
    assert answer.status_code == 400


def test_if_match_in_an_entry_guards_the_whole_transaction(api: httpx.Client) -> None:
    made = api.post("/fhir/Patient", json=patient()).json()
    stale = entry("PUT", f"Patient/{made['id']}", patient(id=made["id"]), ifMatch='W/"7"')
    other = str(uuid.uuid4())
    answer = post(api, "transaction", entry("PUT", f"Patient/{other}", patient(id=other)), stale)
    assert answer.status_code == 412
    assert api.get(f"/fhir/Patient/{other}").status_code == 404


def test_a_patch_in_a_transaction_is_a_parameters_resource(api: httpx.Client) -> None:
    made = api.post("/fhir/Patient", json=patient(gender="male")).json()
    part = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Patient.gender"},
        {"name": "value", "valueCode": "other"},
    ]
    patch = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}
    answer = post(api, "transaction", entry("PATCH", f"Patient/{made['id']}", patch))
    assert answer.json()["entry"][0]["resource"]["gender"] == "other"
