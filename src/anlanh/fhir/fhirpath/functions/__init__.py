"""The function library of FHIRPath, one module for each section of the specification.

FHIR: FHIRPath 2.0.0, functions; FHIR R4, additional functions
Source: http://hl7.org/fhirpath/N1/#functions, https://hl7.org/fhir/R4/fhirpath.html#functions
"""

from anlanh.fhir.fhirpath.functions import collections, conversion, fhir, maths, text
from anlanh.fhir.fhirpath.functions.registry import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Function", "collections", "conversion", "fhir", "maths", "text"]
