"""Importers of catalogues: tables, CodeSystem resources and packages become code systems, bad lines become a report.

FHIR: CodeSystem
Source: https://hl7.org/fhir/R4/codesystem.html
"""

from anlanh.fhir.terminology.imports.catalogue import Catalogue, Level, Property
from anlanh.fhir.terminology.imports.load import Progress, Reject, Report, load
from anlanh.fhir.terminology.imports.sink import MemorySink, Sink

__all__ = ["Catalogue", "Level", "MemorySink", "Progress", "Property", "Reject", "Report", "Sink", "load"]
