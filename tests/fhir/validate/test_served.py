"""Validation with the terminology service: code systems that the definitions do not have."""

from __future__ import annotations

import pytest

from anlanh.fhir.model import definitions
from anlanh.fhir.terminology import MemorySource
from anlanh.fhir.terminology.service import Terminology
from anlanh.fhir.validate import Validator
from anlanh.fhir.validate.served import Served

ICD = "http://an.example/icd-10-vn"
SITE = MemorySource(
    [
        {
            "resourceType": "CodeSystem",
            "url": ICD,
            "status": "active",
            "content": "complete",
            "concept": [
                {
                    "code": "E11",
                    "display": "Đái tháo đường típ 2",
                    "designation": [{"language": "en", "value": "Type 2 diabetes"}],
                }
            ],
        },
        {
            "resourceType": "ValueSet",
            "url": "http://an.example/diagnoses",
            "status": "active",
            "compose": {"include": [{"system": ICD}]},
        },
    ]
)


def served() -> Served:
    return Served(Terminology(SITE))


@pytest.mark.parametrize(
    ("value_set", "system", "code", "answer"),
    [
        ("http://an.example/diagnoses", ICD, "E11", True),
        ("http://an.example/diagnoses", None, "E11", True),
        ("http://an.example/diagnoses", ICD, "E99", False),
        ("http://an.example/unknown", ICD, "E11", None),
    ],
)
def test_membership_is_told_by_the_service(value_set: str, system: str | None, code: str, answer: bool | None) -> None:
    assert served().member_of(value_set, system, code) is answer


def test_names_in_every_language_are_known() -> None:
    assert served().display_of(ICD, "E11") == ["Đái tháo đường típ 2", "Type 2 diabetes"]
    assert served().display_of(ICD, "E99") == []
    assert served().display_of("http://an.example/unknown", "x") is None


def test_a_diagnosis_that_the_site_does_not_have_is_an_issue() -> None:
    validator = Validator(definitions.load(), terminology=served())
    condition = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": ICD, "code": "E99"}]},
    }
    assert ("unknown-code", "Condition.code.coding[0].code") in {
        (i.rule, i.expression) for i in validator.validate(condition)
    }
