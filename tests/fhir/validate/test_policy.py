"""What a write has to satisfy: the setting read, and its effect on every way of writing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from anlanh.cli import main
from anlanh.fhir.validate import policy
from anlanh.fhir.validate.policy import BadPolicy
from tests.conftest import Server

TYPES = ("Patient", "Observation", "Basic")
NEVER_TRUE = "https://example.org/StructureDefinition/coded-basic"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", ("structure", "structure", "structure")),
        ("core", ("core", "core", "core")),
        ("Patient=vn, Observation=core", ("vn", "core", "structure")),
        ("Patient=structure,*=core", ("structure", "core", "core")),
        ("Basic=https://example.org/p|1", ("structure", "structure", "https://example.org/p|1")),
        ("https://example.org/p?a=b", ("https://example.org/p?a=b",) * 3),
    ],
)
def test_a_policy_has_one_rule_for_each_type(text: str, rules: tuple[str, ...]) -> None:
    assert tuple(map(policy.read(text, TYPES).of, TYPES)) == rules


@pytest.mark.parametrize(
    "text", ["Nothing=core", "Patient=strict", "strict", "Patient=core,Patient=vn", "core,vn", "Patient="]
)
def test_a_policy_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(BadPolicy):
        policy.read(text, TYPES)


def test_a_server_does_not_start_with_a_policy_that_is_not_understood(tmp_path: Path) -> None:
    environment = {"ANLANH_VALIDATION": "Patiant=core", "ANLANH_DATA": str(tmp_path)}
    done = CliRunner().invoke(main, ["serve", "--port", "1"], env=environment)
    assert (done.exit_code, "Patiant" in done.output) == (1, True)


@pytest.fixture(scope="module")
def strict() -> Iterator[httpx.Client]:
    """A client of a server that wants more than the shape."""
    folder = Path(tempfile.mkdtemp(prefix="anlanh-test-"))
    folder.chmod(0o755)
    running = Server(
        folder, ANLANH_WORKERS="1", ANLANH_VALIDATION=f"Patient=vn,Observation=core,Basic={NEVER_TRUE},*=structure"
    )
    running.start()
    yield running.client
    running.stop()
    running.client.close()
    shutil.rmtree(folder, ignore_errors=True)


OBSERVATION: dict[str, Any] = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
BROKEN = OBSERVATION | {
    "dataAbsentReason": {"text": "?"},
    "valueString": "there",
    "component": [{"code": {"text": "y"}}],
}
"""Breaks obs-6: a value, and a reason why there is none."""

RIGHT = {
    "resourceType": "Patient", "active": True, "gender": "female", "birthDate": "1980-01-01",
    "name": [{"use": "official", "text": "Nguyễn Thị An"}],
}  # fmt: skip


def issues(answer: httpx.Response) -> list[tuple[str, str]]:
    found = answer.json()["issue"]
    return [(each["details"]["coding"][0]["code"], each["expression"][0]) for each in found]


def test_a_rule_of_fhir_is_broken_only_where_the_policy_asks_for_it(strict: httpx.Client, api: httpx.Client) -> None:
    assert api.post("/fhir/Observation", json=BROKEN).status_code == 201
    refused = strict.post("/fhir/Observation", json=BROKEN)
    assert refused.status_code == 422
    assert [place for _, place in issues(refused)] == ["Observation"]
    assert strict.post("/fhir/Observation", json=OBSERVATION).status_code == 201


def test_an_invalid_write_is_told_all_that_is_wrong_and_where(strict: httpx.Client) -> None:
    wrong = {
        "resourceType": "Patient",
        "name": [{"text": "A"}],
        "contact": [{"gender": "male"}],
        "deceasedBoolean": "yes",
    }
    answer = strict.post("/fhir/Patient", json=wrong)
    assert answer.status_code == 400
    assert {place for _, place in issues(answer)} >= {"Patient.deceased", "Patient.contact[0]"}


def test_a_vietnamese_profile_is_asked_of_its_type_alone(strict: httpx.Client, api: httpx.Client) -> None:
    nameless = {"resourceType": "Patient"}
    assert api.post("/fhir/Patient", json=nameless).status_code == 201
    assert strict.post("/fhir/Patient", json=nameless).status_code == 422
    assert strict.post("/fhir/Patient", json=RIGHT).status_code == 201
    assert strict.post("/fhir/Organization", json={"resourceType": "Organization"}).status_code == 201


def test_every_way_of_writing_is_held_to_the_policy(strict: httpx.Client) -> None:
    made = strict.put("/fhir/Observation/held", json=OBSERVATION | {"id": "held"})
    assert made.status_code == 201
    assert strict.put("/fhir/Observation/held", json=BROKEN | {"id": "held"}).status_code == 422
    operations = [
        {"op": "add", "path": "/dataAbsentReason", "value": {"text": "?"}},
        {"op": "add", "path": "/valueString", "value": "x"},
    ]
    patch = strict.patch(
        "/fhir/Observation/held", json=operations, headers={"content-type": "application/json-patch+json"}
    )
    assert patch.status_code == 422
    entry = {"request": {"method": "POST", "url": "Observation"}, "resource": BROKEN}
    bundle = strict.post("/fhir", json={"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    assert (bundle.status_code, issues(bundle)[0][1]) == (422, "Bundle.entry[0].resource")
    assert strict.get("/fhir/Observation/held").json()["meta"]["versionId"] == "1"


def test_a_profile_of_the_site_is_a_rule_too(strict: httpx.Client) -> None:
    profile = {
        "resourceType": "StructureDefinition", "url": NEVER_TRUE, "name": "CodedBasic", "status": "active", "kind": "resource",
        "abstract": False, "type": "Basic", "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Basic",
        "derivation": "constraint",
        "differential": {"element": [{"id": "Basic", "path": "Basic"}, {"id": "Basic.subject", "path": "Basic.subject", "min": 1}]},
    }  # fmt: skip
    strict.post("/fhir/StructureDefinition", json=profile).raise_for_status()
    note = {"resourceType": "Basic", "code": {"text": "note"}}
    status = next(s for _ in range(500) if (s := strict.post("/fhir/Basic", json=note).status_code) == 422)
    assert status == 422
    assert strict.post("/fhir/Basic", json=note | {"subject": {"reference": "Patient/x"}}).status_code == 201


def test_validation_looks_references_up_in_the_record(api: httpx.Client) -> None:
    api.put("/fhir/Patient/there", json={"resourceType": "Patient", "id": "there"}).raise_for_status()

    def asked(subject: str) -> list[str]:
        resource = OBSERVATION | {"subject": {"reference": subject}}
        found = api.post("/fhir/Observation/$validate", json=resource).json()["issue"]
        return [each["severity"] for each in found if each.get("expression") == ["Observation.subject"]]

    assert asked("Patient/there") == []
    assert asked("Patient/nobody-there") == ["warning"]
