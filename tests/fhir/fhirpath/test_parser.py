"""Parsing: what the tree looks like, what a bad expression says, and that nothing else ever happens."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import syntax
from anlanh.fhir.fhirpath.problems import FhirPathProblem, SyntaxProblem, TooCostly

WORDS = st.sampled_from(
    [
        "Patient",
        ".",
        "name",
        "(",
        ")",
        "[",
        "]",
        "'",
        "`",
        "1",
        "1.5",
        "@2015",
        "@T12",
        "and",
        "is",
        "|",
        "%",
        "$this",
        "{",
        "}",
        "//",
        "/*",
        "*/",
        "where",
        "-",
        "\\u00",
        "'a'",
        "div",
        "days",
        ",",
        "as",
        "sort",
        "@2015-02-04T14:34:28Z",
    ]
)


def test_a_path_is_a_chain_of_members() -> None:
    tree = fhirpath.parse("Patient.name.given")
    assert tree == syntax.Member(syntax.Member(syntax.Member(None, "Patient", 0), "name", 8), "given", 13)


def test_multiplication_binds_tighter_than_addition_and_union_tighter_than_comparison() -> None:
    tree = fhirpath.parse("1 + 2 * 3 = 4 | 5")
    assert isinstance(tree, syntax.Binary)
    assert tree.operator == "="
    assert isinstance(tree.left, syntax.Binary)
    assert (tree.left.operator, tree.right.operator) == ("+", "|")  # type: ignore[union-attr]


def test_polarity_binds_looser_than_the_dot() -> None:
    tree = fhirpath.parse("-1.abs()")
    assert isinstance(tree, syntax.Unary)
    assert isinstance(tree.operand, syntax.Call)


def test_a_number_with_a_unit_is_a_quantity() -> None:
    assert fhirpath.parse("4 days") == syntax.QuantityLiteral(4, "days", True, 0)  # type: ignore[arg-type]
    assert fhirpath.parse("4 'mg'") == syntax.QuantityLiteral(4, "mg", False, 0)  # type: ignore[arg-type]


def test_a_fault_is_shown_with_line_column_and_caret() -> None:
    with pytest.raises(SyntaxProblem) as fault:
        fhirpath.parse("Patient.name\n  .where(use = )")
    assert (
        fault.value.text == "FHIRPath did not expect ')' at line 2, column 16:\n    .where(use = )\n                 ^"
    )


@pytest.mark.parametrize(
    "text", ["", "1 +", "a..b", "a.where(", "(a", "'open", "{1}", "%", "a is", "@2015-2-", "a b", "\\"]
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(SyntaxProblem):
        fhirpath.parse(text)


@pytest.mark.parametrize(
    "text", ["(" * 5_000, "-" * 5_000 + "1", "a" + ".a" * 5_000, "1" + " + 1" * 5_000, "a" * 100_000]
)
def test_deep_or_long_expressions_are_refused(text: str) -> None:
    with pytest.raises(TooCostly):
        fhirpath.parse(text)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)))
def test_any_text_parses_or_is_a_problem_soon(text: str) -> None:
    begun = time.perf_counter()
    with contextlib.suppress(FhirPathProblem):
        fhirpath.parse(text)
    assert time.perf_counter() - begun < 1
