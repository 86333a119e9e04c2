"""FHIRPath: the path language of FHIR, parsed, checked against the model, compiled and evaluated.

FHIR: FHIRPath 2.0.0 with the additions of FHIR R4
Source: http://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html
"""

from anlanh.fhir.fhirpath.context import Context, Terminology
from anlanh.fhir.fhirpath.evaluate import Compiled, compile
from anlanh.fhir.fhirpath.parser import parse
from anlanh.fhir.fhirpath.problems import FhirPathProblem
from anlanh.fhir.fhirpath.values import Element, Quantity, plain, type_of

__all__ = [
    "Compiled",
    "Context",
    "Element",
    "FhirPathProblem",
    "Quantity",
    "Terminology",
    "compile",
    "parse",
    "plain",
    "type_of",
]
