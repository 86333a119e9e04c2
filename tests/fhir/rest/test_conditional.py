"""Conditional create, update, patch and delete."""

from __future__ import annotations

import uuid

import httpx
import pytest


@pytest.fixture
def identifier() -> str:
    return uuid.uuid4().hex


def patient(identifier: str) -> dict[str, object]:
    return {"resourceType": "Patient", "identifier": [{"system": "urn:c", "value": identifier}]}


def test_create_if_none_exist_makes_one(api: httpx.Client, identifier: str) -> None:
    headers = {"if-none-exist": f"identifier=urn:c|{identifier}"}
    first = api.post("/fhir/Patient", json=patient(identifier), headers=headers)
    second = api.post("/fhir/Patient", json=patient(identifier), headers=headers)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["location"] == second.headers["location"]


def test_several_matches_are_refused(api: httpx.Client, identifier: str) -> None:
    for _ in range(2):
        api.post("/fhir/Patient", json=patient(identifier))
    query = f"/fhir/Patient?identifier={identifier}"
    assert (
        api.post(
            "/fhir/Patient", json=patient(identifier), headers={"if-none-exist": f"identifier={identifier}"}
        ).status_code
        == 412
    )
    assert api.put(query, json=patient(identifier)).status_code == 412
    assert api.delete(query).status_code == 412


def test_a_condition_without_parameters_is_refused(api: httpx.Client, identifier: str) -> None:
    assert api.delete("/fhir/Patient").status_code == 412
    assert api.put("/fhir/Patient?_count=1", json=patient(identifier)).status_code == 412


def test_conditional_update_patch_and_delete_act_on_the_match(api: httpx.Client, identifier: str) -> None:
    query = f"/fhir/Patient?identifier=urn:c|{identifier}"
    assert api.put(query, json=patient(identifier)).status_code == 201
    assert api.put(query, json=patient(identifier) | {"gender": "male"}).headers["etag"] == 'W/"2"'
    headers = {"content-type": "application/json-patch+json"}
    patched = api.request("PATCH", query, json=[{"op": "remove", "path": "/gender"}], headers=headers)
    assert "gender" not in patched.json()
    assert api.delete(query).status_code == 204
    assert api.get(query).json()["total"] == 0


def test_conditional_update_with_another_id_is_refused(api: httpx.Client, identifier: str) -> None:
    query = f"/fhir/Patient?identifier=urn:c|{identifier}"
    api.put(query, json=patient(identifier))
    assert api.put(query, json=patient(identifier) | {"id": str(uuid.uuid4())}).status_code == 400
