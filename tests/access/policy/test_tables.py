"""The tables of the policy hold together, and the decisions they make can be explained."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest

from anlanh.access.policy import rules, scopes
from anlanh.access.policy.labels import Labeller
from anlanh.access.policy.scopes import BadScope, Scope
from anlanh.access.policy.sight import LABELS
from anlanh.fhir.model import definitions
from anlanh.fhir.search.extract import label_key

POLICY = rules.load()


def test_every_resource_type_is_in_one_group() -> None:
    assert sorted(chain(*POLICY.groups.values())) == definitions.load().resource_types


def test_every_role_is_named_by_a_rule() -> None:
    named = {role for rule in POLICY.rules for role in rule.roles}
    assert set(POLICY.roles) - named == {"system"}


def test_every_label_is_a_sensitivity_of_the_standard() -> None:
    known = definitions.load().resource("http://terminology.hl7.org/CodeSystem/v3-ActCode")
    codes = json.dumps(known, default=str)
    assert [
        label for each in POLICY.categories.values() for label in each.labels if f'"code": "{label}"' not in codes
    ] == []


def test_rules_about_sensitive_things_name_a_law_or_the_person_themselves() -> None:
    wide = [rule for rule in POLICY.rules if rule.sensitive == "all" and not rule.law and rule.where != ("own",)]
    assert wide == []


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("patient/Observation.rs", Scope("patient", "Observation", ("r", "s"))),
        ("user/*.cruds", Scope("user", "*", ("c", "r", "u", "d", "s"))),
        ("system/Patient.read", Scope("system", "Patient", ("r", "s"))),
        (
            "patient/Observation.rs?category=x|laboratory",
            Scope("patient", "Observation", ("r", "s"), (("category", "x|laboratory"),)),
        ),
        ("openid", None),
        ("launch/patient", None),
    ],
)
def test_scopes_are_read_in_both_versions(text: str, scope: Scope | None) -> None:
    assert scopes.read(text) == scope


@pytest.mark.parametrize(
    "text", ["patient/Observation.sr", "patient/Observation", "patient/Observation.", "admin/Patient.rs"]
)
def test_malformed_scopes_are_refused(text: str) -> None:
    with pytest.raises(BadScope):
        scopes.read(text)


@pytest.mark.parametrize(
    ("system", "code", "label"),
    [
        ("http://hl7.org/fhir/sid/icd-10", "B24", "HIV"),
        ("http://hl7.org/fhir/sid/icd-10", "F32.1", "PSY"),
        ("http://hl7.org/fhir/sid/icd-10", "F10.2", "ETH"),
        ("http://loinc.org", "25835-0", "HIV"),
        ("http://www.whocc.no/atc", "J05AR10", "HIV"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "F32.1", "PSY"),
        ("http://snomed.info/sct", "86406008", "HIV"),
    ],
)
def test_codes_earn_labels_wherever_they_stand(system: str, code: str, label: str) -> None:
    concept = {"coding": [{"system": system, "code": code}]}
    labeller = Labeller()
    answer = {"item": [{"answer": [{"valueCoding": concept["coding"][0]}]}]}
    places: tuple[dict[str, Any], ...] = (
        {"code": concept}, {"reasonCode": [concept]}, {"component": [{"code": concept}]}, {"item": [answer]},
        {"condition": [{"code": concept}]}, {"activity": [{"detail": {"code": concept}}]}, {"context": {"event": [concept]}},
        {"contained": [{"resourceType": "Condition", "code": concept}]},
    )  # fmt: skip
    for resource in places:
        assert label_key(LABELS, label) in labeller({"resourceType": "Observation", **resource})
    entry = {"resource": {"resourceType": "Condition", "code": concept}}
    assert label_key(LABELS, label) in labeller({"resourceType": "Bundle", "type": "collection", "entry": [entry]})


def test_ordinary_codes_earn_none() -> None:
    concept = {
        "coding": [
            {"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"},
            {"system": "http://loinc.org", "code": "8480-6"},
        ]
    }
    assert list(Labeller()({"resourceType": "Observation", "code": concept})) == []
