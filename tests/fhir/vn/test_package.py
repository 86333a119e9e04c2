"""The package for Viet Nam: its resources are valid, its examples conform, and its rules bite."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from anlanh.fhir.model import definitions
from anlanh.fhir.terminology import MemorySource
from anlanh.fhir.terminology.imports import package as packages
from anlanh.fhir.validate import Validator
from anlanh.fhir.vn import archive, examples, resources
from anlanh.fhir.vn.systems import BASE

EXAMPLES = {f"{each['resourceType']}/{each['id']}": each for each in examples()}


@cache
def validator() -> Validator:
    return Validator(definitions.load(), [*resources(), *EXAMPLES.values()])


def faults(resource: dict[str, Any]) -> list[str]:
    return [f"{issue.rule} at {issue.expression}" for issue in validator().validate(resource) if issue.fails]


@pytest.mark.parametrize("resource", resources(), ids=lambda each: f"{each['resourceType']}/{each['id']}")
def test_every_resource_of_the_package_is_valid(resource: dict[str, Any]) -> None:
    assert faults(resource) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_conforms_to_its_profile(name: str) -> None:
    assert faults(EXAMPLES[name]) == []


def test_every_profile_has_an_example() -> None:
    shown = {url for each in EXAMPLES.values() for url in each.get("meta", {}).get("profile", ())}
    assert {each["url"] for each in resources() if each.get("kind") == "resource"} == shown


def test_every_code_system_and_profile_names_its_source() -> None:
    told = [
        each for each in resources() if each["resourceType"] in {"CodeSystem", "StructureDefinition", "NamingSystem"}
    ]
    assert [
        each["id"] for each in told if "ource: " not in each["description"] and "Nguồn: " not in each["description"]
    ] == []


def _without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(resource: dict[str, Any]) -> None:
        for part in path:
            del resource[part]

    return change


def _personal_id(resource: dict[str, Any]) -> None:
    resource["identifier"][0]["value"] = "01918500000"


def _card(resource: dict[str, Any]) -> None:
    resource["identifier"][1]["value"] = "GD9199900000001"


def _commune(resource: dict[str, Any]) -> None:
    resource["address"][0]["extension"][1]["valueCoding"]["code"] = "99999"


def _facility(resource: dict[str, Any]) -> None:
    resource["identifier"][0]["value"] = "199"


def _vaccine(resource: dict[str, Any]) -> None:
    resource["vaccineCode"]["coding"][0]["code"] = "KHONG-CO"


def _diagnosis_in_record(resource: dict[str, Any]) -> None:
    resource["section"][1]["entry"] = [{"reference": "Condition/vn-chan-doan"}]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Patient/vn-nguoi-benh", _personal_id),
        ("Patient/vn-nguoi-benh", _card),
        ("Patient/vn-nguoi-benh", _commune),
        ("Patient/vn-nguoi-benh", _without("gender")),
        ("Organization/vn-tram-y-te", _facility),
        ("Coverage/vn-the-bhyt", _without("period")),
        ("Encounter/vn-luot-kham", _without("period")),
        ("Condition/vn-chan-doan", _without("code")),
        ("MedicationRequest/vn-don-thuoc", _without("dosageInstruction")),
        ("Immunization/vn-mui-tiem", _vaccine),
        ("Composition/vn-ho-so-suc-khoe", _diagnosis_in_record),
        ("Claim/vn-ho-so-thanh-toan", _without("diagnosis")),
    ],
)
def test_what_breaks_a_rule_is_found(name: str, change: Callable[[dict[str, Any]], None]) -> None:
    broken = copy.deepcopy(EXAMPLES[name])
    change(broken)
    assert faults(broken) != []


def test_the_archive_is_a_package_and_the_same_every_time() -> None:
    source = MemorySource()
    report = packages.read(archive(), source.add)
    assert (report.name, report.rejects) == ("vn.anlanh", [])
    assert report.resources == len(resources())
    assert archive() == archive()


def test_another_province_has_the_package_under_its_own_address() -> None:
    other = "https://syt.example.vn/fhir/"
    urls = [each["url"] for each in resources(other) if "url" in each]
    assert [url for url in urls if url.startswith(BASE)] == []
    assert BASE not in str(examples(other))
