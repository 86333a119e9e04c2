"""Search over HTTP: what people type, what is included, how pages follow."""

from __future__ import annotations

import base64
import threading
import time
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [e["resource"]["id"] for e in answer.json().get("entry", ()) if e["search"]["mode"] == "match"]


@pytest.fixture
def tag() -> str:
    return uuid.uuid4().hex


def put(api: httpx.Client, resource: dict[str, Any], tag: str) -> str:
    resource = {**resource, "meta": {"tag": [{"system": "urn:t", "code": tag}]}}
    answer = api.post("/fhir/" + resource["resourceType"], json=resource)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


NAMES = [("Nguyễn", ["Thị Minh", "Khai"]), ("Đồng", ["Văn", "Hà"]), ("Nguye\u0302\u0303n", ["An"]), ("Tran", ["Ha"])]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=nguyen", {0, 2}),
        ("name=NGUYỄN", {0, 2}),
        ("name=khai nguyen", {0}),
        ("name=minh thi", {0}),
        ("name=dong", {1}),
        ("name=Đồng", {1}),
        ("name=ha", {1, 3}),
        ("name:exact=Hà", {1}),
        ("family:contains=guye", {0, 2}),
        ("given=khai", {0}),
        ("name=guyen", set()),
    ],
)
def test_names_are_found_as_vietnamese_people_type(api: httpx.Client, tag: str, query: str, found: set[int]) -> None:
    made = [put(api, {"resourceType": "Patient", "name": [{"family": f, "given": g}]}, tag) for f, g in NAMES]
    name, _, value = query.partition("=")
    assert set(ids(api.get("/fhir/Patient", params={"_tag": tag, name: value}))) == {made[at] for at in found}


def test_a_day_is_the_day_of_the_tenant(api: httpx.Client, tag: str) -> None:
    morning = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "effectiveDateTime": "2024-05-01T06:30:00+07:00",
    }
    made = put(api, morning, tag)
    assert ids(api.get("/fhir/Observation", params={"_tag": tag, "date": "2024-05-01"})) == [made]
    assert ids(api.get("/fhir/Observation", params={"_tag": tag, "date": "2024-04-30"})) == []


def test_quantities_are_compared_in_any_unit(api: httpx.Client, tag: str) -> None:
    value = {"value": 1.5, "system": "http://unitsofmeasure.org", "code": "g"}
    made = put(
        api, {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueQuantity": value}, tag
    )
    for text in ("1500|http://unitsofmeasure.org|mg", "gt1400||mg", "1.5||g"):
        assert ids(api.get("/fhir/Observation", params={"_tag": tag, "value-quantity": text})) == [made], text
    assert ids(api.get("/fhir/Observation", params={"_tag": tag, "value-quantity": "1.5||mg"})) == []


def test_near_finds_places_within_a_radius(api: httpx.Client, tag: str) -> None:
    thai_nguyen = put(api, {"resourceType": "Location", "position": {"latitude": 21.5942, "longitude": 105.8482}}, tag)
    put(api, {"resourceType": "Location", "position": {"latitude": 22.1470, "longitude": 105.8348}}, tag)
    assert ids(api.get("/fhir/Location", params={"_tag": tag, "near": "21.59|105.84|5|km"})) == [thai_nguyen]


def test_chains_and_reverse_chains_reach_far(api: httpx.Client, tag: str) -> None:
    hospital = put(api, {"resourceType": "Organization", "name": f"Bệnh viện {tag}"}, tag)
    person = put(
        api, {"resourceType": "Patient", "managingOrganization": {"reference": f"Organization/{hospital}"}}, tag
    )
    visit = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": f"Patient/{person}"},
    }
    encounter = put(api, visit, tag)
    seen = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"code": tag}]},
        "encounter": {"reference": f"Encounter/{encounter}"},
    }
    observation = put(api, seen, tag)
    assert ids(api.get(f"/fhir/Observation?encounter.subject:Patient.organization.name=benh vien {tag}")) == [
        observation
    ]
    assert ids(api.get(f"/fhir/Patient?_has:Encounter:subject:_has:Observation:encounter:code={tag}")) == [person]


