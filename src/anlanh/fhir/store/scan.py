"""Reading all resources of a type, page by page in order of key: for views, which look at everything once.

A page is one statement; what is written between two pages may or may not be seen, but no resource is seen twice.

FHIR: SQL on FHIR v2, $viewdefinition-run
Source: https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionRun.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from anlanh.fhir.search.conditions import All, Condition
from anlanh.fhir.search.sql import Writer
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import guard, visible
from anlanh.platform.work import Work

PAGE = 500
EVERYTHING = All(())
SLACK = timedelta(seconds=10)
"""A unit of work takes its instant a moment before its transaction begins, maybe by another clock."""


async def page(
    work: Work, record: Record, resource_type: str, condition: Condition = EVERYTHING, after: int | None = None
) -> list[Stored]:
    """Up to PAGE resources that are not deleted and may be seen, with keys above `after`, in order of key. Fewer: these
    were the last."""
    sight = record.sight(work)
    if not sight.unlimited:
        condition = guard(sight, resource_type, condition)
    writer = Writer(record.type_number)
    tests = [
        f"r.type = {writer.param(record.type_number(resource_type), 'smallint')} and not r.deleted",
        f"r.rid > {writer.param(-(2**63) if after is None else after, 'bigint')}",
    ]
    if condition != EVERYTHING:
        tests.append(writer.where(condition, "r", resource_type))
    rows = await work.connection.fetch(
        f"select r.rid, r.id, r.version, r.updated_at, r.content, r.patients from resource r where {' and '.join(tests)}"
        f" order by r.rid limit {PAGE}",
        *writer.values,
    )
    found = [Stored(resource_type, row[1], row[2], row[3], row[4], rid=row[0], patients=row[5]) for row in rows]
    return await visible(work, record, found)


async def changed(
    work: Work, record: Record, types: Sequence[str], since: datetime | None, after: tuple[datetime, int] | None = None
) -> list[Stored]:
    """Up to PAGE resources of these types written at or after an instant (None: all that are not deleted), deletions
    too, in the order in which they were written, from after (updated_at, rid) on. What may not be seen comes as if
    it were deleted."""
    writer = Writer(record.type_number)
    numbers = [record.type_number(each) for each in types]
    tests = [f"r.type = any({writer.param(numbers, 'smallint[]')})"]
    if since is None:
        tests.append("not r.deleted")
    else:
        tests.append(f"r.updated_at >= {writer.param(since, 'timestamptz')}")
    return await _in_order(work, record, writer, tests, after)


async def of_consenting(
    work: Work,
    record: Record,
    types: Sequence[str],
    since: datetime,
    people: Sequence[int],
    after: tuple[datetime, int] | None = None,
) -> list[Stored]:
    """The same of all resources about these people (keys), and about persons whose consents were written at or after an
    instant: what may be seen of them may be more or less than it was."""
    writer = Writer(record.type_number)
    numbers = writer.param([record.type_number(each) for each in types], "smallint[]")
    moment, consent = writer.param(since, "timestamptz"), record.type_number("Consent")
    tests = [
        f"r.type = any({numbers})",
        f"r.patients && (select coalesce(array_agg(distinct p), '{{}}') || {writer.param(list(people), 'bigint[]')}"
        f" from resource c, unnest(c.patients) p where c.type = {consent} and c.updated_at >= {moment})",
    ]
    return await _in_order(work, record, writer, tests, after)


async def _in_order(
    work: Work, record: Record, writer: Writer, tests: list[str], after: tuple[datetime, int] | None
) -> list[Stored]:
    """Rows in the order in which they were written; what may not be seen comes as if it were deleted."""
    if after is not None:
        at, rid = writer.param(after[0], "timestamptz"), writer.param(after[1], "bigint")
        tests.append(f"(r.updated_at, r.rid) > ({at}, {rid})")
    rows = await work.connection.fetch(
        f"select r.rid, r.type, r.id, r.version, r.updated_at, r.content, r.deleted, r.patients from resource r"
        f" where {' and '.join(tests)} order by r.updated_at, r.rid limit {PAGE}",
        *writer.values,
    )
    found = [Stored(record.type_names[r[1]], r[2], r[3], r[4], r[5], r[6], rid=r[0], patients=r[7]) for r in rows]
    shown = {each.rid: each for each in await visible(work, record, found)}
    return [shown.get(each.rid) or replace(each, content=b"", deleted=True) for each in found]


async def settled(work: Work) -> datetime:
    """An instant before which nothing more will be written: transactions that run now began after it."""
    found = await work.connection.fetchval(
        "select coalesce(min(xact_start), now()) from pg_stat_activity"
        " where datname = current_database() and application_name = 'anlanh' and pid <> pg_backend_pid()"
    )
    assert isinstance(found, datetime)
    return found - SLACK
