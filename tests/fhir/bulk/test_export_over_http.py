"""Bulk Data over HTTP. Numbers in brackets are requirement ids of hl7.fhir.uv.bulkdata_2.0.0 that concern servers."""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import Any

import httpx
import pytest

from tests.conftest import Server

ASYNC = {"prefer": "respond-async", "accept": "application/fhir+json"}
NDJSON = "application/fhir+ndjson"


class Bulk:
    """Kick off, wait, read."""

    def __init__(self, api: httpx.Client) -> None:
        self.api = api

    def start(self, address: str) -> str:
        answer = self.api.get(f"/fhir/{address}", headers=ASYNC)
        assert answer.status_code == 202, answer.text
        return answer.headers["content-location"]

    def wait(self, place: str) -> httpx.Response:
        until = time.monotonic() + 30
        while (answer := self.api.get(place)).status_code == 202 and time.monotonic() < until:
            assert answer.headers["retry-after"].isdigit()
            assert len(answer.headers["x-progress"]) < 100
            time.sleep(0.1)
        return answer

    def export(self, address: str) -> dict[str, Any]:
        answer = self.wait(self.start(address))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def resources(self, manifest: dict[str, Any], kind: str = "output") -> list[dict[str, Any]]:
        lines = [line for file in manifest[kind] for line in self.api.get(file["url"]).text.splitlines()]
        return [json.loads(line) for line in lines]

    def names(self, address: str) -> set[str]:
        return {f"{r['resourceType']}/{r['id']}" for r in self.resources(self.export(address))}


@pytest.fixture
def bulk(api: httpx.Client) -> Bulk:
    return Bulk(api)


class Ward:
    """Two patients, one in a group; observations, a provenance and a device, under names of their own."""

    def __init__(self, api: httpx.Client) -> None:
        self.api = api
        self.key = uuid.uuid4().hex[:12]
        self.an, self.binh = f"an-{self.key}", f"binh-{self.key}"
        self.put("Patient", self.an, name=[{"family": "Nguyễn"}], gender="female")
        self.put("Patient", self.binh, name=[{"family": "Trần"}], gender="male")
        self.observe(f"o-{self.an}", self.an, "final")
        self.observe(f"p-{self.an}", self.an, "preliminary")
        self.observe(f"o-{self.binh}", self.binh, "final")
        self.put(
            "Group",
            f"g-{self.key}",
            type="person",
            actual=True,
            member=[{"entity": {"reference": f"Patient/{self.an}"}}],
        )
        self.put(
            "Provenance", f"v-{self.an}", target=[{"reference": f"Observation/o-{self.an}"}], recorded="2026-01-01T00:00:00Z",
            agent=[{"who": {"display": "An"}}],
        )  # fmt: skip

    def put(self, resource_type: str, resource_id: str, **content: Any) -> None:
        body = {"resourceType": resource_type, "id": resource_id, **content}
        answer = self.api.put(f"/fhir/{resource_type}/{resource_id}", json=body)
        assert answer.status_code in (200, 201), answer.text

    def observe(self, resource_id: str, patient: str, status: str) -> None:
        self.put(
            "Observation", resource_id, status=status, code={"text": self.key}, subject={"reference": f"Patient/{patient}"},
            valueQuantity={"value": 37.5, "unit": "C"},
        )  # fmt: skip


@pytest.fixture
def ward(api: httpx.Client) -> Ward:
    return Ward(api)


def test_kick_off_status_and_files_are_as_the_specification_says(bulk: Bulk, ward: Ward) -> None:
    """[28 29 132 144 145 147 148 150-152 155-157 159-162 164-170 175 178 191-193 204 206-209 299-301 310]"""
    place = bulk.start("$export?_type=Patient")
    assert place.startswith("http://")
    answer = bulk.wait(place)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert "expires" in answer.headers
    manifest = answer.json()
    assert manifest["transactionTime"].endswith("Z")
    assert manifest["request"] == str(bulk.api.base_url.join("/fhir/$export?_type=Patient"))
    assert manifest["requiresAccessToken"] is True
    assert manifest["error"] == []
    assert manifest["deleted"] == []
    assert {file["type"] for file in manifest["output"]} == {"Patient"}
    file = bulk.api.get(manifest["output"][0]["url"])
    assert file.status_code == 200
    assert file.headers["content-type"].startswith(NDJSON)
    lines = file.text.splitlines()
    assert len(lines) == manifest["output"][0]["count"]
    assert {json.loads(line)["resourceType"] for line in lines} == {"Patient"}


