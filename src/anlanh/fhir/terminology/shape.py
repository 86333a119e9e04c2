"""The shape of what a client sends: objects, arrays and values where FHIR has them, so that nothing below has to ask.

Only the shape is checked, and that codes are there; what is not known in R4 (parts of R5) is let through.

FHIR: JSON representation
Source: https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from anlanh.fhir.model import definitions
from anlanh.fhir.terminology.problems import BadRequest

DEEPEST = 64
KINDS: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "positiveInt": (int,),
    "unsignedInt": (int,),
    "decimal": (int, float, Decimal),
}
"""Python types of the primitives that are no text."""


def check(value: Any, type_name: str, path: str, depth: int = 0) -> None:
    """See that a value has the shape of a type.

    Raises:
        BadRequest: it has not.
    """
    if not isinstance(value, dict):
        raise BadRequest(why=f"{path} must be an object", expression=path)
    if depth > DEEPEST:
        raise BadRequest(why=f"{path} is nested too deeply", expression=path)
    known = definitions.load().types.get(type_name)
    for name, found in value.items():
        if known is None or name not in known.properties:
            continue
        element, code = known.properties[name]
        at = f"{path}.{name}"
        if element.max == 1:
            _check_one(found, code, at, depth)
            continue
        if not isinstance(found, list):
            raise BadRequest(why=f"{at} must be an array", expression=at)
        for number, each in enumerate(found):
            _check_one(each, code, f"{at}[{number}]", depth)
    element_of_code = known.properties.get("code") if known else None
    if element_of_code and element_of_code[0].min > 0 and element_of_code[1] == "code" and "code" not in value:
        raise BadRequest(why=f"{path} has no code", expression=path)


def _check_one(value: Any, code: str, path: str, depth: int) -> None:
    kind = definitions.load().types.get(code)
    if kind is not None and kind.kind == "primitive-type":
        _check_primitive(value, code, path)
        return
    type_name = value.get("resourceType", code) if isinstance(value, dict) else code
    if not isinstance(type_name, str):
        raise BadRequest(why=f"{path}.resourceType must be a name", expression=path)
    check(value, type_name, path, depth + 1)


def _check_primitive(value: Any, code: str, path: str) -> None:
    wanted = KINDS.get(code, (str,))
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise BadRequest(why=f"{path} must be of type {code}", expression=path)
