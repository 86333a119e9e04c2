"""Reading all resources of a type, page by page in order of key: for views, which look at everything once.

A page is one statement; what is written between two pages may or may not be seen, but no resource is seen twice.

FHIR: SQL on FHIR v2, $viewdefinition-run
Source: https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionRun.html
"""

from __future__ import annotations

from anlanh.fhir.search.conditions import All, Condition
from anlanh.fhir.search.sql import Writer
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

PAGE = 500
EVERYTHING = All(())


async def page(
    work: Work, record: Record, resource_type: str, condition: Condition = EVERYTHING, after: int | None = None
) -> list[Stored]:
    """Up to PAGE resources that are not deleted, with keys above `after`, in order of key. Fewer: these were the last."""
    writer = Writer(record.type_number)
    tests = [
        f"r.type = {writer.param(record.type_number(resource_type), 'smallint')} and not r.deleted",
        f"r.rid > {writer.param(-(2**63) if after is None else after, 'bigint')}",
    ]
    if condition != EVERYTHING:
        tests.append(writer.where(condition, "r", resource_type))
    rows = await work.connection.fetch(
        f"select r.rid, r.id, r.version, r.updated_at, r.content from resource r where {' and '.join(tests)}"
        f" order by r.rid limit {PAGE}",
        *writer.values,
    )
    return [Stored(resource_type, row[1], row[2], row[3], row[4], rid=row[0]) for row in rows]
