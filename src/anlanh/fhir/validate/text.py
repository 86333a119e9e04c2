"""Resources as they come over the wire: what is wrong with the text itself, before it is a resource.

FHIR: JSON and XML representation
Source: https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/xml.html
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

from anlanh.fhir.model import xml
from anlanh.fhir.validate.issue import Issue

COMMENT: Final = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
"""A string, which is kept, or a comment."""


def read_json(text: str, *, comments: bool = False) -> tuple[dict[str, Any] | None, list[Issue]]:
    """The resource in a JSON text, and what is wrong with the text: syntax, comments, a property given twice.

    None where the text is not a JSON object. With `comments`, those of JavaScript are passed over.
    """
    issues: list[Issue] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = sorted({name for name in names if names.count(name) > 1})
            issues.extend(Issue("property-twice", "", {"name": name}) for name in twice)
        return found

    try:
        text = COMMENT.sub(lambda found: found[1] or " ", text) if comments else text
        value = json.loads(text.lstrip("\ufeff"), object_pairs_hook=once, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return None, [Issue("not-json", "", {"reason": str(error)[:200]})]
    if not isinstance(value, dict):
        return None, [Issue("wrong-root", "", {"found": type(value).__name__})]
    return value, issues


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_xml(data: bytes) -> tuple[dict[str, Any] | None, list[Issue]]:
    """The resource in an XML text, and all elements, attributes and texts that do not belong there."""
    faults: list[xml.XmlFault] = []
    try:
        value = xml.from_xml(data, faults)
    except (xml.XmlUnreadable, xml.XmlTooLarge) as problem:
        return None, [*map(_of_fault, faults), Issue("not-xml", "", {"reason": problem.text})]
    return value, list(map(_of_fault, faults))


def read_ndjson(text: str) -> tuple[list[dict[str, Any]], list[Issue]]:
    """The resources in a text of one JSON object a line; issues name the line."""
    found: list[dict[str, Any]] = []
    issues: list[Issue] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            value, wrong = read_json(line)
            issues.extend(Issue(each.rule, f"line {number}", each.facts) for each in wrong)
            found.extend([value] if value is not None else [])
    return found, issues


def _of_fault(fault: xml.XmlFault) -> Issue:
    return Issue("xml-fault", fault.expression or "", dict(fault.facts))
