"""Behaviours that the end-to-end tests of another server name and no other test here has. See docs/readings/ms-behaviours.md.

Source: https://github.com/microsoft/fhir-server
"""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

Resource = dict[str, Any]


@pytest.fixture
def tag() -> str:
    """A tag of the test's own."""
    return uuid.uuid4().hex


def make(api: httpx.Client, tag: str, resource_type: str, **elements: Any) -> str:
    """Write a resource with the tag; its id."""
    resource = {"resourceType": resource_type, "meta": {"tag": [{"code": tag}]}, **elements}
    answer = api.post(f"/fhir/{resource_type}", json=resource)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def found(api: httpx.Client, query: str, mode: str = "match", **headers: str) -> list[str]:
    """Ids of a search in order, through all its pages."""
    ids: list[str] = []
    url: str | None = f"/fhir/{query}"
    while url:
        bundle = api.get(url, headers=headers).raise_for_status().json()
        ids += [each["resource"]["id"] for each in bundle.get("entry", ()) if each["search"]["mode"] == mode]
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)
    return ids


def test_a_type_in_another_case_is_not_found(api: httpx.Client) -> None:
    assert api.get("/fhir/patient").status_code == 404


def test_tokens_are_found_in_either_case(api: httpx.Client, tag: str) -> None:
    both = {make(api, tag, "Patient", identifier=[{"value": f"{letter}{tag}"}]) for letter in "Xx"}
    assert set(found(api, f"Patient?identifier=X{tag}")) == set(found(api, f"Patient?identifier=x{tag}")) == both


def test_deleted_resources_are_in_no_search_not_even_by_not(api: httpx.Client, tag: str) -> None:
    here, gone = make(api, tag, "Patient"), make(api, tag, "Patient")
    api.delete(f"/fhir/Patient/{gone}")
    assert found(api, f"Patient?_tag={tag}&gender:not=male") == [here]
    assert api.get(f"/fhir/Patient?_tag={tag}&_summary=count").json()["total"] == 1


def test_an_old_version_is_not_found(api: httpx.Client, tag: str) -> None:
    patient = make(api, tag, "Patient", gender="male")
    api.put(f"/fhir/Patient/{patient}", json={"resourceType": "Patient", "id": patient, "gender": "female"})
    assert found(api, f"Patient?_id={patient}&gender=male") == []
    assert found(api, f"Patient?_id={patient},{patient}&gender=female") == [patient]


def test_those_without_a_value_come_last_up_and_down_and_on_every_page(api: httpx.Client, tag: str) -> None:
    b = make(api, tag, "Patient", name=[{"family": "Bui"}])
    a = make(api, tag, "Patient", name=[{"family": "An"}, {"family": "Zung"}])
    none = {make(api, tag, "Patient") for _ in range(3)}
    for count in (1, 2, 10):
        up = found(api, f"Patient?_tag={tag}&_sort=family&_count={count}")
        down = found(api, f"Patient?_tag={tag}&_sort=-family&_count={count}")
        assert (up[:2], set(up[2:])) == ([a, b], none)
        assert (down[:2], set(down[2:])) == ([a, b], none)


def test_last_updated_pages_in_both_directions(api: httpx.Client, tag: str) -> None:
    made = [make(api, tag, "Basic", code={"text": "x"}) for _ in range(5)]
    assert found(api, f"Basic?_tag={tag}&_sort=_lastUpdated&_count=2") == made
    assert found(api, f"Basic?_tag={tag}&_sort=-_lastUpdated&_count=2") == made[::-1]
    assert sorted(found(api, f"Basic?_tag={tag}&_sort=-_id&_count=2"), reverse=True) == sorted(made, reverse=True)


def test_a_page_sorted_by_date_in_a_range_pages_on(api: httpx.Client, tag: str) -> None:
    days = ("2024-01-05", "2024", "2024-01-20", "2023-12-31", "2024-02-01")
    made = [make(api, tag, "Observation", status="final", code={"text": tag}, effectiveDateTime=day) for day in days]
    inside = [made[1], made[0], made[2]]
    query = f"Observation?date=ge2024-01-01&date=lt2024-02-01&_tag={tag}&_count=2"
    assert found(api, query + "&_sort=date") == inside
    assert found(api, query + "&_sort=-date") == inside[::-1]


def test_an_order_that_is_not_known_is_refused_or_left_out(api: httpx.Client, tag: str) -> None:
    patient = make(api, tag, "Patient")
    assert api.get(f"/fhir/Patient?_tag={tag}&_sort=nonsense").status_code == 400
    assert found(api, f"Patient?_tag={tag}&_sort=nonsense", prefer="handling=lenient") == [patient]


