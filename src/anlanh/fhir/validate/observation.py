"""Observations of vital signs: whoever uses one of the magic codes follows the profile that goes with it.

FHIR: Vital signs profiles
Source: https://hl7.org/fhir/R4/observation-vitalsigns.html
"""

from __future__ import annotations

from typing import Any, Final

from anlanh.fhir.validate.items import Item
from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import Run, Scope

LOINC: Final = "http://loinc.org"
CORE: Final = "http://hl7.org/fhir/StructureDefinition/"
PROFILES: Final = {
    "85353-1": "vitalspanel",
    "9279-1": "resprate",
    "8867-4": "heartrate",
    "2708-6": "oxygensat",
    "8310-5": "bodytemp",
    "8302-2": "bodyheight",
    "9843-4": "headcircum",
    "29463-7": "bodyweight",
    "39156-5": "bmi",
    "85354-9": "bp",
}
"""LOINC code to profile, as the table of vital signs has them."""


def check(scope: Scope, run: Run, profiles: Profiles) -> None:
    """An Observation with a magic code against its profile, unless it claims a profile of its own."""
    meta = scope.resource.get("meta")
    if isinstance(meta, dict) and meta.get("profile"):
        return
    code = scope.resource.get("code")
    for coding in code.get("coding") or () if isinstance(code, dict) else ():
        name = PROFILES.get(_loinc(coding))
        if name is not None:
            profiles.check(Item(scope.resource, None, "Observation", scope.path), CORE + name, scope)


def _loinc(coding: Any) -> str:
    ours = isinstance(coding, dict) and coding.get("system") == LOINC
    return str(coding.get("code")) if ours else ""
