"""memberOf(), subsumes() and %terminologies, asked of the terminology of the packages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from anlanh.fhir import fhirpath
from anlanh.fhir.terminology import packages
from anlanh.fhir.terminology.expressions import ExpressionTerminology

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CONTEXT = fhirpath.Context(now=NOW, terminology=ExpressionTerminology(packages.source(), NOW))
GENDER = "'http://hl7.org/fhir/ValueSet/administrative-gender'"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ENCOUNTER: dict[str, Any] = {
    "resourceType": "Encounter",
    "class": {"system": ACT, "code": "IMP"},
    "type": [{"coding": [{"system": ACT, "code": "ACUTE"}]}],
    "serviceType": {"coding": [{"system": "urn:own", "code": "x"}]},
}
PATIENT: dict[str, Any] = {"resourceType": "Patient", "gender": "female", "address": [{"use": "home"}]}


@pytest.mark.parametrize(
    ("focus", "expression", "wanted"),
    [
        (PATIENT, f"gender.memberOf({GENDER})", [True]),
        (PATIENT, f"address.use.memberOf({GENDER})", [False]),
        (PATIENT, "gender.memberOf('http://nowhere')", []),
        (ENCOUNTER, "class.subsumes(type)", [True]),
        (ENCOUNTER, "type.subsumes(%resource.class)", [False]),
        (ENCOUNTER, "type.subsumedBy(%resource.class)", [True]),
        (ENCOUNTER, "class.subsumes(serviceType)", [False]),
        (
            PATIENT,
            f"%terminologies.validateVS({GENDER}, gender).parameter.where(name = 'result').value",
            [True],
        ),
        (PATIENT, f"%terminologies.expand({GENDER}).expansion.contains.code.count()", [4]),
        (
            PATIENT,
            "%terminologies.translate('http://hl7.org/fhir/ConceptMap/cm-address-use-v2', address.use)"
            ".parameter.where(name = 'match').part.where(name = 'concept').value.code",
            ["H"],
        ),
        (ENCOUNTER, "%terminologies.lookup(class).parameter.where(name = 'display').value", ["inpatient encounter"]),
        (ENCOUNTER, f"%terminologies.subsumes('{ACT}', 'IMP', 'ACUTE').parameter.value", ["subsumes"]),
    ],
)
def test_expressions_ask_the_terminology(focus: dict[str, Any], expression: str, wanted: list[Any]) -> None:
    assert [fhirpath.plain(item) for item in fhirpath.compile(expression)(focus, CONTEXT)] == wanted