def test_lines_are_the_stored_resources_in_their_last_version(bulk: Bulk, ward: Ward) -> None:
    """[202]"""
    ward.put("Patient", ward.an, name=[{"family": "Lê"}])
    manifest = bulk.export(f"$export?_type=Patient&_typeFilter=Patient%3F_id%3D{ward.an}")
    (line,) = bulk.api.get(manifest["output"][0]["url"]).content.splitlines()
    assert line == bulk.api.get(f"/fhir/Patient/{ward.an}").content
    assert json.loads(line)["meta"]["versionId"] == "2"


def test_an_attachment_is_fetched_by_its_address_with_the_same_token(bulk: Bulk, ward: Ward) -> None:
    """[213 214 215]"""
    name = f"paper-{ward.key}"
    ward.put("Binary", name, contentType="text/plain", data=base64.b64encode(b"giay ra vien").decode())
    kept = [{"attachment": {"url": f"Binary/{name}"}}, {"attachment": {"url": "https://elsewhere.test/x"}}]
    ward.put("DocumentReference", name, status="current", subject={"reference": f"Patient/{ward.an}"}, content=kept)
    for address in ("$export", "Patient/$export", f"Group/g-{ward.key}/$export"):
        manifest = bulk.export(f"{address}?_type=DocumentReference&_typeFilter=DocumentReference%3F_id%3D{name}")
        (found,) = bulk.resources(manifest)
        url, elsewhere = (each["attachment"]["url"] for each in found["content"])
        assert (manifest["requiresAccessToken"], elsewhere) == (True, "https://elsewhere.test/x")
        assert url == str(bulk.api.base_url.join(f"/fhir/Binary/{name}"))
        assert base64.b64decode(bulk.api.get(url).json()["data"]) == b"giay ra vien"


def test_patient_export_holds_the_compartments_of_patients_and_their_provenance(bulk: Bulk, ward: Ward) -> None:
    """[33 35 63 66 109 272 273 297]"""
    ward.put("Medication", f"m-{ward.key}", code={"text": "x"})
    names = bulk.names("Patient/$export")
    assert {f"Patient/{ward.an}", f"Observation/o-{ward.binh}", f"Provenance/v-{ward.an}"} <= names
    assert f"Medication/m-{ward.key}" not in names


def test_group_export_holds_only_what_is_of_its_members(bulk: Bulk, ward: Ward) -> None:
    """[34 36 65 249 250 298]"""
    names = bulk.names(f"Group/g-{ward.key}/$export")
    ours = {
        f"Group/g-{ward.key}",
        f"Patient/{ward.an}",
        f"Observation/o-{ward.an}",
        f"Observation/p-{ward.an}",
        f"Provenance/v-{ward.an}",
    }
    assert names == ours


def test_patients_can_be_named_in_the_body(bulk: Bulk, ward: Ward) -> None:
    """[30 85 158]"""
    parameter = [
        {"name": "patient", "valueReference": {"reference": f"Patient/{ward.binh}"}},
        {"name": "_type", "valueString": "Observation"},
    ]
    answer = bulk.api.post(
        "/fhir/Patient/$export", json={"resourceType": "Parameters", "parameter": parameter}, headers=ASYNC
    )
    manifest = bulk.wait(answer.headers["content-location"]).json()
    assert manifest["request"].endswith("/Patient/$export")
    assert [r["id"] for r in bulk.resources(manifest)] == [f"o-{ward.binh}"]


@pytest.mark.parametrize("name", ["nobody", "not-a-member"])
def test_patients_who_are_not_there_or_not_members_are_refused(bulk: Bulk, ward: Ward, name: str) -> None:
    """[86 87 303 304]"""
    patient = {"nobody": "nobody", "not-a-member": ward.binh}[name]
    answer = bulk.api.get(f"/fhir/Group/g-{ward.key}/$export?patient=Patient/{patient}", headers=ASYNC)
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_types_may_be_repeated_or_joined_by_commas(bulk: Bulk, ward: Ward) -> None:
    """[32 62]"""
    group = f"Group/g-{ward.key}/$export"
    joined, repeated = (
        bulk.names(f"{group}?_type=Patient,Provenance"),
        bulk.names(f"{group}?_type=Patient&_type=Provenance"),
    )
    assert joined == repeated == {f"Patient/{ward.an}", f"Provenance/v-{ward.an}"}


