"""The quick check of every write: what it lets through and what it stops."""

from __future__ import annotations

import tarfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from anlanh.fhir.model import json
from anlanh.fhir.validate import Issue, outcome, structure

EXAMPLES = Path(__file__).parents[3].parent / "shared" / "suites" / "r4-examples.tar.xz"
EXTENSION = {"extension": [{"url": "http://example.org/why", "valueCode": "unknown"}]}


def patient(**properties: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **properties}


def observation(**properties: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **properties}


def rules(resource: Any) -> list[tuple[str, str]]:
    return [(issue.rule, issue.expression) for issue in structure(resource)]


def test_every_official_example_has_the_right_shape_but_one_known_to_be_wrong() -> None:
    with tarfile.open(EXAMPLES) as archive:
        files = [archive.extractfile(member) for member in archive if member.name.endswith(".json")]
        resources = [json.decode(file.read()) for file in files if file is not None]
    assert {each["id"] for each in resources if structure(each)} == {"qs1"}


@pytest.mark.parametrize(
    "right",
    [
        patient(birthDate="2024-02-29"),
        patient(birthDate="1970"),
        patient(_birthDate=EXTENSION),
        patient(name=[{"given": ["An", None], "_given": [None, EXTENSION]}]),
        patient(deceasedBoolean=True, multipleBirthInteger=2),
        patient(contained=[{"resourceType": "Organization", "id": "a"}]),
        patient(managingOrganization={"reference": "Organization/a/_history/2"}),
        patient(managingOrganization={"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}),
        patient(managingOrganization={"reference": "Organization?identifier=urn:x|1"}),
        patient(_gender=EXTENSION),
        observation(valueQuantity={"value": Decimal("1.00")}, effectiveDateTime="2024-01-31T08:30:00+07:00"),
        observation(valueQuantity={"value": 1}),
        observation(valueString="a\r\n\tb"),
        {"resourceType": "Observation", "_status": EXTENSION, "code": {"text": "x"}},
    ],
)
def test_a_right_shape_has_no_issues(right: dict[str, Any]) -> None:
    assert rules(right) == []


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ([], ("not-an-object", "Resource")),
        ({}, ("no-resource-type", "Resource")),
        ({"resourceType": "Elephant"}, ("unknown-resource-type", "Elephant.resourceType")),
        ({"resourceType": ["Patient"]}, ("no-resource-type", "Resource")),
        (patient(id="a b"), ("primitive-form", "Patient.id")),
        (patient(nick="x"), ("unknown-property", "Patient")),
        (patient(name={"family": "x"}), ("not-an-array", "Patient.name")),
        (patient(name=[]), ("empty-array", "Patient.name")),
        (patient(name=[{}]), ("empty-object", "Patient.name[0]")),
        (patient(name=["x"]), ("not-an-object", "Patient.name[0]")),
        (patient(name=[{"given": [None]}]), ("null-value", "Patient.name[0].given[0]")),
        (patient(name=[{"given": ["a"], "_given": [None, EXTENSION]}]), ("uneven-arrays", "Patient.name[0].given")),
        (patient(_name=[{"id": "a"}]), ("underscore-on-complex", "Patient")),
        (patient(active="true"), ("wrong-json-type", "Patient.active")),
        (patient(active=None), ("null-value", "Patient.active")),
        (patient(gender=["male"]), ("not-a-single-value", "Patient.gender")),
        (patient(gender="Male"), ("code-not-allowed", "Patient.gender")),
        (patient(birthDate="2023-02-30"), ("no-such-day", "Patient.birthDate")),
        (patient(birthDate="2023-02-29"), ("no-such-day", "Patient.birthDate")),
        (patient(birthDate="1900-02-29"), ("no-such-day", "Patient.birthDate")),
        (patient(birthDate="2023-04-31"), ("no-such-day", "Patient.birthDate")),
        (patient(birthDate="2023-13-01"), ("primitive-form", "Patient.birthDate")),
        (patient(birthDate="23-1-1"), ("primitive-form", "Patient.birthDate")),
        (patient(deceasedBoolean=True, deceasedDateTime="2020"), ("choice-twice", "Patient")),
        (patient(deceasedString="x"), ("unknown-property", "Patient")),
        (patient(language=""), ("empty-string", "Patient.language")),
        (patient(photo=[{"data": "%%%"}]), ("primitive-form", "Patient.photo[0].data")),
        (patient(photo=[{"size": -1}]), ("out-of-range", "Patient.photo[0].size")),
        (patient(multipleBirthInteger=True), ("wrong-json-type", "Patient.multipleBirth")),
        (patient(name=[{"text": " "}]), ("empty-string", "Patient.name[0].text")),
        (patient(name=[{"text": "a\x00"}]), ("control-character", "Patient.name[0].text")),
        (patient(implicitRules="a b"), ("primitive-form", "Patient.implicitRules")),
        (
            patient(managingOrganization={"reference": "somewhere"}),
            ("reference-form", "Patient.managingOrganization.reference"),
        ),
        (patient(link=[{"type": "refer"}]), ("required-missing", "Patient.link[0]")),
        (patient(extension=[{"valueString": "x"}]), ("required-missing", "Patient.extension[0]")),
        (
            patient(contained=[{"resourceType": "Patient", "contained": []}]),
            ("empty-array", "Patient.contained[0].contained"),
        ),
        (observation(effectiveDateTime="2024-01-31T08:30:00"), ("primitive-form", "Observation.effective")),
        (observation(issued="2024-01-31"), ("primitive-form", "Observation.issued")),
        (observation(valueTime="25:00:00"), ("primitive-form", "Observation.value")),
        ({"resourceType": "Observation", "status": "final"}, ("required-missing", "Observation")),
    ],
)
def test_a_wrong_shape_is_named_with_its_rule_and_place(wrong: Any, found: tuple[str, str]) -> None:
    assert found in rules(wrong)


