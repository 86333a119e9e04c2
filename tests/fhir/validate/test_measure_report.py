"""Reports against their measure."""

from __future__ import annotations

from typing import Any

from anlanh.fhir.model import definitions
from anlanh.fhir.validate import Validator

URL = "http://an.example/measure"


def part(code: str, **properties: Any) -> dict[str, Any]:
    return {"code": {"coding": [{"system": "urn:a", "code": code}]}, **properties}


def said(groups: list[dict[str, Any]], reported: list[dict[str, Any]], **report: Any) -> set[tuple[str, str]]:
    measure = {"resourceType": "Measure", "url": URL, "status": "active", "group": groups}
    period = {"start": "2024-01-01", "end": "2024-12-31"}
    given = {"resourceType": "MeasureReport", "status": "complete", "type": "summary", "measure": URL, "period": period}
    issues = Validator(definitions.load(), [measure]).validate({**given, "group": reported, **report})
    return {(issue.rule, issue.expression) for issue in issues if issue.fails}


def test_one_group_needs_no_code() -> None:
    assert said([{"population": [part("p")]}], [{"population": [part("p", count=3)]}]) == set()


def test_groups_and_populations_are_those_of_the_measure() -> None:
    groups = [part("a", population=[part("p")]), part("b")]
    right = [part("a", population=[part("p", count=3)]), part("b")]
    assert said(groups, right) == set()
    assert said(groups, [right[0], part("c")]) == {
        ("measure-part-unknown", "MeasureReport.group[1]"),
        ("measure-part-missing", "MeasureReport"),
    }
    assert said(groups, [part("a", population=[part("q")]), part("b")]) == {
        ("measure-part-unknown", "MeasureReport.group[0].population[0]"),
        ("measure-part-missing", "MeasureReport.group[0]"),
    }


def test_the_count_is_the_length_of_the_list_of_subjects() -> None:
    subjects = {"resourceType": "List", "id": "l", "status": "current", "mode": "snapshot"}
    subjects["entry"] = [{"item": {"reference": "Patient/1"}}, {"item": {"reference": "Patient/2"}}]
    population = part("p", count=3, subjectResults={"reference": "#l"})
    reported = [{"population": [population]}]
    found = said([{"population": [part("p")]}], reported, type="subject-list", contained=[subjects])
    assert found == {("measure-count", "MeasureReport.group[0].population[0]")}
    population["count"] = 2
    assert said([{"population": [part("p")]}], reported, type="subject-list", contained=[subjects]) == set()
