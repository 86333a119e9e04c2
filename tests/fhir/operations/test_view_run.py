"""$viewdefinition-run over HTTP: formats, limits, and what is refused."""

import io
import uuid
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

RUN = "/fhir/$viewdefinition-run"
MANY = 1_203


def view(city: str) -> dict[str, Any]:
    return {
        "resourceType": "ViewDefinition",
        "name": "people",
        "resource": "Patient",
        "where": [{"path": f"address.city = '{city}'"}],
        "select": [
            {
                "column": [
                    {"name": "id", "path": "getResourceKey()", "type": "id"},
                    {"name": "family", "path": "name.family", "type": "string"},
                    {"name": "given", "path": "name.given", "type": "string", "collection": True},
                    {"name": "alive", "path": "deceased.not()", "type": "boolean"},
                ]
            }
        ],
    }


def parameters(definition: dict[str, Any], *more: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": "viewResource", "resource": definition}, *more]}


@pytest.fixture(scope="module")
def city(server: Any) -> str:
    """A city whose people are those of these tests: two by name, with an encounter each."""
    name = f"c{uuid.uuid4().hex[:8]}"
    people = [("An", ["Văn", "B"]), ('Bình "X"', [])]
    for number, (family, given) in enumerate(people):
        patient = {
            "resourceType": "Patient",
            "id": f"{name}-{number}",
            "address": [{"city": name}],
            "name": [{"family": family, **({"given": given} if given else {})}],
            "deceasedBoolean": number == 1,
        }
        server.client.put(f"/fhir/Patient/{name}-{number}", json=patient).raise_for_status()
    return name


@pytest.fixture(scope="module")
def crowd(server: Any) -> str:
    """A city of more people than a page of the store holds."""
    name = f"c{uuid.uuid4().hex[:8]}"
    entries = [
        {
            "request": {"method": "PUT", "url": f"Patient/{name}-{number}"},
            "resource": {"resourceType": "Patient", "id": f"{name}-{number}", "address": [{"city": name}]},
        }
        for number in range(MANY)
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    server.client.post("/fhir", json=bundle).raise_for_status()
    return name


def test_the_rows_come_as_ndjson_when_nothing_is_asked(api: httpx.Client, city: str) -> None:
    answer = api.post(RUN, json=view(city))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    assert sorted(answer.text.splitlines()) == [
        f'{{"id":"{city}-0","family":"An","given":["Văn","B"],"alive":true}}',
        f'{{"id":"{city}-1","family":"Bình \\"X\\"","given":[],"alive":false}}',
    ]


def test_the_operation_is_there_for_the_type_and_under_its_short_name(api: httpx.Client, city: str) -> None:
    for address in ("/fhir/ViewDefinition/$viewdefinition-run", "/fhir/ViewDefinition/$run"):
        assert len(api.post(address, json=parameters(view(city))).text.splitlines()) == 2


def test_json_is_one_array_of_all_pages(api: httpx.Client, crowd: str) -> None:
    rows = api.post(RUN, params={"_format": "json"}, json=view(crowd)).json()
    assert len({row["id"] for row in rows}) == len(rows) == MANY


def test_csv_has_a_line_of_names_unless_it_is_not_wanted(api: httpx.Client, city: str) -> None:
    answer = api.post(RUN, headers={"accept": "text/csv"}, json=view(city))
    assert answer.headers["content-type"] == "text/csv"
    names, *lines = answer.text.splitlines()
    assert names == "id,family,given,alive"
    assert sorted(lines) == [f'{city}-0,An,"[""Văn"",""B""]",true', f'{city}-1,"Bình ""X""",[],false']
    bare = api.post(RUN, params={"_format": "csv", "header": "false"}, json=view(city))
    assert sorted(bare.text.splitlines()) == sorted(lines)


def test_parquet_holds_every_row_with_its_type(api: httpx.Client, city: str, crowd: str) -> None:
    answer = api.post(RUN, params={"_format": "parquet"}, json=view(city))
    rows = sorted(pq.read_table(io.BytesIO(answer.content)).to_pylist(), key=lambda row: row["id"])
    assert rows[0] == {"id": f"{city}-0", "family": "An", "given": ["Văn", "B"], "alive": True}
    many = api.post(RUN, params={"_format": "parquet"}, json=view(crowd))
    assert pq.read_table(io.BytesIO(many.content)).num_rows == MANY


def test_a_limit_ends_the_rows(api: httpx.Client, crowd: str) -> None:
    limited = parameters(view(crowd), {"name": "_limit", "valueInteger": 700}, {"name": "_format", "valueCode": "json"})
    assert len(api.post(RUN, json=limited).json()) == 700
    assert api.post(RUN, params={"_limit": "0", "_format": "json"}, json=view(crowd)).json() == []


def test_a_patient_limits_the_rows_to_their_compartment(api: httpx.Client, city: str) -> None:
    patient = {"name": "patient", "valueReference": {"reference": f"Patient/{city}-1"}}
    answer = api.post(RUN, json=parameters(view(city), patient))
    assert [line[7:].partition('"')[0] for line in answer.text.splitlines()] == [f"{city}-1"]


def test_since_leaves_out_what_was_written_before(api: httpx.Client, city: str) -> None:
    assert api.post(RUN, params={"_since": "2100-01-01T00:00:00Z"}, json=view(city)).text == ""
    assert len(api.post(RUN, params={"_since": "2000-01-01"}, json=view(city)).text.splitlines()) == 2


def test_resources_that_are_sent_take_the_place_of_the_record(api: httpx.Client, city: str) -> None:
    sent = {"resourceType": "Patient", "id": "sent", "address": [{"city": city}]}
    answer = api.post(RUN, json=parameters(view(city), {"name": "resource", "resource": sent}))
    assert answer.text == '{"id":"sent","family":null,"given":[],"alive":null}\n'


@pytest.mark.parametrize(
    ("change", "pairs", "said"),
    [
        ({"select": []}, {}, "select"),
        ({"resource": "Nothing"}, {}, "no type of resource"),
        ({}, {"_format": "xls"}, "_format"),
        ({}, {"_limit": "many"}, "_limit"),
        ({}, {"_since": "yesterday"}, "_since"),
        ({}, {"patient": "Group/x"}, "patient"),
        ({}, {"group": "Group/x"}, "group"),
        ({"resourceType": "Patient"}, {}, "viewResource"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(
    api: httpx.Client, change: dict[str, Any], pairs: dict[str, str], said: str
) -> None:
    answer = api.post(RUN, params=pairs, json=view("x") | change)
    assert 400 <= answer.status_code < 500
    assert said in answer.json()["issue"][0]["diagnostics"]


def test_a_view_that_does_not_fit_the_first_resources_is_an_error(api: httpx.Client) -> None:
    several = view("x")
    several["select"][0]["column"][2].pop("collection")
    sent = {"resourceType": "Patient", "address": [{"city": "x"}], "name": [{"given": ["A", "B"]}]}
    answer = api.post(RUN, json=parameters(several, {"name": "resource", "resource": sent}))
    assert answer.status_code == 422


def test_a_streamed_answer_has_no_place_in_a_bundle(api: httpx.Client, city: str) -> None:
    entry = {"request": {"method": "POST", "url": "$viewdefinition-run"}, "resource": view(city)}
    found = api.post("/fhir", json={"resourceType": "Bundle", "type": "batch", "entry": [entry]}).json()
    assert found["entry"][0]["response"]["status"].startswith("400")
