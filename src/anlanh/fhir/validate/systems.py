"""Code systems without a list: whether a code has the form that the system gives its codes.

FHIR: Coding.system
Source: https://hl7.org/fhir/R4/terminologies-systems.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from anlanh.kernel import units

UCUM: Final = "http://unitsofmeasure.org"
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*|[xi]-[A-Za-z0-9-]+")
MIME_TYPE: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+*-]+(\s*;\s*[^\s=;]+=[^;]+)*|[a-z]+")

FORMS: Final[dict[str, Callable[[str], object]]] = {
    UCUM: units.validate,
    "urn:ietf:bcp:13": MIME_TYPE.fullmatch,
    "urn:ietf:bcp:47": LANGUAGE.fullmatch,
    "urn:iso:std:iso:3166": re.compile(r"[A-Z]{2}|[A-Z]{3}|[0-9]{3}").fullmatch,
    "urn:iso:std:iso:3166:-2": re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}").fullmatch,
    "urn:iso:std:iso:4217": re.compile(r"[A-Z]{3}").fullmatch,
    "http://unstats.un.org/unsd/methods/m49/m49.htm": re.compile(r"[0-9]{3}").fullmatch,
}
"""System to the test of its form."""


def has_right_form(system: str, code: str) -> bool | None:
    """Whether a code has the form of its system; None where the system is not known by form."""
    test = FORMS.get(system)
    return None if test is None else bool(test(code))
