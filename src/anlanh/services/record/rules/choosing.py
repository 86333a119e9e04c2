"""Which of a person's resources belong into the summary: what is so now, the latest of each thing, once.

FHIR: Condition, MedicationRequest, MedicationStatement, Observation, AllergyIntolerance
Source: http://hl7.org/fhir/uv/ips 2.0.0, section by section
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from anlanh.services.record.model import Standing
from anlanh.services.record.rules import lines, medicines, results, words
from anlanh.services.record.rules.words import Names, Resource

PREGNANCY = ("82810-3", "11778-8", "11779-6", "11780-4", "57064-8", "53692-0")
"""Pregnancy status and expected date of delivery. Source: http://hl7.org/fhir/uv/ips, pregnancy observations"""

SMOKING = "72166-2"
MOST_RESULTS = 25
MOST_PAST = 15


def sections(found: Mapping[str, Sequence[Resource]], names: Names) -> dict[str, Sequence[Resource]]:
    """Resources by the section of the summary in which they stand."""
    conditions = _conditions([*found["conditions"], *found["diagnoses"]], names)
    return {
        "problems": [each for each, standing in conditions if standing is not Standing.OVER],
        "past": [each for each, standing in conditions if standing is Standing.OVER][:MOST_PAST],
        "allergies": _by_line(found["allergies"], [each.source.reference for each in lines.allergies(found["allergies"], names)]),
        "medicines": _medicines([*found["requests"], *found["statements"]], names),
        "immunizations": found["immunizations"],
        "procedures": found["procedures"],
        "results": _latest(found["results"], names)[:MOST_RESULTS],
        "vital-signs": [each for each in _latest(found["vital-signs"], names) if words.on(each)],
        "social": [each for each in _latest(found["social"], names) if SMOKING in words.codes(each.get("code"))][:1],
        "pregnancy": _latest(found["pregnancy"], names),
    }  # fmt: skip


def _by_line(resources: Sequence[Resource], references: Sequence[str]) -> list[Resource]:
    by_reference = {f"{each['resourceType']}/{each['id']}": each for each in resources}
    return [by_reference[each] for each in references]


def _conditions(resources: Sequence[Resource], names: Names) -> list[tuple[Resource, Standing]]:
    chosen = lines.problems(resources, names)
    return list(
        zip(
            _by_line(resources, [each.source.reference for each in chosen]),
            (each.standing for each in chosen),
            strict=True,
        )
    )


def _medicines(resources: Sequence[Resource], names: Names) -> list[Resource]:
    """Of each substance and facility the latest."""
    chosen: dict[tuple[str, str], Resource] = {}
    for each in words.latest_first(resources):
        line = medicines.line(each, names, date.min)
        chosen.setdefault((medicines.substance(line), line.source.facility), each)
    return list(chosen.values())


def _latest(resources: Sequence[Resource], names: Names) -> list[Resource]:
    chosen = results.latest(results.of(resources, names))
    return _by_line(resources, [each.latest.source.reference for each in chosen])
