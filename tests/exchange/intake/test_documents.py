"""FHIR documents of other systems: taken apart into the record, once each."""

from __future__ import annotations

import copy
from typing import Any

import httpx
import pytest

from anlanh.exchange.intake import documents, parting
from anlanh.exchange.intake.documents import Taken
from anlanh.exchange.intake.problems import DocumentChanged, NoDocument
from anlanh.fhir.store.sight import NotAllowed
from anlanh.platform.database import Database
from anlanh.platform.work import Principal
from tests.conftest import Ground
from tests.exchange.ccda.hospital import document

BASE = "https://bva.example/fhir"
TEXT = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Viêm phổi</div>'}


def bundle(number: str = "D1", **more: Any) -> dict[str, Any]:
    """A discharge document of somebody with a card."""
    composition = {
        "resourceType": "Composition", "id": "c", "status": "final", "title": "Ra viện", "date": "2026-06-01T08:00:00+07:00",
        "type": {"coding": [{"system": "http://loinc.org", "code": "18842-5"}]}, "subject": {"reference": "Patient/p"},
        "author": [{"reference": "Practitioner/elsewhere"}],
        "section": [{"title": "Bệnh", "text": TEXT, "entry": [{"reference": f"{BASE}/Condition/1"}]}],
    }  # fmt: skip
    patient = {
        "resourceType": "Patient", "id": "p", "name": [{"family": "Lê", "given": ["Hoa"]}],
        "identifier": [{"system": "http://fhir.vn/sid/bhyt", "value": f"DN4{number}"}],
    }  # fmt: skip
    condition = {
        "resourceType": "Condition", "id": "1", "subject": {"reference": "Patient/p"}, "meta": {"security": [{"code": "R"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "J18.9"}]},
    }  # fmt: skip
    consent = {
        "resourceType": "Consent",
        "id": "k",
        "status": "active",
        "scope": {"text": "?"},
        "category": [{"text": "?"}],
    }
    entries = [composition, patient, condition, consent]
    return {
        "resourceType": "Bundle", "type": "document", "identifier": {"system": BASE, "value": number},
        "timestamp": "2026-06-01T08:00:00+07:00",
        "entry": [{"fullUrl": f"{BASE}/{each['resourceType']}/{each['id']}", "resource": each} for each in entries], **more,
    }  # fmt: skip


def test_references_within_are_followed_and_those_out_of_it_point_nowhere() -> None:
    composition, _, condition, original = (each["resource"] for each in parting.part(bundle())["entry"])
    urls = [each["fullUrl"] for each in parting.part(bundle())["entry"]]
    assert composition["subject"] == {"reference": urls[1]} == condition["subject"]
    assert composition["section"][0]["entry"] == [{"reference": urls[2]}]
    assert composition["author"] == [{"display": "Practitioner/elsewhere"}]
    assert original["masterIdentifier"] == {"system": BASE, "value": "D1"}


def test_what_would_open_data_is_not_taken() -> None:
    assert "Consent" not in {each["resource"]["resourceType"] for each in parting.part(bundle())["entry"]}


@pytest.mark.parametrize(
    "wrong", [{"identifier": None}, {"entry": []}, {"entry": bundle()["entry"][1:]}, {"entry": [{}]},
              {"entry": bundle()["entry"][:1]}, {"entry": [bundle()["entry"][0]] * 2}],
)  # fmt: skip
def test_what_is_no_whole_document_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(NoDocument):
        parting.part(bundle(**wrong))


def test_a_document_is_taken_once_and_another_of_its_number_is_refused(ground: Ground) -> None:
    async def main(database: Database) -> None:
        async def send(told: dict[str, Any]) -> Taken:
            parted = parting.part(copy.deepcopy(told))
            return await documents.receive(database, ground.record, "app:bva", "document", parted)

        first, again = await send(bundle()), await send(bundle())
        assert (first.new, again.new) == (True, False)
        assert len(first.resources) == 4
        with pytest.raises(DocumentChanged):
            await send(bundle(timestamp="2026-06-02T08:00:00+07:00"))

    ground.open(main)


@pytest.mark.parametrize("role", ["doctor", "citizen", "steward", "public"])
def test_only_connected_systems_may_send_documents(role: str) -> None:
    documents.check_sender(Principal("app:bva", "app"))
    with pytest.raises(NotAllowed):
        documents.check_sender(Principal("Practitioner/x", role))


def test_a_posted_document_answers_where_its_original_is_and_keeps_labels(api: httpx.Client) -> None:
    first, again = (api.post("/fhir", json=bundle("D77")) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    kept = api.get(first.headers["location"]).json()
    assert kept["content"][0]["attachment"]["contentType"] == "application/fhir+json"
    found = api.get("/fhir/Condition?subject:Patient.identifier=http://fhir.vn/sid/bhyt|DN4D77").json()
    (condition,) = (each["resource"] for each in found["entry"])
    assert condition["meta"]["security"] == [{"code": "R"}]


def test_a_posted_document_that_is_not_whole_is_refused_with_the_way_out(api: httpx.Client) -> None:
    refused = api.post("/fhir", json=bundle("D78", entry=bundle()["entry"][1:]))
    assert refused.status_code == 422
    assert refused.json()["resourceType"] == "OperationOutcome"


def test_a_posted_cda_document_is_taken_in(api: httpx.Client) -> None:
    first, again = (api.post("/cda", content=document(number="HTTP-1")) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert api.get(first.headers["location"]).status_code == 200
    assert api.post("/cda", content=b"<a/>").status_code == 400
    assert api.get("/cda").status_code == 405
