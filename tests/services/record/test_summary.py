"""Summaries of made-up people are valid in the profiles of the IPS; and what leaves with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from anlanh.demo import province
from anlanh.fhir.model import json
from anlanh.fhir.store import record as records
from anlanh.fhir.store.record import Record
from anlanh.services.record.actions import sharing
from anlanh.services.record.rules import choosing, summary, words

AT = datetime(2026, 11, 23, 7, tzinfo=UTC)
ZONE = "Asia/Ho_Chi_Minh"
BUNDLE = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"
NAMES = {"Organization/bv-a": "Bệnh viện A"}
SEARCHED = {
    "conditions": ("Condition", "problem-list-item"), "diagnoses": ("Condition", "encounter-diagnosis"),
    "allergies": ("AllergyIntolerance", ""), "requests": ("MedicationRequest", ""), "statements": ("MedicationStatement", ""),
    "immunizations": ("Immunization", ""), "procedures": ("Procedure", ""), "results": ("Observation", "laboratory"),
    "vital-signs": ("Observation", "vital-signs"), "social": ("Observation", "social-history"), "pregnancy": ("", ""),
}  # fmt: skip


@cache
def province_of(people: int) -> tuple[dict[str, Any], ...]:
    """Everything about the first people of the made-up province."""
    return tuple(json.decode(json.encode(each)) for each in province.block(0, people))


@pytest.fixture(scope="module")
def record() -> Record:
    """What knows the profiles."""
    return records.new(ZONE)


def found(about: Sequence[dict[str, Any]], kind: str, category: str) -> list[dict[str, Any]]:
    """What a search by type and category would find."""
    return [
        each
        for each in about
        if each["resourceType"] == kind and (not category or category in words.codes(each.get("category")))
    ]


def summary_of(number: int) -> dict[str, Any]:
    """The summary of one of them."""
    reference = f"Patient/nguoi-{number:06d}"
    about = [
        each
        for each in province_of(30)
        if reference in (each.get("subject", {}).get("reference"), each.get("patient", {}).get("reference"))
    ]
    person = next(each for each in province_of(30) if f"{each['resourceType']}/{each['id']}" == reference)
    sections = choosing.sections({name: found(about, *what) for name, what in SEARCHED.items()}, NAMES)
    made: dict[str, Any] = json.decode(
        json.encode(summary.bundle(person, sections, NAMES, AT, "6b1f7d5e-0000-4000-8000-000000000001"))
    )
    return made


def section_of(bundle: dict[str, Any], loinc: str) -> dict[str, Any]:
    """A section of the Composition."""
    sections = bundle["entry"][0]["resource"]["section"]
    return next(each for each in sections if each["code"]["coding"][0]["code"] == loinc)


@pytest.mark.parametrize("number", [0, 1, 3, 6, 8, 9, 12, 20])
def test_a_summary_is_valid_in_the_profiles_of_the_ips(record: Record, number: int) -> None:
    issues = record.validator.validate(summary_of(number), profile=BUNDLE)
    assert [each for each in issues if each.severity in ("error", "fatal", "warning")] == []


def test_a_summary_without_what_it_has_to_say_is_not_valid(record: Record) -> None:
    bundle = summary_of(0)
    bundle["entry"][0]["resource"]["section"].remove(section_of(bundle, "48765-2"))
    assert [each for each in record.validator.validate(bundle, profile=BUNDLE) if each.severity == "error"]


def test_nothing_recorded_is_told_as_not_available_and_not_as_none() -> None:
    section = section_of(summary_of(20), "48765-2")
    assert section["emptyReason"]["coding"][0]["code"] == "unavailable"
    assert "Chưa ghi nhận" in section["text"]["div"]


def test_every_reference_stays_within_the_document_and_extensions_of_this_country_stay_here() -> None:
    bundle = summary_of(0)
    addresses = {each["fullUrl"] for each in bundle["entry"]}
    text = json.encode(bundle).decode()
    assert {each["reference"] for each in _references(bundle)} <= addresses
    assert "yte.thainguyen.gov.vn" not in text


def test_what_is_signed_has_one_order_whoever_writes_it() -> None:
    assert (
        json.encode(sharing.canonical({"b": [{"d": 1, "c": 2}], "a": 0, "signature": {}}))
        == b'{"a":0,"b":[{"c":2,"d":1}]}'
    )


def _references(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        inner = [each for child in value.values() for each in _references(child)]
        return [value, *inner] if isinstance(value.get("reference"), str) else inner
    return [each for child in value for each in _references(child)] if isinstance(value, list) else []
