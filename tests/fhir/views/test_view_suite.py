"""The published tests of SQL on FHIR v2."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from anlanh.fhir.fhirpath import FhirPathProblem
from anlanh.fhir.views import SeveralValues, ViewInvalid
from tests.conformance import adapters

SUITES = Path(__file__).parents[4] / "shared" / "suites"
sys.path.insert(0, str(SUITES))
HARNESS = importlib.import_module("run_sof")
CASES = [
    pytest.param(test, resources, id=f"{file} {test['title']}") for file, test, resources in HARNESS.load(str(SUITES))
]


@pytest.mark.parametrize(("test", "resources"), [each for each in CASES if not each.values[0].get("expectError")])
def test_views_give_the_rows_that_the_suite_expects(test: dict[str, Any], resources: list[dict[str, Any]]) -> None:
    passed, why = HARNESS.check(test, resources, adapters.sof)
    assert passed, why


@pytest.mark.parametrize(("test", "resources"), [each for each in CASES if each.values[0].get("expectError")])
def test_views_that_the_suite_calls_wrong_are_problems(test: dict[str, Any], resources: list[dict[str, Any]]) -> None:
    with pytest.raises((ViewInvalid, SeveralValues, FhirPathProblem)):
        adapters.sof(test["view"], resources)
