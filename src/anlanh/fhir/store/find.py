"""Running a search: strings looked up, the page fetched, totals counted.

FHIR: search, _total, _list
Source: https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import typing
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from operator import is_

import asyncpg

from anlanh.fhir.model import json
from anlanh.fhir.search import page, sql
from anlanh.fhir.search.conditions import (
    EVERYTHING,
    All,
    Any,
    Column,
    Condition,
    HasKey,
    Not,
    ReferredBy,
    RefersTo,
    Text,
    goes_by_keys,
    is_narrow,
    person_of,
)
from anlanh.fhir.search.criteria import Criteria
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.query import Query
from anlanh.fhir.store import including, read
from anlanh.fhir.store.read import Stored, stored_of
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import PLAIN, PROBABLY, Asked, Grant, Sight, choose, exactly, guard, show_all, visible
from anlanh.platform.work import Work

FEW = 500
"""Resources at the other end of a chain whose keys are written into the query."""

SPARE = 4
"""So many rows are fetched beyond a page, for those of it that may turn out to be hidden."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: matches in order, what they include, the cursor of the next page, and the total when known."""

    matches: list[Stored]
    included: list[Stored]
    next: str | None
    total: int | None


async def find(work: Work, record: Record, criteria: Criteria, query: Query) -> Page:
    """The page that `query` asks for.

    Raises:
        TooMuch: strings, codes or includes beyond what one search may cost.
        BadCursor: a page link this server did not make.
    """
    sight = record.sight(work)
    if query.list_id is not None:
        query = await _within_list(work, record, query)
    if _is_plain(sight, criteria, query):
        fetched = await _plain(work, record, criteria, query, sight)
        if fetched is not None:
            return await _page(work, record, criteria, sight, fetched)
    query = _guarded(sight, criteria, query)
    found = await _look_up(work, query.conditions.values())
    query = await _settled(work, record, query, found)
    if query.summary == "count" or query.count == 0:
        return Page([], [], None, await _count(work, record, query, found))
    alone = len(query.types) == 1 and len(sight.grants("s", query.types[0])) > 1
    asked = record.asking(sight, query.types[0], "s", first=1) if alone else PLAIN
    return await _page(
        work, record, criteria, sight, await _fetched(work, record, criteria, query, found, sight, asked)
    )


@dataclass(frozen=True, slots=True)
class _Fetched:
    """Rows in order, one or a few more than a page has if there are more; how many sort values each has, and for which reason
    it may be seen: None for none; of several types that is asked later."""

    query: Query
    found: sql.Found
    rows: list[asyncpg.Record]
    sorts: int
    granted: list[Grant | None]

    @property
    def more(self) -> bool:
        return len(self.rows) > self.query.count


def _is_plain(sight: Sight, criteria: Criteria, query: Query) -> bool:
    """Whether it is worth while to search first and then ask whether all that was found may be seen: it goes by keys,
    through no chain, counts nothing, and orders by nothing that is masked."""
    if sight.unlimited or len(query.types) != 1 or query.total != "none" or query.summary == "count" or not query.count:
        return False
    resource_type = query.types[0]
    condition = query.conditions[resource_type]
    sorts = [criteria.parameter(resource_type, key.code) for key in query.sort]
    return (
        goes_by_keys(condition)
        and bool(sight.grants("s", resource_type))
        and all(criteria.among_searchable(each, EVERYTHING) is EVERYTHING for each in sorts)
    )


async def _plain(work: Work, record: Record, criteria: Criteria, query: Query, sight: Sight) -> _Fetched | None:
    """What is found when the search is not limited to what may be seen; None when too little of it may be."""
    found = await _look_up(work, query.conditions.values())
    query = await _settled(work, record, query, found)
    resource_type = query.types[0]
    condition = query.conditions[resource_type]
    asked = _surely(record, sight, resource_type, condition) if is_narrow(condition) else None
    fetched = await _fetched(work, record, criteria, query, found, sight, asked, SPARE)
    unsaid = [row[0] for row, grant in zip(fetched.rows, fetched.granted, strict=True) if grant is None]
    if not unsaid:
        return fetched
    chosen = {} if asked is None else await exactly(work, record, sight, resource_type, unsaid, "s")
    granted = [grant or chosen.get(row[0]) for row, grant in zip(fetched.rows, fetched.granted, strict=True)]
    rows = [row for row, grant in zip(fetched.rows, granted, strict=True) if grant is not None]
    if len(rows) <= query.count and len(granted) == query.count + 1 + SPARE:
        return None
    return replace(fetched, rows=rows, granted=[grant for grant in granted if grant is not None])


