"""What can go wrong with a FHIRPath expression, always with the place it went wrong at.

FHIR: FHIRPath 2.0.0
Source: http://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

from anlanh.kernel.problem import Problem

EXCERPT_WIDTH = 60


class FhirPathProblem(Problem):
    """A FHIRPath expression that cannot be used; `reason` says why, `place` where."""

    issue = "invalid"
    says = "FHIRPath {reason}{place}"
    hint = "Correct the expression at the place shown."

    def __init__(self, reason: str, text: str = "", at: int = -1) -> None:
        self.reason = reason
        self.at = at
        super().__init__(expression=text or None, reason=reason, place=place(text, at))


class SyntaxProblem(FhirPathProblem):
    """The text is not a FHIRPath expression."""


class SemanticProblem(FhirPathProblem):
    """The expression names something that the model or the library does not have."""


class EvaluationProblem(FhirPathProblem):
    """The expression is sound, but not for these values."""

    issue = "processing"
    hint = "Select a single value (first(), where(...)) or convert it before the operation."


class TooCostly(FhirPathProblem):
    """The expression asks for more work than one evaluation may do."""

    issue = "too-costly"
    hint = "Split the expression, or narrow the collection it runs over."


def place(text: str, at: int) -> str:
    """Line, column and a caret excerpt for offset `at` of `text`; empty when the place is not known."""
    if at < 0 or not text:
        return "."
    at = min(at, len(text))
    line_start = text.rfind("\n", 0, at) + 1
    line_end = text.find("\n", at)
    line = text[line_start : line_end if line_end >= 0 else len(text)].replace("\t", " ")
    column = at - line_start
    left = max(0, column - EXCERPT_WIDTH // 2)
    excerpt = line[left : left + EXCERPT_WIDTH]
    return f" at line {text.count(chr(10), 0, at) + 1}, column {column + 1}:\n  {excerpt}\n  {' ' * (column - left)}^"
