"""Any expression over any data ends in items or a problem, never in another exception, and soon."""

import contextlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath.functions import FUNCTIONS

NOW = fhirpath.Context(now=datetime(2026, 3, 1, 8, 30, tzinfo=UTC))

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "active": True,
    "name": [{"family": "Nguyễn", "given": ["An", None], "_given": [None, {"id": "g"}]}, {"text": "?"}],
    "birthDate": "1980-02-29",
    "multipleBirthInteger": 2,
    "contact": [{"period": {"start": "2020", "end": "2020-13"}}],
    "extension": [
        {"url": "x", "valueQuantity": {"value": Decimal("1.50"), "code": "mg"}},
        {"url": "y", "valueDecimal": Decimal("1E+60")},
        {"url": "z", "valueQuantity": {"value": 3, "unit": "no unit"}},
    ],
    "nonsense": {"deep": [1, {"a": None}]},
}

LEAVES = st.sampled_from(
    [
        "{}",
        "true",
        "0",
        "-1",
        "7",
        "1.50",
        "0.000000001",
        "99999999999999999999999999999.9",
        "5L",
        "''",
        "'An'",
        "'('",
        "'a1'",
        "@2020",
        "@2020-02-29",
        "@9999-12-31T23:59:59.999Z",
        "@2020T",
        "@T23:59",
        "@0001-01-01",
        "1 year",
        "3 'mg'",
        "2 'kg'",
        "100 'Cel'",
        "1 'nounit'",
        "4 days",
        "1000000 years",
        "$this",
        "$index",
        "$total",
        "%context",
        "%resource",
        "%x",
        "name",
        "name.given",
        "birthDate",
        "extension.value",
        "extension.url",
        "multipleBirth",
        "contact.period",
        "nonsense",
        "Patient",
        "descendants()",
        "children()",
        "now()",
        "today()",
        "timeOfDay()",
        "(1 | 'a' | @2020)",
        "(1|2|3)",
    ]
)
OPERATORS = st.sampled_from(
    [
        "+",
        "-",
        "*",
        "/",
        "div",
        "mod",
        "&",
        "|",
        "=",
        "!=",
        "~",
        "!~",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "contains",
        "and",
        "or",
        "xor",
        "implies",
    ]
)
TYPES = st.sampled_from(
    ["string", "Quantity", "System.Decimal", "FHIR.Patient", "Date", "Nothing", "HumanName", "decimal"]
)
CALLS = st.sampled_from(
    [
        *sorted(FUNCTIONS),
        "where",
        "select",
        "all",
        "exists",
        "repeat",
        "aggregate",
        "iif",
        "sort",
        "trace",
        "coalesce",
        "defineVariable",
        "getResourceKey",
        "getReferenceKey",
    ]
)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.lists(inner, max_size=3).map(", ".join)
    return st.one_of(
        st.tuples(inner, OPERATORS, inner).map(lambda part: f"({part[0]} {part[1]} {part[2]})"),
        st.tuples(inner, CALLS, arguments).map(lambda part: f"({part[0]}).{part[1]}({part[2]})"),
        st.tuples(inner, st.sampled_from(["is", "as"]), TYPES).map(lambda part: f"({part[0]} {part[1]} {part[2]})"),
        st.tuples(inner, TYPES).map(lambda part: f"({part[0]}).ofType({part[1]})"),
        st.tuples(inner, inner).map(lambda part: f"({part[0]})[{part[1]}]"),
        inner.map(lambda part: f"-({part})"),
    )


EXPRESSIONS = st.recursive(LEAVES, grown, max_leaves=6)


@settings(max_examples=1_500, deadline=5_000)
@given(EXPRESSIONS)
def test_every_expression_ends_in_items_or_a_problem(expression: str) -> None:
    with contextlib.suppress(fhirpath.FhirPathProblem):
        found = fhirpath.Compiled(expression, fhirpath.parse(expression))(PATIENT, NOW)
        assert isinstance([fhirpath.plain(item) for item in found], list)


@settings(max_examples=500, deadline=5_000)
@given(EXPRESSIONS)
def test_every_expression_can_be_checked(expression: str) -> None:
    with contextlib.suppress(fhirpath.FhirPathProblem):
        fhirpath.compile(expression, "Patient")