def _surely(record: Record, sight: Sight, resource_type: str, condition: Condition) -> Asked:
    """How to ask quickly: most often all are about one person, of whom nothing is hidden, and may be seen for one reason."""
    person = person_of(condition)
    if person is None:
        return record.asking(sight, resource_type, "s", first=1, person=PROBABLY)
    asked = record.asking(sight, resource_type, "s", first=2, person="$1::bigint")
    return Asked(asked.choice, (person, *asked.values)) if asked.choice else asked


async def _fetched(
    work: Work,
    record: Record,
    criteria: Criteria,
    query: Query,
    found: sql.Found,
    sight: Sight,
    asked: Asked | None,
    spare: int = 0,
) -> _Fetched:
    """The rows, and the reasons: as `asked` says with the row, or, when that is None, by another statement."""
    rows, sorts = await _rows(work, record, criteria, query, found, asked or PLAIN, query.count + 1 + spare)
    if len(query.types) > 1:
        return _Fetched(query, found, rows, sorts, [])
    grants = sight.grants("s", query.types[0])
    if asked is None:
        chosen = await choose(work, record, sight, query.types[0], [row[0] for row in rows], "s")
        granted = [chosen.get(row[0]) for row in rows]
    elif asked.choice:
        granted = [None if (number := row[-1]) is None else grants[number] for row in rows]
    else:
        granted = [grants[0] for _ in rows]
    return _Fetched(query, found, rows, sorts, granted)


async def _page(work: Work, record: Record, criteria: Criteria, sight: Sight, fetched: _Fetched) -> Page:
    """The page of what was fetched, with what it includes, and its total."""
    query, rows = fetched.query, fetched.rows
    if len(query.types) > 1:
        rows = rows[: query.count]
        stored = [stored_of(record, row) for row in rows]
        matches = await visible(work, record, stored)
    else:
        seen = [each for each in zip(fetched.granted, rows, strict=True) if each[0] is not None][: query.count]
        rows = [row for _, row in seen]
        stored = [stored_of(record, row) for row in rows]
        matches = show_all(work, sight, [grant for grant, _ in seen if grant is not None], stored)
    total = len(rows) if not fetched.more and query.cursor is None else None
    if total is None and query.total == "accurate":
        total = await _count(work, record, query, fetched.found)
    elif total is None and query.total == "estimate":
        total = await _estimate(work, record, query, fetched.found)
    following = record.cursors.close(_values(rows[-1], fetched.sorts), rows[-1]["rid"]) if fetched.more else None
    included = []
    if query.includes:
        contents = {each.rid: each.content for each in stored}
        whole = [each for each in matches if each.content is contents[each.rid]]
        included = await including.included(work, record, criteria, query.includes, whole)
    return Page(matches, included, following, total)


def _guarded(sight: Sight, criteria: Criteria, query: Query) -> Query:
    """The query on rows that the reader may see, and may order by the keys asked for."""
    if sight.unlimited:
        return query
    conditions = {each: guard(sight, each, condition) for each, condition in query.conditions.items()}
    for key in query.sort:
        for each, condition in conditions.items():
            conditions[each] = criteria.among_searchable(criteria.parameter(each, key.code), condition)
    return replace(query, conditions=conditions)


async def rids(work: Work, record: Record, query: Query, limit: int) -> list[int]:
    """Keys of at most `limit` matches, in no particular order but the same each time."""
    query = _guarded(record.sight(work), record.criteria(sight=record.sight(work)), query)
    found = await _look_up(work, query.conditions.values())
    query = await _settled(work, record, query, found)
    writer = sql.Writer(record.type_number, found)
    statement = page.rid_statement(query, writer, limit)
    return [row[0] for row in await work.by_values(statement.sql, *statement.values)]


async def _look_up(work: Work, conditions: Iterable[Condition]) -> sql.Found:
    found: sql.Found = {}
    for condition in conditions:
        for lookup in sql.lookups(condition):
            if lookup not in found:
                text, values = sql.lookup_sql(lookup)
                found[lookup] = [(row[0], row[1]) for row in await work.by_key(text, *values)]
    return found


async def _settled(work: Work, record: Record, query: Query, found: sql.Found) -> Query:
    """The query with its strings as keys and its chains followed, from the innermost out: where few resources meet a
    chain's condition, their keys take its place; where many do, that is noted, so that the SQL starts at the other end."""
    if not all(map(is_narrow, query.conditions.values())):
        await record.frequencies.refresh(work)
    conditions = {each: await _settle(work, record, condition, found) for each, condition in query.conditions.items()}
    unchanged = all(condition is query.conditions[each] for each, condition in conditions.items())
    return query if unchanged else replace(query, conditions=conditions)


