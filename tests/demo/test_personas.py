"""People with a part to play are there in a province of any size, as they are said to be."""

from __future__ import annotations

from typing import Any

import pytest

from anlanh.demo import personas, province
from anlanh.fhir.vn.systems import PERSONAL_ID


@pytest.fixture(scope="module")
def small() -> dict[str, dict[str, Any]]:
    """All resources of a province of twenty people."""
    return {f"{each['resourceType']}/{each['id']}": each for each in province.resources(20)}


@pytest.mark.parametrize("key", personas.TITLES)
def test_a_persona_is_who_it_is_said_to_be(small: dict[str, dict[str, Any]], key: str) -> None:
    persona = personas.everybody()[key]
    found = small[persona.reference]
    numbers = [each["value"] for each in found["identifier"] if each["system"] == PERSONAL_ID]
    assert (found["name"][0]["text"], found["birthDate"], found["gender"]) == (
        persona.name,
        persona.born,
        persona.gender,
    )
    phones = [each["value"] for each in found.get("telecom", ())]
    assert (numbers, phones) == ([persona.personal_id], [persona.phone] if persona.phone else [])
    assert persona.facility in small


@pytest.mark.parametrize("key", [key for key, *_ in personas.STAFF])
def test_staff_have_a_role_in_a_facility(small: dict[str, dict[str, Any]], key: str) -> None:
    persona = personas.everybody()[key]
    role = small[persona.role]
    assert role["practitioner"]["reference"] == persona.reference
    assert role["organization"]["reference"] == persona.facility


@pytest.mark.parametrize(("parent", "prefix"), [("mother", "me"), ("father", "cha")])
def test_a_childs_parents_are_found_in_both_ways(small: dict[str, dict[str, Any]], parent: str, prefix: str) -> None:
    child, grown = (personas.everybody()[key] for key in ("child", parent))
    of_child = small[f"RelatedPerson/{prefix}-{child.reference[-6:]}"]
    assert of_child["patient"]["reference"] == child.reference
    assert of_child["identifier"][0]["value"] == grown.personal_id
    assert linked(small[grown.reference]) >= {f"RelatedPerson/{of_child['id']}"}
    of_parent = small[f"RelatedPerson/con-{grown.reference[-6:]}-1"]
    assert (of_parent["patient"]["reference"], of_parent["identifier"][0]["value"]) == (
        grown.reference,
        child.personal_id,
    )
    assert linked(small[child.reference]) >= {f"RelatedPerson/{of_parent['id']}"}


def linked(patient: dict[str, Any]) -> set[str]:
    return {each["other"]["reference"] for each in patient.get("link", ())}


@pytest.fixture(scope="module")
def charts(small: dict[str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What is written about each persona."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in small.values():
        subject = each.get("subject") or each.get("patient") or {}
        found.setdefault(subject.get("reference", ""), []).append(each)
    return {key: found.get(persona.reference, []) for key, persona in personas.everybody().items()}


@pytest.mark.parametrize(
    ("key", "code", "label"),
    [
        ("farmer", "I10", ""),
        ("farmer", "E11.9", ""),
        ("pregnant", "Z34.9", ""),
        ("adolescent", "Z30.0", "SEX"),
        ("tb-hiv", "B24", "HIV"),
        ("tb-hiv", "A15.0", ""),
        ("violence", "T74.1", "SDV"),
        ("mental-health", "F32.1", "PSY"),
    ],
)
def test_a_persona_has_the_illness_of_the_story(
    charts: dict[str, list[dict[str, Any]]], key: str, code: str, label: str
) -> None:
    conditions = [each for each in charts[key] if each["resourceType"] == "Condition"]
    fitting = [each for each in conditions if each["code"]["coding"][0]["code"] == code]
    labels = {each["code"] for condition in fitting for each in condition["meta"]["security"]} - {"HTEST", "R"}
    assert fitting
    assert labels == ({label} if label else set())


def test_the_child_has_had_every_dose_of_the_calendar(charts: dict[str, list[dict[str, Any]]]) -> None:
    doses = [each for each in charts["child"] if each["resourceType"] == "Immunization"]
    assert len(doses) == 16


def test_the_pregnant_woman_is_in_her_thirtieth_week(charts: dict[str, list[dict[str, Any]]]) -> None:
    weeks = [each["reasonCode"][0]["text"] for each in charts["pregnant"] if each["resourceType"] == "Encounter"]
    episodes = [each["status"] for each in charts["pregnant"] if each["resourceType"] == "EpisodeOfCare"]
    assert [each for each in weeks if each.startswith("Khám thai")]
    assert "active" in episodes