def test_includes_come_beside_the_matches(api: httpx.Client, tag: str) -> None:
    hospital = put(api, {"resourceType": "Organization", "name": "x"}, tag)
    person = put(
        api, {"resourceType": "Patient", "managingOrganization": {"reference": f"Organization/{hospital}"}}, tag
    )
    seen = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": f"Patient/{person}"},
    }
    observation = put(api, seen, tag)

    def included(query: str) -> set[str]:
        answer = api.get(f"/fhir/{query}").json()
        return {e["resource"]["id"] for e in answer["entry"] if e["search"]["mode"] == "include"}

    assert included(f"Observation?_tag={tag}&_include=Observation:subject") == {person}
    assert included(f"Observation?_tag={tag}&_include=Observation:subject&_include:iterate=Patient:organization") == {
        person,
        hospital,
    }
    assert included(f"Observation?_tag={tag}&_include=*") == {person}
    assert included(f"Patient?_tag={tag}&_revinclude=Observation:subject") == {observation}


def test_composites_hold_within_one_component(api: httpx.Client, tag: str) -> None:
    def component(code: str, value: int) -> dict[str, Any]:
        return {"code": {"coding": [{"code": code}]}, "valueQuantity": {"value": value}}

    pressure = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "component": [component("8480-6", 120), component("8462-4", 80)],
    }
    made = put(api, pressure, tag)
    found = [
        ids(api.get("/fhir/Observation", params={"_tag": tag, "component-code-value-quantity": value}))
        for value in ("8480-6$120", "8480-6$gt100", "8480-6$80", "8462-4$80")
    ]
    assert found == [[made], [made], [], [made]]


def test_a_phone_is_found_however_it_is_written(api: httpx.Client, tag: str) -> None:
    made = put(api, {"resourceType": "Patient", "telecom": [{"system": "phone", "value": "+84 912-345.678"}]}, tag)
    for text in ("0912345678", "0912 345 678", "+84 912-345.678"):
        assert ids(api.get("/fhir/Patient", params={"_tag": tag, "phone": text})) == [made], text


def test_search_by_post_is_the_same(api: httpx.Client, tag: str) -> None:
    made = put(api, {"resourceType": "Patient", "gender": "male"}, tag)
    assert ids(api.post("/fhir/Patient/_search", data={"_tag": tag, "gender": "male"})) == [made]


def test_missing_not_and_filter(api: httpx.Client, tag: str) -> None:
    man = put(api, {"resourceType": "Patient", "gender": "male", "birthDate": "1990-01-01"}, tag)
    nobody = put(api, {"resourceType": "Patient"}, tag)

    def found(query: str) -> set[str]:
        return set(ids(api.get(f"/fhir/Patient?_tag={tag}&{query}")))

    assert found("gender:missing=true") == {nobody}
    assert found("gender:not=male") == {nobody}
    assert found("birthdate:missing=false") == {man}
    assert found("_filter=gender eq male and birthdate ge 1989") == {man}
    assert found("_filter=not (gender eq male)") == {nobody}


def follow(api: httpx.Client, url: str) -> list[str]:
    found: list[str] = []
    while url:
        answer = api.get(url)
        found += ids(answer)
        url = next((link["url"] for link in answer.json()["link"] if link["relation"] == "next"), "")
    return found


@pytest.mark.parametrize("order", ["", "date", "-date", "_lastUpdated", "-_lastUpdated", "status,-date", "code", "_id"])
def test_pages_lose_and_repeat_nothing_among_equals(api: httpx.Client, tag: str, order: str) -> None:
    same = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "effectiveDateTime": "2024-01-01"}
    undated = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    entries = [
        {"resource": {**r, "meta": {"tag": [{"code": tag}]}}, "request": {"method": "POST", "url": "Observation"}}
        for r in [same] * 25 + [undated] * 6
    ]
    api.post("/fhir", json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
    found = follow(api, f"/fhir/Observation?_tag={tag}&_count=4" + (f"&_sort={order}" if order else ""))
    assert len(found) == 31
    assert len(set(found)) == 31


def test_the_link_to_the_next_page_tells_no_name(api: httpx.Client, tag: str) -> None:
    for name in ("Nguyễn", "Phạm", "Trần"):
        put(api, {"resourceType": "Patient", "name": [{"family": name}]}, tag)
    links = api.get(f"/fhir/Patient?_tag={tag}&_sort=family&_count=1").json()["link"]
    url = next(each["url"] for each in links if each["relation"] == "next")
    cursor = parse_qs(urlsplit(url).query)["_cursor"][0]
    told = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).lower()
    assert b"nguy" not in told + url.encode().lower()
    assert len(set(follow(api, url))) == 2
    old = base64.urlsafe_b64encode(b'["nguyen",1]').decode().rstrip("=")
    for wrong in (old, cursor[4:]):
        answer = api.get(f"/fhir/Patient?_tag={tag}&_sort=family&_count=1&_cursor={wrong}")
        assert (answer.status_code, "page link" in answer.text) == (400, True)


