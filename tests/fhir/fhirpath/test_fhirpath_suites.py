"""The published FHIRPath tests for R4 and R5; what is left out is explained in docs/readings/fhirpath-misses.md."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from anlanh.fhir.fhirpath import FhirPathProblem
from tests.conformance import adapters

SUITES = Path(__file__).parents[4] / "shared" / "suites"
NO_JSON_INPUT = {
    "defineVariable/dvConceptMapExample",
    "cdaTests/testHasTemplateId1",
    "cdaTests/testHasTemplateId2",
    "cdaTests/testHasTemplateId3",
}


def harness() -> ModuleType:
    sys.path.insert(0, str(SUITES))
    spec = importlib.util.spec_from_file_location("run_fhirpath", SUITES / "run_fhirpath.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.remove(str(SUITES))
    return module


HARNESS = harness()
CASES = [
    pytest.param(version, case, id=f"{version} {case['id']}")
    for version in ("r4", "r5")
    for case in HARNESS.load(SUITES / "fhirpath" / version / f"tests-fhir-{version}.xml")
    if case["id"] not in NO_JSON_INPUT
]
INPUTS = {version: HARNESS.Inputs(SUITES / "fhirpath" / version / "inputs") for version in ("r4", "r5")}


def evaluated(version: str, case: dict[str, Any]) -> list[tuple[str, Any]]:
    strict = case["mode"] == "strict" or case["invalid"] == "semantic"
    resource = INPUTS[version].get(case["input"])
    return adapters.fhirpath(resource, case["expr"], strict=strict, version=version)


@pytest.mark.parametrize(("version", "case"), [each for each in CASES if not each.values[1]["invalid"]])
def test_expressions_give_what_the_suite_expects(version: str, case: dict[str, Any]) -> None:
    passed, _, why = HARNESS.grade(case, evaluated(version, case))
    assert passed, why


@pytest.mark.parametrize(("version", "case"), [each for each in CASES if each.values[1]["invalid"]])
def test_expressions_that_the_suite_calls_invalid_are_problems(version: str, case: dict[str, Any]) -> None:
    with pytest.raises(FhirPathProblem):
        evaluated(version, case)
