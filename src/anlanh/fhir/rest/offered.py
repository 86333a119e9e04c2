"""All operations this server offers; routes and the CapabilityStatement are made of them.

FHIR: OperationDefinition
Source: https://hl7.org/fhir/R4/operationslist.html
"""

from __future__ import annotations

from anlanh.fhir.operations import table, view_run
from anlanh.fhir.operations.call import Operation
from anlanh.fhir.rest import bulk, subscriptions

OFFERED: tuple[Operation, ...] = (*table.OFFERED, *bulk.OFFERED, *subscriptions.OFFERED, *view_run.OFFERED)

OWN_MEDIA = frozenset(f"${each.name}" for each in OFFERED if each.own_media)
"""Last part of the addresses that answer in formats of their own."""


def find(name: str, level: str, resource_type: str | None, more: tuple[Operation, ...] = ()) -> Operation | None:
    """The operation of that name at that level for that type, among these and `more` of the floors above."""
    return table.find((*OFFERED, *more), name, level, resource_type)
