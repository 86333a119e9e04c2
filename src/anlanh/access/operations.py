"""FHIR operations of access: opening a record in an emergency, and those of the index of persons.

FHIR: OperationDefinition
Source: docs/access.md
"""

from __future__ import annotations

from anlanh.access.identity import operations as identity
from anlanh.access.relations import emergency
from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call, Operation
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.fhir.vn.systems import BASE
from anlanh.platform.work import Work


async def emergency_access(work: Work, record: Record, call: Call) -> Answer:
    """`POST Patient/[id]/$emergency-access` with `reason`: opens the record for four hours.

    Raises:
        BadParameter, NotInThisRole, SecondFactorNeeded, ReasonNeeded, NotFound: it stays closed.
    """
    reason = call.one("reason")
    if reason is None:
        raise BadParameter(name="reason", operation=call.name, why="it is missing")
    made = await emergency.open_access(work, record, f"Patient/{call.resource_id}", reason)
    parameters = [
        {"name": "id", "valueString": made.id},
        {"name": "until", "valueInstant": instant_text(made.until)},
        {"name": "review-by", "valueInstant": instant_text(made.review_by)},
    ]
    return Answer(json.encode({"resourceType": "Parameters", "parameter": parameters}), 201)


OFFERED = (
    *identity.OFFERED,
    Operation(
        "emergency-access", emergency_access, ("instance",), f"{BASE}OperationDefinition/emergency-access", ("Patient",),
        ("POST",), writes=True,
    ),
)  # fmt: skip
"""One row for each operation."""
