"""Flat tables from FHIR resources, as ViewDefinitions describe them.

FHIR: SQL on FHIR v2
Source: https://sql-on-fhir.org/ig/
"""

from anlanh.fhir.views.compiled import CompiledView, OutputColumn, compile
from anlanh.fhir.views.problems import NotACriterion, SeveralValues, ViewInvalid

__all__ = ["CompiledView", "NotACriterion", "OutputColumn", "SeveralValues", "ViewInvalid", "compile"]