def test_type_filters_are_searches_of_which_one_must_match(bulk: Bulk, ward: Ward) -> None:
    """[103 117]"""
    group = f"Group/g-{ward.key}/$export?_type=Observation"
    assert bulk.names(f"{group}&_typeFilter=Observation%3Fstatus%3Dfinal") == {f"Observation/o-{ward.an}"}
    both = "_typeFilter=Observation%3Fstatus%3Dfinal,Observation%3Fstatus%3Dpreliminary"
    assert len(bulk.names(f"{group}&{both}")) == 2


def test_elements_are_cut_to_those_asked_for_and_marked(bulk: Bulk, ward: Ward) -> None:
    """[75-80]"""
    manifest = bulk.export(f"Group/g-{ward.key}/$export?_type=Patient,Observation&_elements=Patient.gender,status")
    by_type = {r["resourceType"]: r for r in bulk.resources(manifest)}
    assert set(by_type["Patient"]) == {"resourceType", "id", "meta", "gender"}
    assert set(by_type["Observation"]) == {"resourceType", "id", "meta", "status", "code"}
    assert by_type["Patient"]["meta"]["tag"][-1]["code"] == "SUBSETTED"


def test_since_brings_what_changed_and_what_was_deleted(bulk: Bulk, ward: Ward) -> None:
    """[53 59 154 180-182 186-190]"""
    group = f"Group/g-{ward.key}/$export"
    first = bulk.export(group)
    ward.observe(f"n-{ward.an}", ward.an, "final")
    bulk.api.delete(f"/fhir/Observation/p-{ward.an}")
    bulk.api.delete(f"/fhir/Observation/o-{ward.binh}")
    later = bulk.export(f"{group}?_since={first['transactionTime']}")
    assert [r["id"] for r in bulk.resources(later)] == [f"n-{ward.an}"]
    (bundle,) = bulk.resources(later, "deleted")
    assert bundle["type"] == "transaction"
    assert [e["request"] for e in bundle["entry"]] == [{"method": "DELETE", "url": f"Observation/p-{ward.an}"}]


@pytest.mark.parametrize(
    "form", ["application/fhir%2Bndjson", "application/ndjson", "ndjson", "application/fhir+ndjson"]
)
def test_every_name_of_ndjson_is_understood(bulk: Bulk, form: str) -> None:
    """[47 49 51 52 231 251 274]"""
    bulk.api.delete(bulk.start(f"$export?_type=Basic&_outputFormat={form}"))


@pytest.mark.parametrize(
    "asked",
    ["_outputFormat=csv", "_type=Nothing", "_since=yesterday", "includeAssociatedData=LatestProvenanceResources",
     "_typeFilter=Patient%3Fnothing%3D1", "_unknown=1"],
)  # fmt: skip
def test_what_is_not_supported_is_refused_with_a_way_out(bulk: Bulk, asked: str) -> None:
    """[70 93 105 108 303 304]"""
    answer = bulk.api.get(f"/fhir/$export?{asked}", headers=ASYNC)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.json()["issue"][0]["diagnostics"]


def test_lenient_clients_get_what_was_ignored_in_the_error_files(bulk: Bulk, ward: Ward) -> None:
    """[142 143 194 196 197]"""
    headers = {**ASYNC, "prefer": "respond-async, handling=lenient"}
    answer = bulk.api.get("/fhir/$export?_type=Group&includeAssociatedData=_mine", headers=headers)
    manifest = bulk.wait(answer.headers["content-location"]).json()
    (outcome,) = bulk.resources(manifest, "error")
    assert outcome["resourceType"] == "OperationOutcome"
    assert "includeAssociatedData" in outcome["issue"][0]["diagnostics"]


def test_nothing_found_is_an_empty_list(bulk: Bulk) -> None:
    """[167 173 195]"""
    assert bulk.export("$export?_type=VisionPrescription")["output"] == []


def test_types_outside_the_compartment_are_refused(bulk: Bulk) -> None:
    """[71]"""
    assert bulk.api.get("/fhir/Patient/$export?_type=Medication", headers=ASYNC).status_code == 400


