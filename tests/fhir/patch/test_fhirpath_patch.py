"""FHIRPath Patch: each operation, what it cleans up behind it, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from anlanh.fhir.fhirpath import FhirPathProblem
from anlanh.fhir.patch import PatchInvalid, PatchNotApplicable, fhirpath_patch

CASES = json.loads(
    (Path(__file__).parents[3].parent / "shared" / "suites" / "patch" / "fhir-patch-tests.json").read_text()
)
EXTENSION = {"extension": [{"url": "urn:x", "valueCode": "a"}]}


def operation(kind: str, path: str, **parts: Any) -> dict[str, Any]:
    """One operation; a part is given as value[x], as whole parameter, or as number or text."""
    named = {"type": {"valueCode": kind}, "path": {"valueString": path}} | {
        name: part if isinstance(part, dict) else {"valueInteger" if isinstance(part, int) else "valueString": part}
        for name, part in parts.items()
    }
    return {"name": "operation", "part": [{"name": name, **part} for name, part in named.items()]}


def patched(resource: dict[str, Any], *operations: dict[str, Any]) -> dict[str, Any]:
    return fhirpath_patch(resource, {"resourceType": "Parameters", "parameter": list(operations)})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_suite_gives_what_it_expects(case: dict[str, Any]) -> None:
    before = json.dumps(case["input"])
    assert fhirpath_patch(case["input"], case["diff"]) == case["output"]
    assert json.dumps(case["input"]) == before


def test_a_choice_is_added_by_its_plain_name_with_the_type_of_the_value() -> None:
    observation = {"resourceType": "Observation"}
    added = patched(observation, operation("add", "Observation", name="value", value={"valueQuantity": {"value": 1}}))
    assert added == {"resourceType": "Observation", "valueQuantity": {"value": 1}}


def test_replacing_a_choice_may_change_its_type() -> None:
    observation = {"resourceType": "Observation", "valueString": "x", "_valueString": EXTENSION}
    replaced = patched(observation, operation("replace", "Observation.value", value={"valueBoolean": True}))
    assert replaced == {"resourceType": "Observation", "valueBoolean": True}


def test_items_beside_a_list_of_primitives_move_with_it() -> None:
    name = {"given": ["a", "b", "c"], "_given": [None, EXTENSION]}
    patient = {"resourceType": "Patient", "name": [name]}
    moved = patched(patient, operation("move", "Patient.name[0].given", source=1, destination=0))
    assert moved["name"][0] == {"given": ["b", "a", "c"], "_given": [EXTENSION, None, None]}
    deleted = patched(moved, operation("delete", "Patient.name.given[0]"))
    assert deleted["name"][0] == {"given": ["a", "c"]}


def test_a_path_may_select_by_criterion() -> None:
    patient = {"resourceType": "Patient", "identifier": [{"system": "a", "value": "1"}, {"system": "b", "value": ")'"}]}
    path = "Patient.identifier.where(system = 'b' and value = ')\\'').value"
    replaced = patched(patient, operation("replace", path, value={"valueString": "2"}))
    assert [each["value"] for each in replaced["identifier"]] == ["1", "2"]


def test_a_path_may_go_through_an_extension_and_a_type() -> None:
    patient = {"resourceType": "Patient", "extension": [{"url": "urn:a", "valueString": "x"}]}
    path = "Patient.extension('urn:a').value.ofType(string)"
    assert patched(patient, operation("replace", path, value="y"))["extension"][0]["valueString"] == "y"


def test_deleting_what_is_not_there_changes_nothing() -> None:
    assert patched({"resourceType": "Patient"}, operation("delete", "Patient.birthDate")) == {"resourceType": "Patient"}


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (operation("grow", "Patient"), PatchInvalid),
        (operation("add", "Patient", name="gender"), PatchInvalid),
        (operation("insert", "Patient.name", index=-1, value={"valueHumanName": {}}), PatchInvalid),
        ({"name": "operation", "part": [{"name": "type", "valueCode": "delete"}]}, PatchInvalid),
        ({"name": "other"}, PatchInvalid),
        (operation("add", "Patient", name="nick", value="x"), PatchNotApplicable),
        (operation("add", "Patient", name="birthDate", value={"valueDate": "1970"}), PatchNotApplicable),
        (operation("add", "Patient", name="deceased", value={"valueCode": "x"}), PatchNotApplicable),
        (operation("add", "Patient.contact", name="gender", value={"valueCode": "male"}), PatchNotApplicable),
        (operation("replace", "Patient", value={"valueString": "x"}), PatchNotApplicable),
        (operation("replace", "Patient.gender", value={"valueCode": "male"}), PatchNotApplicable),
        (operation("delete", "Patient"), PatchNotApplicable),
        (operation("delete", "Patient.name"), PatchNotApplicable),
        (operation("delete", "Patient.nick"), PatchNotApplicable),
        (operation("delete", "Patient.name.count() + 1"), PatchNotApplicable),
        (operation("insert", "Patient.name", index=3, value={"valueHumanName": {"text": "x"}}), PatchNotApplicable),
        (operation("insert", "Patient.birthDate", index=0, value={"valueDate": "1970"}), PatchNotApplicable),
        (operation("move", "Patient.name", source=2, destination=0), PatchNotApplicable),
        (operation("delete", "Patient.name["), FhirPathProblem),
    ],
)
def test_an_operation_that_does_not_work_is_a_clear_problem(wrong: dict[str, Any], problem: type[Exception]) -> None:
    patient = {"resourceType": "Patient", "name": [{"text": "a"}, {"text": "b"}], "birthDate": "1960"}
    with pytest.raises(problem):
        patched(patient, wrong)
