"""The terminology operations over HTTP: closure tables, batches, type-ahead, and the statement of what there is."""

import uuid
from typing import Any

import httpx
import pytest

SYSTEM = f"https://example.org/fhir/CodeSystem/{uuid.uuid4().hex[:8]}"
CONCEPTS = [
    {"code": "E10-E14", "display": "Đái tháo đường", "concept": [
        {"code": "E10", "display": "Đái tháo đường phụ thuộc insulin"},
        {"code": "E11", "display": "Đái tháo đường không phụ thuộc insulin",
         "designation": [{"language": "en", "value": "Type 2 diabetes mellitus"}],
         "concept": [{"code": "E11.9", "display": "Đái tháo đường không biến chứng"}]},
    ]},
    {"code": "I10", "display": "Tăng huyết áp vô căn (nguyên phát)"},
]  # fmt: skip


@pytest.fixture(scope="module")
def system(server: Any, value_set: str) -> str:
    """A code system of the record with a hierarchy, known to every worker."""
    return value_set.removesuffix("/valueset")


@pytest.fixture(scope="module")
def value_set(server: Any) -> str:
    """A value set of all of it."""
    resource = {
        "resourceType": "CodeSystem", "id": SYSTEM[-8:], "url": SYSTEM, "version": "1", "status": "active", "language": "vi",
        "content": "complete", "hierarchyMeaning": "is-a", "valueSet": f"{SYSTEM}/all", "concept": CONCEPTS,
    }  # fmt: skip
    server.client.put(f"/fhir/CodeSystem/{SYSTEM[-8:]}", json=resource).raise_for_status()
    url = f"{SYSTEM}/valueset"
    resource = {
        "resourceType": "ValueSet", "id": f"vs-{SYSTEM[-8:]}", "url": url, "status": "active",
        "compose": {"include": [{"system": SYSTEM}]},
    }  # fmt: skip
    server.client.put(f"/fhir/ValueSet/vs-{SYSTEM[-8:]}", json=resource).raise_for_status()
    _until_every_worker_knows(server, url, "E11")
    return url


def _until_every_worker_knows(server: Any, url: str, code: str) -> None:
    """Workers hear of new terminology a moment after it is written; each new connection may reach another of them."""
    right, tries = 0, 0
    while right < 12 and tries < 300:
        with httpx.Client(base_url=server.url, headers=server.client.headers, timeout=60) as client:
            found = client.get("/fhir/ValueSet/$validate-code", params={"url": url, "code": code, "system": SYSTEM})
        right = right + 1 if '"valueBoolean":true' in found.text else 0
        tries += 1
    assert right == 12


def parameters(**values: Any) -> dict[str, Any]:
    kinds = {"name": "valueString", "concept": "valueCoding", "version": "valueString", "validation": "resource"}
    found = [
        {"name": name, kinds[name]: each}
        for name, value in values.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    return {"resourceType": "Parameters", "parameter": found}


def close(api: httpx.Client, **values: Any) -> httpx.Response:
    return api.post("/fhir/$closure", json=parameters(**values))


def pairs(answer: httpx.Response) -> list[tuple[str, str]]:
    elements = [each for group in answer.json().get("group", ()) for each in group["element"]]
    return sorted((each["code"], target["code"]) for each in elements for target in each["target"])


def coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code}


def test_a_closure_table_grows_call_by_call_and_tells_what_is_new(api: httpx.Client, system: str) -> None:
    name = uuid.uuid4().hex
    assert close(api, name=name).json()["version"] == "0"
    first = close(api, name=name, concept=[coding(system, "E10-E14"), coding(system, "E11")])
    assert (first.json()["version"], pairs(first)) == ("1", [("E11", "E10-E14")])
    second = close(api, name=name, concept=[coding(system, "E11.9")])
    assert (second.json()["version"], pairs(second)) == ("2", [("E11.9", "E10-E14"), ("E11.9", "E11")])
    again = close(api, name=name, concept=[coding(system, "E11.9")])
    assert (again.json()["version"], pairs(again)) == ("2", [])


def test_a_client_that_lost_track_is_told_everything_since_a_version(api: httpx.Client, system: str) -> None:
    name = uuid.uuid4().hex
    close(api, name=name)
    close(api, name=name, concept=[coding(system, "E10-E14"), coding(system, "E11")])
    close(api, name=name, concept=[coding(system, "E11.9")])
    assert pairs(close(api, name=name, version="0")) == [("E11", "E10-E14"), ("E11.9", "E10-E14"), ("E11.9", "E11")]
    assert pairs(close(api, name=name, version="1")) == [("E11.9", "E10-E14"), ("E11.9", "E11")]