def test_a_deleted_export_is_gone_with_its_files(bulk: Bulk, ward: Ward) -> None:
    """[122 210 305 306 308 309]"""
    place = bulk.start("$export?_type=Patient")
    manifest = bulk.wait(place).json()
    assert bulk.api.delete(place).status_code == 202
    for address in (place, manifest["output"][0]["url"]):
        gone = bulk.api.get(address)
        assert gone.status_code == 404
        assert gone.json()["resourceType"] == "OperationOutcome"
    assert bulk.api.delete(place).status_code == 404


def test_nothing_of_an_export_lies_open_and_half_a_file_is_not_served(bulk: Bulk, ward: Ward, server: Server) -> None:
    place = bulk.start("$export?_type=Patient")
    url = bulk.wait(place).json()["output"][0]["url"]
    (path,) = (server.data / "export" / place.rpartition("/")[2]).iterdir()
    content = path.read_bytes()
    assert not any(told in content for told in (b"Patient", "Nguyễn".encode(), ward.key.encode()))
    answer = bulk.api.get(url)
    assert (answer.status_code, int(answer.headers["content-length"])) == (200, len(answer.content))
    assert bulk.api.head(url).headers["content-length"] == answer.headers["content-length"]
    path.write_bytes(content[:-1])
    assert bulk.api.get(url).status_code == 404


def test_files_need_the_token_and_cannot_lead_out_of_the_folder(bulk: Bulk, ward: Ward) -> None:
    place = bulk.start("$export?_type=Patient")
    url = bulk.wait(place).json()["output"][0]["url"]
    assert httpx.get(url).status_code == 401
    assert httpx.get(place).status_code == 401
    assert bulk.api.get(f"{place}/..%2F..%2Fkeys%2Ftoken.key").status_code == 404


def test_the_capability_statement_names_the_operations(api: httpx.Client) -> None:
    """[1 217]"""
    statement = api.get("/fhir/metadata").json()
    assert "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data" in statement["instantiates"]
    by_type = {each["type"]: each.get("operation", []) for each in statement["rest"][0]["resource"]}
    for operations in (statement["rest"][0]["operation"], by_type["Patient"], by_type["Group"]):
        assert "export" in {each["name"] for each in operations}


def _import(bulk: Bulk, *inputs: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    parameter = [{"name": "input", "part": [each]} for each in inputs]
    answer = bulk.api.post("/fhir/$import", json={"resourceType": "Parameters", "parameter": parameter}, headers=ASYNC)
    assert answer.status_code == 202, answer.text
    manifest = bulk.wait(answer.headers["content-location"]).json()
    return manifest, bulk.resources(manifest, "error")


def test_an_import_takes_good_lines_and_reports_the_others(bulk: Bulk, server: Server) -> None:
    key = uuid.uuid4().hex[:12]
    lines = "\n".join(
        [json.dumps({"resourceType": "Patient", "id": f"i-{key}"}), "{nonsense", '{"resourceType":"Patient"}']
    )
    (server.data / "import").mkdir(exist_ok=True)
    (server.data / "import" / f"{key}.ndjson").write_text(lines)
    sent = {"resourceType": "Binary", "contentType": NDJSON, "data": base64.b64encode(lines.encode()).decode()}
    manifest, errors = _import(
        bulk, {"name": "url", "valueUrl": f"{key}.ndjson"}, {"name": "resource", "resource": sent}
    )
    assert manifest["extension"]["report"] == "1 created, 0 updated, 1 unchanged, 4 rejected"
    assert f"{key}.ndjson:2" in errors[0]["issue"][0]["diagnostics"]
    assert bulk.api.get(f"/fhir/Patient/i-{key}").status_code == 200


@pytest.mark.parametrize("url", ["http://127.0.0.1/x.ndjson", "file:///etc/passwd", "/etc/passwd", "../keys/token.key"])
def test_an_import_fetches_nothing_from_elsewhere(bulk: Bulk, url: str) -> None:
    parameter = [{"name": "input", "part": [{"name": "url", "valueUrl": url}]}]
    answer = bulk.api.post("/fhir/$import", json={"resourceType": "Parameters", "parameter": parameter}, headers=ASYNC)
    assert answer.status_code == 400
