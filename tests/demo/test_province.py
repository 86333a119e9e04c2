"""The stream of the province: the same bytes each time, every reference leads somewhere, every kind of resource valid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from anlanh.demo import beds, province
from anlanh.fhir import vn
from anlanh.fhir.model import definitions, json
from anlanh.fhir.validate.validator import Validator

PEOPLE = 500
OF_EACH = 12
GUARDED = {"HIV", "PSY", "ETH", "SDV", "SEX", "STD"}

Resource = dict[str, Any]


@pytest.fixture(scope="module")
def everything() -> list[Resource]:
    """The province of five hundred people."""
    return list(province.resources(PEOPLE))


@pytest.fixture(scope="module")
def validator() -> Validator:
    """One that knows the Vietnamese profiles."""
    return Validator(definitions.load(), [dict(each) for each in vn.resources()])


def name(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def kind(resource: Resource) -> tuple[str, str]:
    """Type, and what kind of it: code of an Observation, class and status of an Encounter, vaccine."""
    return resource["resourceType"], KINDS.get(resource["resourceType"], lambda _: "")(resource)


KINDS: dict[str, Callable[[Resource], str]] = {
    "Observation": lambda each: each["code"]["text"],
    "Encounter": lambda each: each["class"]["code"] + each["status"],
    "Immunization": lambda each: each["vaccineCode"]["text"],
    "DiagnosticReport": lambda each: each["code"]["text"],
    "Location": lambda each: each["physicalType"]["text"],
    "Organization": lambda each: each.get("type", [{}])[0].get("text", ""),
}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (each for key, each in value.items() if key == "reference" and isinstance(each, str))
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from references(each)


def test_the_same_seed_makes_the_same_bytes() -> None:
    assert [json.encode(each) for each in province.resources(60)] == [json.encode(e) for e in province.resources(60)]


def test_another_seed_makes_other_bytes() -> None:
    one, other = (json.encode(list(province.block(0, 100, seed))) for seed in (1, 2))
    assert one != other


def test_people_are_the_same_in_a_province_of_any_size() -> None:
    few, many = ({name(each): each for each in province.block(1, size)} for size in (200, 2000))
    assert few == many


def test_a_block_that_is_cut_is_the_beginning_of_the_whole_one() -> None:
    few, many = ({name(each) for each in province.block(0, size)} for size in (25, 100))
    assert few < many


def test_parts_side_by_side_make_the_stream(everything: list[Resource]) -> None:
    pieces = [piece.data for part in province.parts(PEOPLE) for piece in part.pieces()]
    stamp = province.stamp(PEOPLE, province.SEED, province.TODAY)
    assert [*pieces, json.encode(stamp)] == [json.encode(each) for each in everything]


def test_no_id_is_used_twice(everything: list[Resource]) -> None:
    assert [each for each, count in Counter(map(name, everything)).items() if count > 1] == []


@pytest.mark.parametrize("people", [1, 25, PEOPLE])
def test_every_reference_leads_to_a_resource_of_the_province(people: int) -> None:
    found = list(province.resources(people))
    assert {each for resource in found for each in references(resource)} - set(map(name, found)) == set()


def test_every_kind_of_resource_is_valid_by_its_profile(everything: list[Resource], validator: Validator) -> None:
    kinds: dict[tuple[str, str], list[Resource]] = {}
    for each in everything:
        kinds.setdefault(kind(each), []).append(each)
    sample = [each for found in kinds.values() for each in islice(found, OF_EACH)]
    assert len(sample) > 600
    read = [(each, validator.validate(json.decode(json.encode(each)))) for each in sample]
    assert [(name(each), issue.text) for each, found in read for issue in found if issue.fails] == []


def test_the_validation_of_the_sample_finds_what_is_wrong(everything: list[Resource], validator: Validator) -> None:
    patient = next(each for each in everything if each["resourceType"] == "Patient")
    wrong = patient | {"identifier": [patient["identifier"][0] | {"value": "19"}]}
    assert [issue for issue in validator.validate(json.decode(json.encode(wrong))) if issue.fails]


def test_everything_is_labelled_as_made_up(everything: list[Resource]) -> None:
    assert all("HTEST" in labels(each) for each in everything)


def labels(resource: Resource) -> set[str]:
    return {each["code"] for each in resource["meta"]["security"]}


def test_guarded_illnesses_carry_the_label_of_what_they_tell(everything: list[Resource]) -> None:
    assert {each for resource in everything for each in labels(resource)} >= GUARDED | {"R"}
    codes = {"B24": "HIV", "F32.1": "PSY", "F11.2": "ETH", "T74.1": "SDV", "Z30.0": "SEX", "A54.9": "STD"}
    conditions = [each for each in everything if each["resourceType"] == "Condition"]
    guarded = [(each, codes.get(each["code"]["coding"][0]["code"])) for each in conditions]
    assert [name(each) for each, label in guarded if label and not {label, "R"} <= labels(each)] == []


def test_what_is_written_in_a_guarded_visit_is_guarded_too(everything: list[Resource]) -> None:
    visits = {name(each): labels(each) & GUARDED for each in everything if each["resourceType"] == "Encounter"}
    written = [each for each in everything if each.get("encounter")]
    assert [name(each) for each in written if not visits[each["encounter"]["reference"]] <= labels(each)] == []


def test_a_bed_is_occupied_by_just_one_person_in_hospital(everything: list[Resource]) -> None:
    lie = [
        place["location"]["reference"].removeprefix("Location/")
        for each in everything
        if each["resourceType"] == "Encounter" and each["status"] == "in-progress"
        for place in each["location"]
        if place["location"]["reference"].startswith("Location/giuong-")
    ]
    occupied = {each["id"] for each in everything if each["resourceType"] == "Location" and status(each) == "O"}
    assert len(lie) == len(set(lie)) == beds.IN_HOSPITAL * PEOPLE // 100
    assert set(lie) == occupied


def status(location: Resource) -> str:
    return str(location.get("operationalStatus", {}).get("code", ""))


def test_a_bed_stands_in_a_room_of_a_ward_of_a_building_on_a_site(everything: list[Resource]) -> None:
    places = {name(each): each for each in everything if each["resourceType"] == "Location"}

    def way_up(location: Resource) -> list[str]:
        above = places.get(location.get("partOf", {}).get("reference", ""))
        return [location["physicalType"]["coding"][0]["code"], *(way_up(above) if above else [])]

    ways = {tuple(way_up(each)) for each in places.values() if each["id"].startswith("giuong-")}
    assert ways == {("bd", "ro", "wa", "bu", "si")}


def test_nothing_happens_to_the_dead_and_nothing_before_birth(everything: list[Resource]) -> None:
    people = {name(each): each for each in everything if each["resourceType"] == "Patient"}
    visits = [each for each in everything if each["resourceType"] == "Encounter"]
    late = [
        name(each)
        for each in visits
        if each["period"]["start"][:10] > people[each["subject"]["reference"]].get("deceasedDateTime", "9999")
        or each["period"]["start"][:10] < people[each["subject"]["reference"]]["birthDate"]
    ]
    assert late == []
