"""FHIR operations of this service.

FHIR: Patient/$summary
Source: http://hl7.org/fhir/uv/ips/OperationDefinition/summary
"""

from __future__ import annotations

from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call, Operation
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.record import store
from anlanh.services.record.actions import summing_up
from anlanh.services.record.model import NoSuchPerson

DEFINITION = "http://hl7.org/fhir/uv/ips/OperationDefinition/summary"


async def summary(work: Work, record: Record, call: Call) -> Answer:
    """`Patient/[id]/$summary`, or `Patient/$summary?identifier=system|value`: the International Patient Summary.

    Raises:
        NoSuchPerson: there is none, or none that is open to whoever asks.
        BadParameter: asked of no one person.
    """
    patient_id = call.resource_id or await _identified(work, record, call)
    return Answer(json.encode(await summing_up.summarise(work, record, patient_id)))


async def _identified(work: Work, record: Record, call: Call) -> str:
    identifier = call.one("identifier")
    if not identifier or "|" not in identifier:
        raise BadParameter(name="identifier", operation=call.name, why="it is not system|value")
    found = await store.people(work, record, [("identifier", identifier)], 2)
    if len(found) != 1:
        raise NoSuchPerson
    return str(found[0]["id"])


OFFERED = (Operation("summary", summary, ("type", "instance"), DEFINITION, ("Patient",)),)
"""One row for each operation."""
