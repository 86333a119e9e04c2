"""The rules of single resource types, by the name of the type.

FHIR: resource types
Source: https://hl7.org/fhir/R4/resourcelist.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anlanh.fhir.validate import bundle, conformance, measure_report, observation, questionnaire, response
from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import Run, Scope

CHECKS: Final[dict[str, tuple[Callable[[Scope, Run, Profiles], None], ...]]] = {
    "Bundle": (bundle.check,),
    "MeasureReport": (measure_report.check,),
    "Observation": (observation.check,),
    "Questionnaire": (questionnaire.check,),
    "QuestionnaireResponse": (response.check,),
    "CodeSystem": (conformance.check_publication,),
    "SearchParameter": (conformance.check_search_parameter,),
    "StructureDefinition": (conformance.check_structure_definition, conformance.check_publication),
    "ValueSet": (conformance.check_value_set, conformance.check_publication),
}


def check(scope: Scope, run: Run, profiles: Profiles) -> None:
    """Apply the rules of the type of a resource."""
    for each in CHECKS.get(str(scope.resource.get("resourceType")), ()):
        each(scope, run, profiles)