def test_a_closure_table_is_emptied_by_its_name_alone(api: httpx.Client, system: str) -> None:
    name = uuid.uuid4().hex
    close(api, name=name)
    close(api, name=name, concept=[coding(system, "E10-E14"), coding(system, "E11")])
    assert close(api, name=name).json()["version"] == "0"
    assert pairs(close(api, name=name, version="0")) == []


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"name": "never-made", "concept": {"system": "urn:x", "code": "y"}}, 404),
        ({"name": "never-made", "version": "1"}, 404),
        ({"name": "x", "version": "one"}, 400),
        ({"name": "x", "version": "1", "concept": {"system": "urn:x", "code": "y"}}, 400),
        ({"version": "1"}, 400),
    ],
)
def test_a_closure_that_cannot_be_made_is_refused(api: httpx.Client, values: dict[str, Any], status: int) -> None:
    answer = close(api, **values)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


def test_codes_are_validated_in_a_code_system_and_many_at_once(api: httpx.Client, system: str) -> None:
    asked = {"url": system, "code": "E11", "display": "Sai"}
    one = api.get("/fhir/CodeSystem/$validate-code", params=asked).json()["parameter"]
    assert {each["name"]: each.get("valueBoolean") for each in one}["result"] is False
    codes = [
        {"resourceType": "Parameters", "parameter": [{"name": "coding", "valueCoding": coding(system, code)}]}
        for code in ("E11", "Z99")
    ]
    many = api.post("/fhir/CodeSystem/$batch-validate-code", json=parameters(validation=codes)).json()["parameter"]
    results = [{p["name"]: p.get("valueBoolean") for p in each["resource"]["parameter"]}["result"] for each in many]
    assert results == [True, False]


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("dai thao", ["E10-E14", "E11.9", "E10", "E11"]),
        ("thao khong", ["E11.9", "E11"]),
        ("type 2", ["E11"]),
        ("e11", ["E11", "E11.9"]),
        ("THA", ["I10"]),
        ("xyz", []),
    ],
)
def test_what_is_typed_without_accents_finds_codes_by_the_beginnings_of_words(
    api: httpx.Client, value_set: str, typed: str, codes: list[str]
) -> None:
    asked = {"url": value_set, "filter": typed, "count": "10"}
    answer = api.get("/fhir/ValueSet/$expand", params=asked)
    assert answer.status_code == 200, answer.text
    assert [each["code"] for each in answer.json()["expansion"].get("contains", ())] == codes


def test_a_page_of_suggestions_has_the_codes_that_the_whole_expansion_has(api: httpx.Client, value_set: str) -> None:
    pages = [
        api.get("/fhir/ValueSet/$expand", params={"url": value_set, "filter": "dai", "count": "2", "offset": at}).json()
        for at in ("0", "2")
    ]
    paged = [each["code"] for page in pages for each in page["expansion"]["contains"]]
    whole = api.get(
        "/fhir/ValueSet/$expand", params={"url": value_set, "filter": "dai", "excludeNested": "true"}
    ).json()
    assert sorted(paged) == sorted(each["code"] for each in whole["expansion"]["contains"])


def test_suggestions_speak_the_language_of_the_reader(api: httpx.Client, value_set: str) -> None:
    asked = {"url": value_set, "filter": "diabetes", "count": "5", "displayLanguage": "en"}
    found = api.get("/fhir/ValueSet/$expand", params=asked).json()["expansion"]["contains"]
    assert [each["display"] for each in found] == ["Type 2 diabetes mellitus"]


def test_a_new_version_of_the_codes_counts_at_once(api: httpx.Client) -> None:
    url = f"https://example.org/fhir/CodeSystem/{uuid.uuid4().hex[:8]}"
    sets = {"resourceType": "ValueSet", "id": f"n-{url[-8:]}", "url": f"{url}/vs", "status": "active"}
    api.put(f"/fhir/ValueSet/n-{url[-8:]}", json=sets | {"compose": {"include": [{"system": url}]}}).raise_for_status()
    found = []
    for display in ("Sốt rét", "Sốt xuất huyết"):
        head = {"resourceType": "CodeSystem", "id": url[-8:], "url": url, "status": "active", "content": "complete"}
        changed = head | {"concept": [{"code": "1", "display": display}]}
        api.put(f"/fhir/CodeSystem/{url[-8:]}", json=changed).raise_for_status()
        found.append(_first_display(api, f"{url}/vs", display))
    assert found == ["Sốt rét", "Sốt xuất huyết"]


def _first_display(api: httpx.Client, url: str, wanted: str) -> str | None:
    """The first suggestion, once every worker has heard of the change."""
    display = None
    for _ in range(200):
        lines = api.get("/fhir/ValueSet/$expand", params={"url": url, "filter": "sot", "count": "5"}).json()
        display = next((each["display"] for each in lines.get("expansion", {}).get("contains", ())), None)
        if display == wanted:
            break
    return display


def test_the_statement_names_the_code_systems_of_the_record_and_of_the_packages(api: httpx.Client, system: str) -> None:
    found = api.get("/fhir/metadata", params={"mode": "terminology"}).json()
    assert found["resourceType"] == "TerminologyCapabilities"
    systems = {each["uri"]: each.get("version") for each in found["codeSystem"]}
    assert systems[system] == [{"code": "1"}]
    assert "http://hl7.org/fhir/administrative-gender" in systems
