"""JSON Patch: all or nothing, with bounds."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from anlanh.fhir import patch
from anlanh.fhir.patch import json_patch

CASES = json.loads(
    (Path(__file__).parents[3].parent / "shared" / "suites" / "patch" / "json-patch-tests.json").read_text()
)


@pytest.mark.parametrize("case", [case for case in CASES if "error" not in case], ids=lambda case: case["comment"])
def test_the_suite_gives_what_it_expects(case: dict[str, Any]) -> None:
    assert json_patch(case["doc"], case["patch"]) == case["expected"]


@pytest.mark.parametrize("case", [case for case in CASES if "error" in case], ids=lambda case: case["comment"])
def test_the_suite_refuses_what_it_must(case: dict[str, Any]) -> None:
    with pytest.raises((patch.PatchInvalid, patch.PatchNotApplicable, patch.PatchTestFailed)):
        json_patch(case["doc"], case["patch"])


def test_decimals_keep_their_digits_and_the_document_given_is_left_alone() -> None:
    document = {"value": Decimal("1.00"), "list": [1]}
    patched = json_patch(document, [{"op": "add", "path": "/list/-", "value": Decimal("2.50")}])
    assert [str(patched["value"]), str(patched["list"][1])] == ["1.00", "2.50"]
    assert document["list"] == [1]


@pytest.mark.parametrize(
    ("operations", "problem"),
    [
        ({"op": "add"}, patch.PatchInvalid),
        ([{"op": "grow", "path": "/a"}], patch.PatchInvalid),
        ([{"op": "add", "path": "/a"}], patch.PatchInvalid),
        ([{"op": "copy", "path": "/a"}], patch.PatchInvalid),
        ([{"op": "add", "path": "a", "value": 1}], patch.PatchNotApplicable),
        ([{"op": "remove", "path": "/nowhere"}], patch.PatchNotApplicable),
        ([{"op": "remove", "path": "/list/9"}], patch.PatchNotApplicable),
        ([{"op": "replace", "path": "/list/x", "value": 1}], patch.PatchNotApplicable),
        ([{"op": "add", "path": "/flag/deep", "value": 1}], patch.PatchNotApplicable),
        ([{"op": "test", "path": "/flag", "value": 1}], patch.PatchTestFailed),
        ([{"op": "test", "path": "/gone", "value": 1}], patch.PatchNotApplicable),
        ([{"op": "test", "path": "/flag", "value": True}] * 1001, patch.PatchInvalid),
        ([{"op": "copy", "from": "/list", "path": "/list/-"}] * 30, patch.PatchNotApplicable),
    ],
)
def test_a_patch_that_does_not_work_is_a_clear_problem(operations: Any, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        json_patch({"flag": True, "list": [1]}, operations)
