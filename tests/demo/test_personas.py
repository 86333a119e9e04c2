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
