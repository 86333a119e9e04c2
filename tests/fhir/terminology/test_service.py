"""What search, FHIRPath and the validator ask of terminology, over the packages of this program."""

from __future__ import annotations

import pytest

from anlanh.fhir.terminology import packages
from anlanh.fhir.terminology.problems import UnknownValueSet
from anlanh.fhir.terminology.service import Coded, Terminology

SERVICE = Terminology(packages.source())
GENDERS = "http://hl7.org/fhir/ValueSet/administrative-gender"
GENDER = "http://hl7.org/fhir/administrative-gender"
ACTS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
VITAL_SIGNS = "http://hl7.org/fhir/ValueSet/observation-vitalsignresult"


@pytest.mark.parametrize(
    ("coded", "value_set", "member"),
    [
        ("male", GENDERS, True),
        ("nobody", GENDERS, False),
        ("text/plain", "http://hl7.org/fhir/ValueSet/mimetypes", True),
        ("plain text", "http://hl7.org/fhir/ValueSet/mimetypes", False),
        ("Patient", "http://hl7.org/fhir/ValueSet/all-types", True),
        ({"system": GENDER, "code": "male"}, GENDERS, True),
        ({"system": "https://example.org", "code": "male"}, GENDERS, False),
        ({"coding": [{"system": "x", "code": "y"}, {"system": GENDER, "code": "female"}]}, GENDERS, True),
        ({"text": "nothing coded"}, GENDERS, False),
        ({"system": "http://loinc.org", "code": "8867-4"}, VITAL_SIGNS, True),
        ({"system": "http://loinc.org", "code": "1-1"}, VITAL_SIGNS, False),
        ({"system": "http://snomed.info/sct", "code": "1"}, "http://hl7.org/fhir/ValueSet/condition-code", None),
        ({"system": GENDER, "code": "male"}, "https://example.org/none", None),
        (7, GENDERS, None),
    ],
)
def test_membership_is_told_or_said_to_be_unknown(coded: object, value_set: str, member: bool | None) -> None:
    assert SERVICE.member_of(coded, value_set) is member


def test_a_value_set_lists_its_codes() -> None:
    assert SERVICE.codes_of(GENDERS) == {(GENDER, code) for code in ("male", "female", "other", "unknown")}
    with pytest.raises(UnknownValueSet):
        SERVICE.codes_of("https://example.org/none")


def test_below_and_above_have_the_code_itself() -> None:
    assert (ACTS, "AMB") in SERVICE.below(ACTS, "_ActEncounterCode")
    assert {(ACTS, "AMB"), (ACTS, "_ActEncounterCode")} <= set(SERVICE.above(ACTS, "AMB"))
    assert SERVICE.below("https://example.org", "x") == [("https://example.org", "x")]


def test_subsumption_of_codings_is_told_or_said_to_be_unknown() -> None:
    above, below = {"system": ACTS, "code": "_ActEncounterCode"}, {"system": ACTS, "code": "AMB"}
    assert SERVICE.subsumes(above, below) is True
    assert SERVICE.subsumes(below, above) is False
    assert SERVICE.subsumes({"system": "x", "code": "1"}, {"system": "x", "code": "2"}) is None


def test_operations_of_fhirpath_answer_with_parameters() -> None:
    found = SERVICE.operation("validateVS", GENDERS, {"system": GENDER, "code": "male"})
    assert found is not None
    assert {"name": "result", "valueBoolean": True} in found["parameter"]
    assert SERVICE.operation("expand", "https://example.org/none") is None


def test_countries_and_currencies_are_known_by_their_codes() -> None:
    known = Coded(SERVICE)
    assert known.display_of("urn:iso:std:iso:3166", "VN") == ["VN"]
    assert known.display_of("urn:iso:std:iso:3166", "XQ") == []
    assert known.member_of("http://hl7.org/fhir/ValueSet/currencies", "urn:iso:std:iso:4217", "VND") is True


def test_the_validator_asks_by_value_set_and_for_all_names() -> None:
    known = Coded(SERVICE)
    assert known.member_of(GENDERS, None, "male") is True
    assert known.member_of(GENDERS, GENDER, "man") is False
    assert known.display_of(GENDER, "male") == ["Male"]
    assert known.display_of("http://snomed.info/sct", "1") is None
    assert known.display_of("http://unitsofmeasure.org", "mmol/L") is None
    assert known.display_of("http://unitsofmeasure.org", "mmmol") == []


def test_validation_of_a_concept_says_what_is_wrong() -> None:
    found = SERVICE.validate_code(GENDERS, {"coding": [{"system": GENDER, "code": "man"}]})
    assert {"name": "result", "valueBoolean": False} in found["parameter"]
    assert SERVICE.display(GENDER, "male") == "Male"
