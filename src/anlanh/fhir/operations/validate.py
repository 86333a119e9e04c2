"""`$validate`: whether a resource may be created, updated or deleted, and all that is wrong with it.

FHIR: Resource/$validate
Source: https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from __future__ import annotations

from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call
from anlanh.fhir.store import read, validating
from anlanh.fhir.store.record import Record
from anlanh.fhir.validate.issue import outcome
from anlanh.platform.work import Work

MODES = ("create", "update", "delete", "profile")


async def validate(work: Work, record: Record, call: Call) -> Answer:
    """An OperationOutcome; 200 whether or not the resource is valid, for the question was answered.

    Raises:
        BadParameter: no resource, or a mode that does not exist.
        NotFound: of a resource in the record that is to be validated by its address.
    """
    mode = call.one("mode") or ("update" if call.resource_id else "create")
    if mode not in MODES:
        raise BadParameter(name="mode", operation=call.name, why=f"it is one of {', '.join(MODES)}")
    resource = call.resource("resource")
    if call.resource_id and (resource is None or mode == "delete"):
        stored = await read.read(work, record, call.resource_type, call.resource_id)
        resource = json.decode_fast(stored.content)
    if mode == "delete":
        return Answer(json.encode(outcome([])))
    if resource is None:
        raise BadParameter(name="resource", operation=call.name, why="it is missing")
    if isinstance(resource, dict) and resource.get("resourceType") != call.resource_type:
        raise BadParameter(name="resource", operation=call.name, why=f"it is not a {call.resource_type}")
    if mode == "update" and call.resource_id and resource.get("id") != call.resource_id:
        raise BadParameter(name="resource", operation=call.name, why="its id is not the one in the address")
    return Answer(json.encode(outcome(await validating.validate(work, record, resource, call.one("profile")))))
