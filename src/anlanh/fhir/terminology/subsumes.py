"""$subsumes: whether one code of a system is the other, above it, or below it.

FHIR: CodeSystem $subsumes
Source: https://hl7.org/fhir/R4/codesystem-operation-subsumes.html
"""

from __future__ import annotations

from typing import Any

from anlanh.fhir.terminology.concepts import CodeSystemProvider
from anlanh.fhir.terminology.problems import BadRequest, UnknownCode, UnknownSystem
from anlanh.fhir.terminology.request import Options, Request
from anlanh.fhir.terminology.resolver import Resolver
from anlanh.fhir.terminology.source import Source


def subsumes(source: Source, request: Request, options: Options) -> dict[str, Any]:
    """The Parameters with `outcome`: equivalent, subsumes, subsumed-by or not-subsumed.

    Raises:
        BadRequest: two codes of one system are not given.
        UnknownSystem, UnknownCode: they are not there.
    """
    one, other = request.coding("codingA") or {}, request.coding("codingB") or {}
    system = request.system() or one.get("system")
    code_a, code_b = one.get("code") or request.text("codeA"), other.get("code") or request.text("codeB")
    if not system or not code_a or not code_b:
        raise BadRequest(why="Give codeA, codeB and system, or codingA and codingB")
    if other.get("system", system) != system:
        raise BadRequest(why="Only codes of the same system can be compared")
    version = request.text("version") or one.get("version")
    provider = Resolver(source, options).code_system(system, version)
    if provider is None:
        raise UnknownSystem(system=system)
    answer = relation(provider, code_a, code_b)
    return {"resourceType": "Parameters", "parameter": [{"name": "outcome", "valueCode": answer}]}


def relation(provider: CodeSystemProvider, code_a: str, code_b: str) -> str:
    """How A stands to B: equivalent, subsumes, subsumed-by, not-subsumed.

    Raises:
        UnknownCode: one of them is not in the code system.
    """
    a, b = provider.find(code_a), provider.find(code_b)
    if a is None or b is None:
        raise UnknownCode(code=code_b if a else code_a, system=provider.head.get("url", ""))
    if a.code == b.code:
        return "equivalent"
    if b.code in provider.descendants(a.code):
        return "subsumes"
    return "subsumed-by" if a.code in provider.descendants(b.code) else "not-subsumed"
