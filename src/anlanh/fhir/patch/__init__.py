"""Changing part of a resource: FHIRPath Patch and JSON Patch. Both give a new resource and leave the old one alone.

FHIR: patch interaction
Source: https://hl7.org/fhir/R4/http.html#patch
"""

from anlanh.fhir.patch.fhirpath_patch import fhirpath_patch
from anlanh.fhir.patch.json_patch import json_patch
from anlanh.fhir.patch.problems import PatchInvalid, PatchNotApplicable, PatchTestFailed

__all__ = ["PatchInvalid", "PatchNotApplicable", "PatchTestFailed", "fhirpath_patch", "json_patch"]