def test_pages_lose_and_repeat_nothing_while_others_write(api: httpx.Client, tag: str) -> None:
    seen = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "effectiveDateTime": "2024-01-01"}
    before = {put(api, seen, tag) for _ in range(40)}
    stop = threading.Event()

    def write() -> None:
        others = httpx.Client(base_url=api.base_url, headers=api.headers)
        while not stop.is_set():
            made = put(others, seen, tag)
            others.put(f"/fhir/Observation/{made}", json={**seen, "id": made, "meta": {"tag": [{"code": tag}]}})
            others.delete(f"/fhir/Observation/{made}")
        others.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = follow(api, f"/fhir/Observation?_tag={tag}&_sort=-date&_count=3")
    finally:
        stop.set()
        writer.join()
    assert before <= set(found)
    assert len(found) == len(set(found))


def test_totals_are_there_when_asked(api: httpx.Client, tag: str) -> None:
    for _ in range(3):
        put(api, {"resourceType": "Patient"}, tag)
    url = f"/fhir/Patient?_tag={tag}&_count=2"
    assert "total" not in api.get(url).json()
    assert api.get(url + "&_total=accurate").json()["total"] == 3
    assert isinstance(api.get(url + "&_total=estimate").json()["total"], int)
    assert api.get(url + "&_summary=count").json() | {"link": 0} == {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 3,
        "link": 0,
    }


def test_a_compartment_holds_what_is_about_a_person(api: httpx.Client, tag: str) -> None:
    person = put(api, {"resourceType": "Patient"}, tag)
    seen = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": f"Patient/{person}"},
    }
    observation = put(api, seen, tag)
    assert ids(api.get(f"/fhir/Patient/{person}/Observation")) == [observation]
    assert set(ids(api.get(f"/fhir/Patient/{person}/*"))) == {person, observation}
    everything = api.get(f"/fhir/Patient/{person}/$everything").json()
    assert {e["resource"]["id"] for e in everything["entry"]} == {person, observation}


def test_a_list_limits_a_search(api: httpx.Client, tag: str) -> None:
    one, _ = (put(api, {"resourceType": "Patient"}, tag) for _ in range(2))
    entry = [{"item": {"reference": f"Patient/{one}"}}]
    made = put(api, {"resourceType": "List", "status": "current", "mode": "working", "entry": entry}, tag)
    assert ids(api.get(f"/fhir/Patient?_list={made}")) == [one]


def test_a_new_search_parameter_finds_what_was_written_before_and_after(api: httpx.Client, tag: str) -> None:
    code = f"nick{tag[:8]}"
    parameter = {
        "resourceType": "SearchParameter", "url": f"urn:{tag}", "name": code, "status": "active", "description": "x",
        "code": code, "base": ["Patient"], "type": "string", "expression": "Patient.name.where(use = 'nickname').text",
    }  # fmt: skip
    before = put(api, {"resourceType": "Patient", "name": [{"use": "nickname", "text": f"Bi {tag}"}]}, tag)
    assert api.post("/fhir/SearchParameter", json=parameter).status_code == 201
    after = put(api, {"resourceType": "Patient", "name": [{"use": "nickname", "text": f"Bi {tag}"}]}, tag)
    until = time.monotonic() + 30
    while (answer := api.get(f"/fhir/Patient?{code}=bi {tag}")).status_code != 200 and time.monotonic() < until:
        assert answer.status_code in (400, 503), answer.text
        time.sleep(0.05)
    assert set(ids(answer)) == {before, after}
