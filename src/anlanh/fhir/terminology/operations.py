"""The terminology operations by name: Parameters in, a resource out.

FHIR: $expand, $validate-code, $lookup, $subsumes, $translate, $batch-validate-code
Source: https://hl7.org/fhir/R4/terminology-service.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlanh.fhir.terminology import expand, lookup, release, shape, subsumes, translate, validate
from anlanh.fhir.terminology.problems import BadRequest, NoSuchOperation, UnknownSystem, outcome
from anlanh.fhir.terminology.request import Options, Request, options
from anlanh.fhir.terminology.resolver import Resolver
from anlanh.fhir.terminology.source import LayeredSource, MemorySource, Source, version_of
from anlanh.kernel.problem import Problem

GIVEN = ("tx-resource", "codeSystem")
"""Parameters whose resources count for the call."""


@dataclass(frozen=True)
class Call:
    """What one call is about, beside its parameters."""

    source: Source
    request: Request
    options: Options
    now: datetime
    identifier: str
    release: str


def operate(
    source: Source,
    name: str,
    parameters: Mapping[str, Any] | None,
    *,
    now: datetime,
    identifier: str,
    accept_language: str | None = None,
    release: str = "4.0",
) -> dict[str, Any]:
    """Carry an operation out.

    `name` is one of OPERATIONS. `now` is an aware instant and `identifier` a URI, both for the expansion. Resources
    given as `tx-resource` count for this call. `release` "5.0" gives properties of expansions as R5 has them.

    Raises:
        Problem: the operation cannot be carried out; `problems.outcome` renders it.
    """
    operation = OPERATIONS.get(name)
    if operation is None:
        raise NoSuchOperation(name=name)
    shape.check(parameters or {}, "Parameters", "Parameters")
    request = Request.of(parameters)
    if given := [each for name in GIVEN for each in request.all(name) if isinstance(each, Mapping)]:
        source = LayeredSource(MemorySource(given), source)
    read = options(request, accept_language)
    return operation(Call(source, request, read, now, identifier, release))


def answer(
    source: Source,
    name: str,
    parameters: Mapping[str, Any] | None,
    *,
    now: datetime,
    identifier: str,
    accept_language: str | None = None,
    release: str = "4.0",
) -> tuple[int, dict[str, Any]]:
    """(HTTP status, resource) of `operate`: an OperationOutcome where it cannot be carried out."""
    try:
        return 200, operate(
            source, name, parameters, now=now, identifier=identifier, accept_language=accept_language, release=release
        )
    except Problem as problem:
        return problem.http_status, outcome(problem)


def _expand(call: Call) -> dict[str, Any]:
    value_set = expand.find_value_set(call.source, call.request, call.options)
    found = expand.expand(call.source, value_set, call.request, call.options, now=call.now, identifier=call.identifier)
    asked = frozenset(str(each) for each in call.request.all("property"))
    return found if call.release == "5.0" else release.as_r4(found, asked)


def _validate(call: Call) -> dict[str, Any]:
    coded = validate.subject(call.request)
    value_set = expand.find_value_set(call.source, call.request, call.options)
    return validate.validate(call.source, value_set, coded, call.request, call.options)


def _validate_in_system(call: Call) -> dict[str, Any]:
    """CodeSystem $validate-code: the code among all codes of the system."""
    given = call.request.one("codeSystem")
    source = call.source
    url = given.get("url") if isinstance(given, Mapping) else call.request.text("url")
    coded = validate.subject(call.request, url)
    system = url or next((each["system"] for each in coded.codings if each.get("system")), None)
    if system is None:
        raise BadRequest(why="Name the code system by url, or give the code a system")
    resolver = Resolver(source, call.options)
    provider = resolver.code_system(system, call.request.text("version"))
    if provider is None:
        known, exact = version_of(source, "CodeSystem", system, None)
        head = source.get("CodeSystem", system, exact) if known else None
        if head is None:
            raise UnknownSystem(system=system)
        return validate.not_usable(coded, head)
    return validate.validate(source, validate.whole_system(provider), coded, call.request, call.options)


def _lookup(call: Call) -> dict[str, Any]:
    return lookup.lookup(call.source, call.request, call.options)


def _subsumes(call: Call) -> dict[str, Any]:
    return subsumes.subsumes(call.source, call.request, call.options)


def _translate(call: Call) -> dict[str, Any]:
    return translate.translate(call.source, call.request, call.release)


def _batch(call: Call) -> dict[str, Any]:
    """Each `validation` with the other parameters of the call added; one that fails does not fail the rest."""
    shared = [each for each in call.request.parameters if each.get("name") not in {"validation", "tx-resource"}]
    results = []
    for each in call.request.all("validation"):
        if not isinstance(each, Mapping):
            raise BadRequest(why="Each validation must be a Parameters resource")
        inner = {"resourceType": "Parameters", "parameter": [*each.get("parameter", ()), *shared]}
        names = {parameter.get("name") for parameter in inner["parameter"]}
        name = "validate-code" if names & {"url", "valueSet"} else "cs-validate-code"
        _, found = answer(call.source, name, inner, now=call.now, identifier=call.identifier, release=call.release)
        results.append({"name": "validation", "resource": found})
    return {"resourceType": "Parameters", "parameter": results}


OPERATIONS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "expand": _expand,
    "validate-code": _validate,
    "cs-validate-code": _validate_in_system,
    "lookup": _lookup,
    "subsumes": _subsumes,
    "translate": _translate,
    "batch-validate-code": _batch,
}
"""By the name of the operation; `cs-validate-code` is $validate-code of CodeSystem."""
