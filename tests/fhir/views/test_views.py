"""Views beyond the suite: columns with their types, warnings, and what a wrong view says."""

from decimal import Decimal
from typing import Any

import pytest

from anlanh.fhir import views

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o",
    "subject": {"reference": "Patient/p"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}, {"system": "urn:own", "code": "HR"}]},
    "valueQuantity": {"value": Decimal("72.0"), "code": "/min"},
}


def view(*columns: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"name": "pulse", "resource": "Observation", "select": [{"column": list(columns)}], **parts}


def column(name: str, path: str, **parts: Any) -> dict[str, Any]:
    return {"name": name, "path": path, **parts}


def test_columns_have_the_type_of_the_view_or_of_the_model() -> None:
    compiled = views.compile(
        view(
            column("id", "getResourceKey()", type="id"),
            column("issued", "issued"),
            column("rate", "value.ofType(Quantity).value"),
            column("codes", "code.coding.code", collection=True),
            column("found", "code.exists()"),
        )
    )
    assert [(each.name, each.type, each.collection) for each in compiled.columns] == [
        ("id", "id", False),
        ("issued", "instant", False),
        ("rate", "decimal", False),
        ("codes", "code", True),
        ("found", "boolean", False),
    ]
    assert compiled.rows(OBSERVATION) == [("o", None, Decimal("72.0"), ["8867-4", "HR"], True)]


def test_resources_of_another_type_give_no_rows() -> None:
    assert views.compile(view(column("id", "id"))).rows({"resourceType": "Patient", "id": "p"}) == []


def test_keys_join_references_to_resources() -> None:
    compiled = views.compile(
        view(
            column("patient", "subject.getReferenceKey(Patient)"),
            column("group", "subject.getReferenceKey(Group)"),
        )
    )
    assert compiled.rows(OBSERVATION) == [("p", None)]


def test_a_path_beyond_the_model_is_a_warning() -> None:
    compiled = views.compile(view(column("colour", "colour")))
    assert compiled.rows(OBSERVATION) == [(None,)]
    assert compiled.warnings[0].splitlines()[0] == (
        "select[0].column[0] FHIRPath finds no element colour in Observation at line 1, column 1:"
    )


def test_a_column_of_one_value_refuses_several() -> None:
    with pytest.raises(views.SeveralValues, match=r"ViewDefinition pulse: column code found 2 values in one row\."):
        views.compile(view(column("code", "code.coding.code"))).rows(OBSERVATION)


def test_a_where_clause_must_give_a_boolean() -> None:
    with pytest.raises(views.ViewInvalid, match="gives string, not a Boolean"):
        views.compile(view(column("id", "id"), where=[{"path": "code.text"}]))
    with pytest.raises(views.NotACriterion):
        views.compile(view(column("id", "id"), where=[{"path": "iif(id.exists(), 'a')"}])).rows(OBSERVATION)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"resource": "Nothing"}, "resource is 'Nothing', which is no type of resource."),
        ({"select": []}, "select must have at least one entry."),
        ({"select": [{}]}, "select[0] has no column, select or unionAll."),
        ({"select": [{"column": [{"name": "a b", "path": "id"}]}]}, "select[0].column[0] has the name 'a b'"),
        ({"select": [{"column": [{"name": "a", "path": ""}]}]}, "select[0].column[0].path must be a FHIRPath"),
        ({"select": [{"column": [{"name": "a", "path": "id", "type": "text"}]}]}, "type is 'text', which is no FHIR"),
        ({"select": [{"column": [{"name": "a", "path": "id"}, {"name": "a", "path": "id"}]}]}, "two columns"),
        ({"select": [{"forEach": "a", "repeat": ["b"], "column": []}]}, "may have only one of forEach, repeat"),
        ({"select": [{"column": [{"name": "a", "path": "id.nothing()"}]}]}, "does not know the function nothing()"),
        ({"select": [{"column": [{"name": "a", "path": "%b"}]}]}, "does not know the constant %b"),
        ({"constant": [{"name": "b", "valueQuantity": {}}]}, "constant[0] must have one value of a primitive type"),
        ({"where": [{}]}, "where[0].path must be a FHIRPath expression"),
    ],
)
def test_a_wrong_view_says_where(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(views.ViewInvalid) as fault:
        views.compile(view(column("id", "id")) | changed)
    assert message in fault.value.text
