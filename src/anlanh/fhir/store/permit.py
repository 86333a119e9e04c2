"""Whether a write is allowed: the resource as it will be, and as it is. Noted for the audit before it is done.

FHIR: security, access control
Source: https://hl7.org/fhir/R4/security.html
"""

from __future__ import annotations

from anlanh.fhir.search.conditions import EVERYTHING
from anlanh.fhir.search.leaves import Index
from anlanh.fhir.search.sql import Writer
from anlanh.fhir.store.problems import NotFound
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import DEEDS, DOING, Action, Grant, NotAllowed, Sight, note
from anlanh.platform.work import Work


async def write(work: Work, record: Record, resource_type: str, rid: int, index: Index, *, new: bool) -> None:
    """A resource of that index may be written under the key. `new`: nothing is to be there yet.

    Raises:
        NotAllowed: not such a resource, or not over the one that is there.
        NotFound: there is one that may not even be seen.
    """
    sight = record.sight(work)
    if sight.unlimited:
        note(work, sight, "system", resource_type, rid, index.patients, "C" if new else "U")
        return
    action: Action = "c"
    if not new:
        there = await _there(work, sight, "u", resource_type, rid, record)
        action = "c" if there is None else "u"
    grants = sight.grants(action, resource_type)
    writer = Writer(record.type_number)
    row = (
        f"(select {writer.param(rid, 'bigint')} as rid, {writer.param(index.refs + index.keys, 'bigint[]')} as keys,"
        f" {writer.param(index.patients, 'bigint[]')} as patients, {len(index.refs)} as refs,"
        f" {record.type_number(resource_type)} as type, false as deleted) r"
    )
    number = await work.connection.fetchval(
        f"select {writer.first_of([g.rows for g in grants], 'r')} from {row}", *writer.values
    )
    if number is None:
        raise NotAllowed(doing=DOING[action], type=resource_type)
    note(work, sight, grants[number].rule, resource_type, rid, index.patients, DEEDS[action])


async def delete(work: Work, record: Record, resource_type: str, rid: int) -> bool:
    """What is there may be deleted; False: there is nothing.

    Raises:
        NotAllowed: it may be seen, but not deleted. NotFound: it may not be seen.
    """
    sight = record.sight(work)
    found = await _there(work, sight, "d", resource_type, rid, record)
    if found is None:
        return False
    grant, patients = found
    note(work, sight, grant.rule, resource_type, rid, patients, "D")
    return True


async def _there(
    work: Work, sight: Sight, action: Action, resource_type: str, rid: int, record: Record
) -> tuple[Grant, list[int]] | None:
    """What allows the action on the resource that is there, and whose it is; None: there is none."""
    grants, seeing = sight.grants(action, resource_type), sight.grants("r", resource_type)
    writer = Writer(record.type_number)
    may = writer.first_of([grant.rows for grant in grants], "r")
    sees = (
        "true"
        if any(g.rows == EVERYTHING for g in seeing)
        else f"{writer.first_of([g.rows for g in seeing], 'r')} is not null"
    )
    row = await work.connection.fetchrow(
        f"select {may} as may, {sees} as sees, patients, deleted from resource r where rid = {writer.param(rid, 'bigint')}",
        *writer.values,
    )
    if row is None or (row["deleted"] and row["may"] is not None):
        return None
    if row["may"] is not None:
        return grants[row["may"]], row["patients"]
    if row["sees"]:
        raise NotAllowed(doing=DOING[action], type=resource_type)
    raise NotFound(type=resource_type)
