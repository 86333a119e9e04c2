"""The operations on CodeSystem, ValueSet and ConceptMap, over the packages and what the record holds.

FHIR: $expand, $lookup, $validate-code, $subsumes, $translate, $closure
Source: https://hl7.org/fhir/R4/terminology-service.html
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from anlanh.fhir import terminology
from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, Call, Handler
from anlanh.fhir.store import read, write
from anlanh.fhir.store.record import Record
from anlanh.fhir.terminology.source import Source
from anlanh.fhir.terminology.typeahead import TypeAhead
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work

KINDS = {
    "url": "valueUri", "system": "valueUri", "codingSystem": "valueUri", "target": "valueUri", "source": "valueUri",
    "code": "valueCode", "codeA": "valueCode", "codeB": "valueCode", "displayLanguage": "valueCode", "language": "valueCode",
    "count": "valueInteger", "offset": "valueInteger", "includeDesignations": "valueBoolean", "activeOnly": "valueBoolean",
    "includeDefinition": "valueBoolean", "excludeNested": "valueBoolean", "abstract": "valueBoolean", "reverse": "valueBoolean",
    "excludeNotForUI": "valueBoolean", "excludePostCoordinated": "valueBoolean", "system-version": "valueCanonical",
    "check-system-version": "valueCanonical", "force-system-version": "valueCanonical", "property": "valueCode",
    "designation": "valueString", "valueSet": "valueUri", "targetsystem": "valueUri",
}  # fmt: skip
"""Type of an operation parameter that came in a query, where it is not a string."""


def handler(operation: str, resource_parameter: str) -> Handler:
    """The handler of one operation; at instance level the resource is given by `resource_parameter`."""

    async def handle(work: Work, record: Record, call: Call) -> Answer:
        parameters = [_typed(each) for each in call.parameters]
        own = call.resource(resource_parameter) if call.body is not None else None
        if isinstance(own, dict) and own is call.body:
            parameters.append({"name": resource_parameter, "resource": own})
        if call.resource_id:
            stored = await read.read(work, record, call.resource_type, call.resource_id)
            parameters.append({"name": resource_parameter, "resource": json.decode_fast(stored.content)})
        source = record.conformance.terminology.source
        asked = {"resourceType": "Parameters", "parameter": parameters}
        status, answer = await asyncio.to_thread(
            _answer, source, operation, asked, work.at, f"urn:uuid:{write.new_id()}", call.language
        )
        return Answer(json.encode(answer), status)

    return handle


TYPE_AHEAD = TypeAhead()


def _answer(
    source: Source, operation: str, asked: dict[str, Any], now: datetime, identifier: str, language: str | None
) -> tuple[int, dict[str, Any]]:
    """(HTTP status, resource); large value sets take their time, so this runs beside the loop."""
    if operation == "expand":
        try:
            found = TYPE_AHEAD.answer(source, asked, now=now, identifier=identifier, accept_language=language)
        except Problem as problem:
            return problem.http_status, terminology.outcome(problem)
        if found is not None:
            return 200, found
    return terminology.answer(source, operation, asked, now=now, identifier=identifier, accept_language=language)


def _typed(parameter: dict[str, Any]) -> dict[str, Any]:
    """A query parameter has only text: give it the type the operation defines."""
    name, text = parameter.get("name"), parameter.get("valueString")
    kind = KINDS.get(str(name))
    if kind is None or not isinstance(text, str):
        return parameter
    value: Any = text
    if kind == "valueInteger" and text.lstrip("-").isdigit():
        value = int(text)
    elif kind == "valueBoolean" and text in ("true", "false"):
        value = text == "true"
    return {"name": name, kind: value}
