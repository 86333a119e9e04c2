"""Semantic checking: does an expression fit the model, before any data is seen?

FHIR: FHIRPath 2.0.0, type safety and strict evaluation
Source: http://hl7.org/fhirpath/N1/#type-safety-and-strict-evaluation
"""

from __future__ import annotations

from anlanh.fhir.fhirpath.syntax import Node


def check(text: str, tree: Node, focus: str) -> None:
    """Check an expression for a focus of that FHIR type.

    Raises:
        SemanticProblem: an element that the type does not have, or a function given what it cannot take.
    """
