"""Whatever JSON or XML comes in, validation answers with issues, never with a crash."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from anlanh.fhir.model import definitions, xml
from anlanh.fhir.validate import Validator, outcome, structure
from anlanh.kernel.problem import Problem

TYPES = [
    "Patient",
    "Observation",
    "Bundle",
    "Questionnaire",
    "QuestionnaireResponse",
    "ValueSet",
    "StructureDefinition",
]
NAMES = sorted(
    {
        name
        for type_name, known in definitions.load().types.items()
        if type_name.partition(".")[0]
        in {*TYPES, "HumanName", "Extension", "Reference", "Coding", "Quantity", "Element"}
        for name in known.properties
    }
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["#a", "Patient/1", "http://a.example/b", "2020-02-30", "urn:uuid:x", "<div/>"]),
)
KEYS = st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES).map("_{}".format), st.just("resourceType"))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=25,
)
RESOURCES = st.builds(
    lambda name, properties: {**properties, "resourceType": name}, st.sampled_from(TYPES), st.dictionaries(KEYS, VALUES)
)


@cache
def validator() -> Validator:
    return Validator(definitions.load())


@given(VALUES)
def test_any_json_has_a_verdict(value: Any) -> None:
    assert isinstance(structure(value), list)


@settings(deadline=None, max_examples=300)
@given(RESOURCES)
def test_any_resource_has_a_verdict_that_is_a_right_outcome(resource: dict[str, Any]) -> None:
    assert structure(outcome(validator().validate(resource))) == []


@given(RESOURCES)
def test_any_resource_is_written_as_xml_or_is_a_problem(resource: dict[str, Any]) -> None:
    written = _written(resource)
    assert written == b"" or xml.to_xml(xml.from_xml(written, [])) != b""


def _written(resource: dict[str, Any]) -> bytes:
    try:
        return xml.to_xml(resource)
    except Problem:
        return b""


@given(st.binary(max_size=60))
def test_any_bytes_are_xml_or_a_problem(data: bytes) -> None:
    assert _read(data) is None
    assert isinstance(_read(b'<Patient xmlns="http://hl7.org/fhir">' + data + b"</Patient>"), dict | None)


def _read(data: bytes) -> dict[str, Any] | None:
    try:
        return xml.from_xml(data)
    except Problem:
        return None
