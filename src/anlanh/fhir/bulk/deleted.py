"""What was deleted since: Bundles of DELETE entries that bring a copy up to date.

FHIR: Bulk Data Access 2.0, deleted
Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg

from anlanh.fhir.bulk import scope
from anlanh.fhir.bulk.asked import Asked
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.sql import Writer
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import UNLIMITED, Sight
from anlanh.fhir.store.sight import rows as rows_of
from anlanh.platform.database import Connection

PAGE = 1000


async def bundles(
    connection: Connection, record: Record, asked: Asked, sight: Sight = UNLIMITED
) -> AsyncIterator[bytes]:
    """Transaction Bundles, each a line, of what was deleted after `_since`, as far as it may be seen.

    For patients and groups the last version before the deletion says in whose compartment the resource was. Queries
    of _typeFilter do not count here.
    """
    types = [record.type_number(each) for each in asked.types]
    patients = await scope.patients_of(connection, asked)
    inside = None if patients is None else {scope.SALT ^ rid_of("Patient", each) for each in patients}
    after = -(2**63)
    writer = Writer(record.type_number, values=[types, asked.since_at, after])
    opened = " or ".join(
        f"(r.type = {record.type_number(e)} and {writer.test(rows_of(sight, 's', e), 'r')})" for e in asked.types
    )
    while rows := await connection.fetch(
        "select r.rid, r.type, r.id, h.content from resource r join history h on h.rid = r.rid and h.version = r.version - 1"
        " where r.deleted and r.type = any($1::smallint[]) and r.updated_at > $2 and r.rid > $3"
        f" and ({opened or 'false'}) order by r.rid limit {PAGE}",
        types, asked.since_at, after, *writer.values[3:],
    ):  # fmt: skip
        after = rows[-1]["rid"]
        entries = [_entry(record, row) for row in rows if asked.level == "system" or _belongs(record, row, inside)]
        if entries:
            yield json.encode({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def _entry(record: Record, row: asyncpg.Record) -> dict[str, object]:
    return {"request": {"method": "DELETE", "url": f"{record.type_names[row['type']]}/{row['id']}"}}


def _belongs(record: Record, row: asyncpg.Record, inside: set[int] | None) -> bool:
    if inside is None and record.type_names[row["type"]] == "Patient":
        return True
    if inside is None:
        return _names_a_patient(row["content"])
    index = record.index(json.decode_fast(row["content"]), row["rid"])
    return scope.SALT ^ row["rid"] in inside or not inside.isdisjoint(index.keys)


def _names_a_patient(content: bytes) -> bool:
    return b'"Patient/' in content
