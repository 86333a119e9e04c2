"""HL7's own examples and test cases: every error we find there has been read, and is listed in docs/readings."""

from __future__ import annotations

import json as plain_json
import tarfile
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from anlanh.fhir.model import definitions, json
from anlanh.fhir.validate import Validator
from anlanh.fhir.vn import package
from tests.conformance import adapters

SUITES = Path(__file__).parents[3].parent / "shared" / "suites"
DISAGREEMENTS = {
    "bad-bundle-reference-type-4#base",
    "bundle-bad-by-param#base",
    "contained-resource-bad-id-ignore#base",
    "mr-m-cql-library#base",
    "parameters-profiled-resource-multiple#profile",
    "patient-circle1-bad-linked1#profile",
    "patient-circle2-bad-source1#profile",
    "type-ref-unchecked#profile",
}


@cache
def files(archive: str) -> dict[str, bytes]:
    with tarfile.open(SUITES / archive) as opened:
        members = {member.name.partition("/")[2]: opened.extractfile(member) for member in opened if member.isfile()}
        return {name: stream.read() for name, stream in members.items() if stream is not None}


def test_the_official_examples_break_only_the_rules_that_are_listed() -> None:
    validator = Validator(definitions.load())
    broken: dict[str, int] = defaultdict(int)
    for content in files("r4-examples.tar.xz").values():
        for rule in {issue.rule for issue in validator.validate(json.decode(content)) if issue.fails}:
            broken[rule] += 1
    assert broken == {
        "canonical-relative": 37,
        "not-ucum": 16,
        "narrative-empty": 4,
        "target-type": 4,
        "required-missing": 1,
        "full-url-differs": 2,
        "urn-form": 2,
        "extension-modifier-unknown": 1,
        "extension-part-unknown": 1,
        "identifier-not-uri": 1,
    }


def test_the_examples_of_the_international_patient_summary_are_valid() -> None:
    validator = Validator(definitions.load())
    resources = [json.decode(content) for name, content in files("ips.tar.xz").items() if name.endswith(".json")]
    issues = [issue for resource in resources for issue in validator.validate(resource)]
    assert len(resources) == 44
    assert [issue.text for issue in issues if issue.fails] == []


def test_the_vietnamese_package_and_its_examples_are_valid() -> None:
    resources = package.resources()
    validator = Validator(definitions.load(), resources)
    issues = [issue for resource in (*resources, *package.examples()) for issue in validator.validate(resource)]
    assert [issue.text for issue in issues if issue.fails] == []


CASES: list[dict[str, Any]] = plain_json.loads((SUITES / "validator" / "cases.json").read_text(encoding="utf-8"))


def given(name: str) -> Any:
    text = files("validator/files.tar.xz")[name].decode("utf-8-sig")
    return plain_json.loads(text) if name.endswith(".json") else text


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case["id"] not in DISAGREEMENTS],
    ids=lambda case: f"{case['format']}-{case['id']}",
)
def test_the_verdict_is_that_of_hl7s_validator(case: dict[str, Any]) -> None:
    issues = adapters.validator(
        None,
        fmt=case["format"],
        raw=files("validator/files.tar.xz")[case["file"]].decode("utf-8-sig"),
        profile=given(case["profile"]) if case["profile"] else None,
        supporting=[given(name) for name in case["supporting"]],
        options=case["options"],
    )
    assert any(issue["severity"] in {"error", "fatal"} for issue in issues) != case["valid"]