async def _settle(work: Work, record: Record, condition: Condition, found: sql.Found) -> Condition:
    match condition:
        case All(of):
            parts = [await _settle(work, record, each, found) for each in of]
            return condition if all(map(is_, parts, of)) else All(tuple(parts))
        case Any(of):
            return Any(tuple([await _settle(work, record, each, found) for each in of]))
        case HasKey(narrow=False):
            return _as_counted(record, condition)
        case Text():
            words = sql.Writer(record.type_number, found).keys_of(condition)
            return All(tuple(_as_counted(record, word) for word in words))
        case Not(inner):
            return Not(await _settle(work, record, inner, found))
        case RefersTo(salts, target, inner):
            inner = await _settle(work, record, inner, found)
            rows = await _few(work, record, "t.rid", target, inner, found)
            if rows is None:
                return RefersTo(salts, target, inner, many=True)
            return HasKey(tuple(salt ^ row[0] for row in rows for salt in salts))
        case ReferredBy(salts, source, inner):
            inner = await _settle(work, record, inner, found)
            rows = await _few(work, record, "t.keys[1:t.refs]", source, inner, found)
            if rows is None:
                return ReferredBy(salts, source, inner, many=True)
            return Column("rid", "=", tuple({key ^ salt for row in rows for key in row[0] for salt in salts}))
        case _:
            return condition


def _as_counted(record: Record, condition: HasKey) -> HasKey:
    return HasKey(condition.keys, narrow=True) if record.frequencies.are_few(condition.keys) else condition


async def _few(
    work: Work, record: Record, column: str, resource_type: str, condition: Condition, found: sql.Found
) -> list[asyncpg.Record] | None:
    """That column of the resources of a type that meet the condition, if they are few."""
    writer = sql.Writer(record.type_number, found)
    where = writer.where(condition, "t", resource_type)
    statement = f"select {column} from resource t where {where} limit {FEW + 1}"
    rows = await work.by_values(statement, *writer.values)
    return rows if len(rows) <= FEW else None


async def _rows(
    work: Work, record: Record, criteria: Criteria, query: Query, found: sql.Found, asked: Asked, limit: int
) -> tuple[list[asyncpg.Record], int]:
    walk = page.walk(criteria, query, _writer(record, asked, found), limit, asked.choice)
    if walk is not None:
        rows = await work.by_values(walk.sql, *walk.values)
        if len(rows) == limit or query.conditions[query.types[0]] != All(()):
            return rows, 1
        rest = replace(query, cursor=record.cursors.close([None], _before_all(query)))
        return rows + await _without_value(work, record, criteria, rest, found, asked, limit - len(rows)), 1
    statement = page.statement(criteria, query, _writer(record, asked, found), limit, asked.choice)
    fetch = work.by_key if all(map(is_narrow, query.conditions.values())) else work.by_values
    return await fetch(statement.sql, *statement.values), statement.sorts


def _writer(record: Record, asked: Asked, found: sql.Found) -> sql.Writer:
    return sql.Writer(record.type_number, found, list(asked.values))


def _before_all(query: Query) -> int:
    return 2**63 - 1 if query.sort[0].descending else -(2**63)


async def _without_value(
    work: Work, record: Record, criteria: Criteria, query: Query, found: sql.Found, asked: Asked, limit: int
) -> list[asyncpg.Record]:
    statement = page.statement(criteria, query, _writer(record, asked, found), limit, asked.choice)
    return await work.by_values(statement.sql, *statement.values)


def _values(row: asyncpg.Record, sorts: int) -> list[typing.Any]:
    values = [row[f"s{at}"] for at in range(sorts)]
    return [value.isoformat() if isinstance(value, datetime) else value for value in values]


async def _count(work: Work, record: Record, query: Query, found: sql.Found) -> int:
    statement = page.count_statement(query, sql.Writer(record.type_number, found))
    return int((await work.by_values(statement.sql, *statement.values))[0][0])


async def _estimate(work: Work, record: Record, query: Query, found: sql.Found) -> int:
    """How many rows the planner expects: no row is touched."""
    writer = sql.Writer(record.type_number, found)
    statement = page.count_statement(query, writer)
    plan = await work.connection.fetchval(
        "explain (format json) " + statement.sql.replace("select count(*)", "select 1", 1), *statement.values
    )
    return int(json.decode_fast(plan)[0]["Plan"]["Plan Rows"])


async def _within_list(work: Work, record: Record, query: Query) -> Query:
    rid = rid_of("List", query.list_id or "")
    found = (await read.current(work, record, [rid])).get(rid)
    entries = json.decode_fast(found.content).get("entry", ()) if found else ()
    references = [entry.get("item", {}).get("reference", "") for entry in entries if not entry.get("deleted")]
    members = tuple(rid_of(*r.split("/")[:2]) for r in references if r.count("/") >= 1 and ":" not in r)
    inside = Column("rid", "=", members)
    return replace(query, conditions={each: All((inside, c)) for each, c in query.conditions.items()})


__all__ = ["Page", "find", "rids"]
