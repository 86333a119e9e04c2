"""Reports of measures: the groups and populations of the Measure, and counts that fit the lists of subjects.

FHIR: MeasureReport
Source: https://hl7.org/fhir/R4/measurereport.html
"""

from __future__ import annotations

from typing import Any, Final

from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import Run, Scope

WITH_SUBJECTS: Final = "subject-list"


def check(scope: Scope, run: Run, profiles: Profiles) -> None:
    """Groups and populations against the Measure that the report names, where it is known."""
    canonical = scope.resource.get("measure")
    measure = profiles.find(canonical) if isinstance(canonical, str) else None
    if measure is None or measure.get("resourceType") != "Measure":
        return
    _check_parts(_dicts(measure.get("group")), _located(scope.resource, "group", scope.path), "group", scope.path, run)
    for group, path in _located(scope.resource, "group", scope.path):
        wanted = _matching(group, _dicts(measure.get("group")))
        given = _located(group, "population", path)
        if wanted is not None:
            _check_parts(_dicts(wanted.get("population")), given, "population", path, run)
        for population, at in given:
            _check_count(population, scope, at, run)


def _check_parts(
    wanted: list[dict[str, Any]], given: list[tuple[dict[str, Any], str]], name: str, path: str, run: Run
) -> None:
    """Each part of the report is one of the measure, and the other way round. One of each needs no code."""
    if len(wanted) == 1 and len(given) == 1 and "code" not in given[0][0]:
        return
    for part, at in given:
        if _codes(part) is None or not any(_same(part, each) for each in wanted):
            run.add("measure-part-unknown", at, part=name)
    for each in wanted:
        if not any(_codes(part) is not None and _same(part, each) for part, _ in given):
            run.add("measure-part-missing", path, part=name, code=", ".join(sorted(map(str, _codes(each) or ()))))


def _check_count(population: dict[str, Any], scope: Scope, path: str, run: Run) -> None:
    """The count of a list of subjects is the length of the list, where the list is at hand."""
    count, subjects = population.get("count"), population.get("subjectResults")
    reference = subjects.get("reference") if isinstance(subjects, dict) else None
    if scope.resource.get("type") != WITH_SUBJECTS or not isinstance(count, int) or not isinstance(reference, str):
        return
    lists = [resource for resource, _ in scope.found(reference) if resource.get("resourceType") == "List"]
    if not lists and "List/" in reference:
        return
    found = len(_dicts(lists[0].get("entry"))) if lists else 1
    if count != found:
        run.add("measure-count", path, count=count, subjects=found)


def _matching(group: dict[str, Any], wanted: list[dict[str, Any]]) -> dict[str, Any] | None:
    if len(wanted) == 1:
        return wanted[0]
    return next((each for each in wanted if _codes(group) is not None and _same(group, each)), None)


def _codes(part: dict[str, Any]) -> set[tuple[Any, Any]] | None:
    """(system, code) pairs of a part; its text where it has no codes; None without either."""
    concept = part.get("code")
    if not isinstance(concept, dict):
        return None
    pairs = {(each.get("system"), each.get("code")) for each in _dicts(concept.get("coding"))}
    return pairs or ({(None, concept.get("text"))} if concept.get("text") else None)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool((_codes(one) or set()) & (_codes(other) or set()))


def _located(owner: dict[str, Any], name: str, path: str) -> list[tuple[dict[str, Any], str]]:
    return [
        (each, f"{path}.{name}[{index}]") for index, each in enumerate(owner.get(name) or ()) if isinstance(each, dict)
    ]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
