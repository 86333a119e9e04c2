"""Is a resource valid: the quick check of its shape on every write, and the full validation against profiles.

FHIR: validation
Source: https://hl7.org/fhir/R4/validation.html
"""

from anlanh.fhir.validate import packages, text
from anlanh.fhir.validate.issue import Issue, outcome
from anlanh.fhir.validate.run import Options
from anlanh.fhir.validate.structure import structure
from anlanh.fhir.validate.validator import Validator

__all__ = ["Issue", "Options", "Validator", "outcome", "packages", "structure", "text"]