def test_a_contained_resource_contains_no_other() -> None:
    inner = {"resourceType": "Patient", "contained": [{"resourceType": "Patient", "id": "b"}]}
    assert rules(patient(contained=[inner])) == [("nested-contained", "Patient.contained[0].contained")]


@pytest.mark.parametrize(
    ("inside", "active"),
    [
        ("<p>It was on=off, on the whole</p>", False),
        ("<p title='on'>x</p>", False),
        ("<SCRIPT>x</SCRIPT>", True),
        ("<p onclick='x'>x</p>", True),
        ("<p title='a'onmouseover = 'x'>x</p>", True),
        ("<a href='javascript:x'>x</a>", True),
    ],
)
def test_a_narrative_that_a_browser_would_run_is_not_stored(inside: str, active: bool) -> None:
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'}
    assert (rules(patient(text=text)) == [("narrative-active", "Patient.text.div")]) == active


def test_entries_of_a_bundle_are_checked_each_as_its_type() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient(gender="x")}]}
    assert rules(bundle) == [("code-not-allowed", "Bundle.entry[0].resource.gender")]


def test_bottomless_json_is_an_issue_and_no_crash() -> None:
    extension: dict[str, Any] = {"url": "urn:a", "valueString": "x"}
    for _ in range(5000):
        extension = {"url": "urn:a", "extension": [extension]}
    assert ("too-deep", "Patient") in rules(patient(extension=[extension]))


def test_an_issue_is_told_in_english_and_vietnamese() -> None:
    [issue] = structure(patient(birthDate="2023-02-30"))
    rendered = outcome([issue])["issue"][0]
    assert rendered["details"]["text"] == "There is no day '2023-02-30' in the calendar."
    translation = rendered["details"]["_text"]["extension"][0]["extension"]
    assert translation[1]["valueString"] == "Không có ngày '2023-02-30' trong lịch."
    assert rendered["expression"] == ["Patient.birthDate"]
    assert structure(outcome([issue])) == []


def test_what_was_found_is_shown_short_and_readable() -> None:
    rendered = outcome(structure(patient(gender="\x00" * 1000)))
    assert structure(rendered) == []
    assert len(rendered["issue"][0]["details"]["text"]) < 600


def test_an_outcome_without_issues_says_so() -> None:
    assert outcome([])["issue"][0]["severity"] == "information"


def test_a_rule_has_its_own_severity_unless_told_otherwise() -> None:
    assert Issue("reference-form", "Patient", {"found": "x"}).fails
    assert not Issue("reference-form", "Patient", {"found": "x"}, severity="warning").fails