def test_an_include_that_leads_in_a_circle_ends(api: httpx.Client, tag: str) -> None:
    make(api, tag, "Location", name="a")
    place = f"loc-{tag}"
    itself = {"resourceType": "Location", "id": place, "partOf": {"reference": f"Location/{place}"}}
    assert api.put(f"/fhir/Location/{place}", json=itself).status_code == 201
    assert found(api, f"Location?_id={place}&_include:iterate=Location:partof") == [place]
    assert found(api, f"Location?_id={place}&_include:iterate=Location:partof", mode="include") == []


def test_what_was_deleted_is_not_included(api: httpx.Client, tag: str) -> None:
    patient = make(api, tag, "Patient")
    subject = {"reference": f"Patient/{patient}"}
    make(api, tag, "Observation", status="final", code={"text": "x"}, subject=subject)
    api.delete(f"/fhir/Patient/{patient}")
    assert found(api, f"Observation?_tag={tag}&_include=Observation:subject", mode="include") == []


def test_an_include_without_a_type_is_refused(api: httpx.Client) -> None:
    for wrong in ("subject", "Nonsense:subject", "Observation:status", "Observation:", " "):
        assert api.get("/fhir/Observation", params={"_include": wrong}).status_code == 400, wrong


def test_a_profile_is_found_with_and_without_its_version(api: httpx.Client, tag: str) -> None:
    url = f"http://example.org/StructureDefinition/{tag}"
    patient = api.post("/fhir/Patient", json={"resourceType": "Patient", "meta": {"profile": [f"{url}|2"]}}).json()[
        "id"
    ]
    assert found(api, f"Patient?_profile={url}") == [patient]
    assert found(api, f"Patient?_profile={url}|2") == [patient]
    assert found(api, f"Patient?_profile={url}|1") == []


def test_a_deleted_version_is_gone_and_the_ones_before_stay(api: httpx.Client, tag: str) -> None:
    patient = make(api, tag, "Patient")
    api.delete(f"/fhir/Patient/{patient}")
    assert [api.get(f"/fhir/Patient/{patient}/_history/{n}").status_code for n in (1, 2, 3)] == [200, 410, 404]


def test_every_update_is_a_version_even_without_a_change(api: httpx.Client, tag: str) -> None:
    patient = make(api, tag, "Patient")
    same = {"resourceType": "Patient", "id": patient}
    versions = [api.put(f"/fhir/Patient/{patient}", json=same).json()["meta"]["versionId"] for _ in range(2)]
    assert versions == ["2", "3"]


def test_history_gives_pages_and_only_what_is_since(api: httpx.Client, tag: str) -> None:
    patient = make(api, tag, "Patient")
    for _ in range(4):
        last = api.put(f"/fhir/Patient/{patient}", json={"resourceType": "Patient", "id": patient}).json()
    first = api.get(f"/fhir/Patient/{patient}/_history?_count=2").json()
    assert [each["resource"]["meta"]["versionId"] for each in first["entry"]] == ["5", "4"]
    since = api.get(f"/fhir/Patient/{patient}/_history", params={"_since": last["meta"]["lastUpdated"]}).json()
    assert [each["resource"]["meta"]["versionId"] for each in since["entry"]] == ["5"]


def test_a_search_of_all_types_takes_the_types_asked_for(api: httpx.Client, tag: str) -> None:
    patient, practitioner = make(api, tag, "Patient"), make(api, tag, "Practitioner")
    make(api, tag, "Basic", code={"text": "x"})
    assert set(found(api, f"?_type=Patient,Practitioner&_tag={tag}")) == {patient, practitioner}
    assert api.get(f"/fhir/?_type=Patient,Nonsense&_tag={tag}").status_code == 400
    assert api.get("/fhir/?_type=Patient,Practitioner&address-nonsense=x").status_code == 400


def test_summaries_give_their_part_of_each_resource(api: httpx.Client, tag: str) -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'
    patient = make(api, tag, "Patient", text={"status": "generated", "div": div}, gender="male", photo=[{"title": "p"}])

    def part(summary: str) -> set[str]:
        bundle = api.get(f"/fhir/Patient?_id={patient}&_summary={summary}").json()
        return set(bundle["entry"][0]["resource"]) - {"resourceType", "id", "meta"}

    assert part("true") == {"gender"}
    assert part("text") == {"text"}
    assert part("data") == {"gender", "photo"}
    assert part("false") == {"text", "gender", "photo"}
    assert api.get("/fhir/Patient?_summary=nonsense").status_code == 400
