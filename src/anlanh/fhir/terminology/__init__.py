"""Terminology: code systems, value sets and concept maps, and the operations on them, as pure functions over a source.

FHIR: terminology service
Source: https://hl7.org/fhir/R4/terminology-service.html
"""

from anlanh.fhir.terminology.operations import OPERATIONS, answer, operate
from anlanh.fhir.terminology.problems import TerminologyProblem, outcome
from anlanh.fhir.terminology.source import LayeredSource, MemorySource, Source

__all__ = [
    "OPERATIONS",
    "LayeredSource",
    "MemorySource",
    "Source",
    "TerminologyProblem",
    "answer",
    "operate",
    "outcome",
]
