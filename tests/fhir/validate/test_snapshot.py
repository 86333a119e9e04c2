"""Snapshots made from differentials, compared with those that HL7 published."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from anlanh.fhir.model import definitions
from anlanh.fhir.validate import packages
from anlanh.fhir.validate.snapshot import Snapshots

US_CORE = Path(__file__).parents[3].parent / "shared" / "suites" / "packages" / "us_core_610.tgz"
OTHERWISE = {
    "us-core-blood-pressure",
    "us-core-pulse-oximetry",
    "us-core-organization",
    "us-core-practitioner",
    "us-core-observation-occupation",
}
"""HL7's snapshot writes a choice of one type, or an unfolded slice, in another but equal way."""


@cache
def us_core() -> dict[str, dict[str, Any]]:
    found = packages.from_tgz(US_CORE.read_bytes())
    return {each["url"]: each for each in found if each["resourceType"] == "StructureDefinition"}


def without_snapshot(canonical: str) -> dict[str, Any] | None:
    url = canonical.partition("|")[0]
    own = us_core().get(url)
    found = own or definitions.load().resource(url)
    return {key: value for key, value in found.items() if key != "snapshot"} if own and found else found


def test_snapshots_of_us_core_have_the_elements_that_hl7_published() -> None:
    snapshots = Snapshots(without_snapshot)
    other = set()
    for url, definition in us_core().items():
        base = without_snapshot(definition["baseDefinition"])
        made = {each["id"] for each in snapshots.snapshot_of(without_snapshot(url) or {})} if base else set()
        published = {each["id"] for each in definition["snapshot"]["element"]} if base else set()
        other |= {definition["id"]} if made != published else set()
    assert other == OTHERWISE


def test_a_slice_of_a_choice_has_only_its_type() -> None:
    snapshots = Snapshots(without_snapshot)
    definition = {
        "url": "http://an.example/p",
        "type": "Observation",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Observation",
        "differential": {"element": [{"path": "Observation"}, {"path": "Observation.valueQuantity.code", "min": 1}]},
    }
    made = {each["id"]: each for each in snapshots.snapshot_of({"resourceType": "StructureDefinition", **definition})}
    assert [each["code"] for each in made["Observation.value[x]:valueQuantity"]["type"]] == ["Quantity"]
    assert made["Observation.value[x]:valueQuantity.code"]["min"] == 1
    assert made["Observation.value[x]"]["slicing"]["discriminator"] == [{"type": "type", "path": "$this"}]


def test_the_base_is_left_as_it_is() -> None:
    snapshots = Snapshots(without_snapshot)
    before = snapshots.snapshot_of(definitions.load().resource("http://hl7.org/fhir/StructureDefinition/Patient") or {})
    for definition in us_core().values():
        snapshots.tree(definition["baseDefinition"])
    after = snapshots.snapshot_of(definitions.load().resource("http://hl7.org/fhir/StructureDefinition/Patient") or {})
    assert before == after
