"""Read, vread, update, patch, delete over HTTP."""

from __future__ import annotations

import uuid

import httpx

PATIENT = {"resourceType": "Patient", "name": [{"family": "Nguyễn", "given": ["Thị", "Lan"]}], "gender": "female"}


def created(api: httpx.Client, **more: object) -> dict[str, object]:
    answer = api.post("/fhir/Patient", json=PATIENT | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_new_resource_has_an_id_a_version_and_a_place(api: httpx.Client) -> None:
    answer = api.post("/fhir/Patient", json=PATIENT)
    made = answer.json()
    assert answer.headers["location"].endswith(f"/fhir/Patient/{made['id']}/_history/1")
    assert answer.headers["etag"] == 'W/"1"'
    assert made["meta"]["versionId"] == "1"


def test_what_was_written_is_what_is_read(api: httpx.Client) -> None:
    body = (
        f'{{"resourceType":"Observation","id":"{uuid.uuid4()}","status":"final","code":{{"text":"e\\u0301 vs \\u00e9"}},'
        '"valueQuantity":{"value":1.00},"extension":[{"url":"urn:x","valueDecimal":0.10},'
        '{"url":"urn:y","valueInteger":-5}],"component":[{"code":{"text":"b"}},{"code":{"text":"a"}}]}'
    )
    identifier = body.split('"id":"')[1].split('"')[0]
    headers = {"content-type": "application/fhir+json"}
    assert api.put(f"/fhir/Observation/{identifier}", content=body, headers=headers).status_code == 201
    text = api.get(f"/fhir/Observation/{identifier}").text
    assert '"value":1.00' in text
    assert '"valueDecimal":0.10' in text
    assert text.index('"text":"b"') < text.index('"text":"a"')
    assert "e\u0301 vs \u00e9" in text


def test_an_update_makes_a_version_and_the_old_one_stays(api: httpx.Client) -> None:
    made = created(api)
    answer = api.put(f"/fhir/Patient/{made['id']}", json={**made, "gender": "male"})
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert api.get(f"/fhir/Patient/{made['id']}").json()["gender"] == "male"
    assert api.get(f"/fhir/Patient/{made['id']}/_history/1").json()["gender"] == "female"
    assert api.get(f"/fhir/Patient/{made['id']}/_history/9").status_code == 404


def test_a_client_may_choose_the_id(api: httpx.Client) -> None:
    identifier = str(uuid.uuid4())
    assert api.put(f"/fhir/Patient/{identifier}", json=PATIENT | {"id": identifier}).status_code == 201


def test_an_update_with_if_match_of_an_old_version_is_refused(api: httpx.Client) -> None:
    made = created(api)
    path = f"/fhir/Patient/{made['id']}"
    assert api.put(path, json=made, headers={"if-match": 'W/"1"'}).status_code == 200
    refused = api.put(path, json=made, headers={"if-match": 'W/"1"'})
    assert refused.status_code == 412
    assert "version" in refused.json()["issue"][0]["details"]["text"]


def test_a_reader_who_has_the_version_gets_304(api: httpx.Client) -> None:
    made = created(api)
    path = f"/fhir/Patient/{made['id']}"
    assert api.get(path, headers={"if-none-match": 'W/"1"'}).status_code == 304
    assert api.get(path, headers={"if-none-match": 'W/"0"'}).status_code == 200
    modified = api.get(path).headers["last-modified"]
    assert api.get(path, headers={"if-modified-since": modified}).status_code == 304


def test_a_deleted_resource_is_gone_and_comes_back_by_put(api: httpx.Client) -> None:
    made = created(api)
    path = f"/fhir/Patient/{made['id']}"
    assert api.delete(path).status_code == 204
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 410
    assert api.get(path + "/_history/2").status_code == 410
    back = api.put(path, json=made)
    assert (back.status_code, back.headers["etag"]) == (201, 'W/"3"')
    verbs = [entry["request"]["method"] for entry in api.get(path + "/_history").json()["entry"]]
    assert verbs == ["PUT", "DELETE", "POST"]


def test_json_patch_changes_a_part(api: httpx.Client) -> None:
    made = created(api)
    patch = [
        {"op": "test", "path": "/gender", "value": "female"},
        {"op": "replace", "path": "/gender", "value": "other"},
    ]
    headers = {"content-type": "application/json-patch+json"}
    answer = api.request("PATCH", f"/fhir/Patient/{made['id']}", json=patch, headers=headers)
    assert (answer.status_code, answer.json()["gender"]) == (200, "other")
    refused = api.request("PATCH", f"/fhir/Patient/{made['id']}", json=patch, headers=headers)
    assert refused.status_code == 412
    assert api.get(f"/fhir/Patient/{made['id']}").headers["etag"] == 'W/"2"'


def test_fhirpath_patch_changes_a_part(api: httpx.Client) -> None:
    made = created(api)
    operation = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Patient.gender"},
        {"name": "value", "valueCode": "unknown"},
    ]
    patch = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": operation}]}
    answer = api.request("PATCH", f"/fhir/Patient/{made['id']}", json=patch)
    assert (answer.status_code, answer.json()["gender"]) == (200, "unknown")


def test_prefer_says_what_comes_back(api: httpx.Client) -> None:
    minimal = api.post("/fhir/Patient", json=PATIENT, headers={"prefer": "return=minimal"})
    assert (minimal.status_code, minimal.content) == (201, b"")
    outcome = api.post("/fhir/Patient", json=PATIENT, headers={"prefer": "return=OperationOutcome"})
    assert outcome.json()["resourceType"] == "OperationOutcome"


def test_head_answers_as_get_without_a_body(api: httpx.Client) -> None:
    made = created(api)
    answer = api.head(f"/fhir/Patient/{made['id']}")
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (200, b"", 'W/"1"')


def test_elements_and_summary_give_a_part_marked_as_such(api: httpx.Client) -> None:
    made = created(api, birthDate="1980-01-01")
    part = api.get(f"/fhir/Patient/{made['id']}", params={"_elements": "gender"}).json()
    assert set(part) == {"resourceType", "id", "meta", "gender"}
    assert part["meta"]["tag"][-1]["code"] == "SUBSETTED"


def test_xml_goes_in_and_comes_out(api: httpx.Client) -> None:
    made = created(api)
    answer = api.get(f"/fhir/Patient/{made['id']}", headers={"accept": "application/fhir+xml"})
    assert answer.headers["content-type"].startswith("application/fhir+xml")
    headers = {"content-type": "application/fhir+xml", "accept": "application/fhir+json"}
    again = api.put(f"/fhir/Patient/{made['id']}", content=answer.content, headers=headers).json()
    assert {**again, "meta": None} == {**made, "meta": None}


def test_pretty_json_says_the_same(api: httpx.Client) -> None:
    made = created(api)
    pretty = api.get(f"/fhir/Patient/{made['id']}", params={"_pretty": "true"})
    assert "\n  " in pretty.text
    assert pretty.json() == made
