"""Running a search: strings looked up, the page fetched, totals counted, includes followed.

FHIR: search, _include, _revinclude, _total, _list
Source: https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

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
)
from anlanh.fhir.search.criteria import Criteria
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.problems import TooMuch
from anlanh.fhir.search.query import Include, Query
from anlanh.fhir.store import read
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import Grant, Sight, choose, guard, show, visible
from anlanh.platform.work import Work

_REFERENCE = re.compile(rb'"reference":"([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})[/"]')

FEW = 500
"""Resources at the other end of a chain whose keys are written into the query."""

MOST_INCLUDED = 5000
MOST_ROUNDS = 10


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
        page_ = await _page(work, record, criteria, query, sight, guarded=False)
        if page_ is not None:
            return page_
    guarded = await _page(work, record, criteria, _guarded(record, sight, criteria, query), sight, guarded=True)
    assert guarded is not None
    return guarded


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
        and all(criteria.among_searchable(each, EVERYTHING) == EVERYTHING for each in sorts)
    )


async def _page(
    work: Work, record: Record, criteria: Criteria, query: Query, sight: Sight, *, guarded: bool
) -> Page | None:
    """The page; when the query is not guarded, None as soon as it found what may not be seen."""
    found = await _look_up(work, query.conditions.values())
    query = await _settled(work, record, query, found)
    if query.summary == "count" or query.count == 0:
        return Page([], [], None, await _count(work, record, query, found))
    asked_here = not guarded and is_narrow(query.conditions[query.types[0]])
    if asked_here:
        query = _choosing(record, sight, query)
    rows, sorts = await _rows(work, record, criteria, query, found)
    more = len(rows) > query.count
    if len(query.types) > 1 and not sight.unlimited:
        rows = rows[: query.count]
        stored = [_stored(record, row) for row in rows]
        matches = await visible(work, record, stored)
    else:
        granted = await _granted(work, record, sight, query, rows, by_choice=guarded or asked_here)
        if more and None in granted:
            return None
        seen = [(grant, row) for grant, row in zip(granted, rows, strict=True) if grant is not None][: query.count]
        rows = [row for _, row in seen]
        stored = [_stored(record, row) for row in rows]
        matches = [show(work, sight, grant, each) for (grant, _), each in zip(seen, stored, strict=True)]
    total = len(rows) if not more and query.cursor is None else None
    if total is None and query.total == "accurate":
        total = await _count(work, record, query, found)
    elif total is None and query.total == "estimate":
        total = await _estimate(work, record, query, found)
    following = page.encode(_values(rows[-1], sorts), rows[-1]["rid"]) if more else None
    included = []
    if query.includes:
        contents = {each.rid: each.content for each in stored}
        whole = [each for each in matches if each.content is contents[each.rid]]
        included = await _included(work, record, criteria, query.includes, whole)
    return Page(matches, included, following, total)


def _guarded(record: Record, sight: Sight, criteria: Criteria, query: Query) -> Query:
    """The query on rows that the reader may see, and may order by the keys asked for."""
    if sight.unlimited:
        return query
    conditions = {each: guard(sight, each, condition) for each, condition in query.conditions.items()}
    for key in query.sort:
        for each, condition in conditions.items():
            conditions[each] = criteria.among_searchable(criteria.parameter(each, key.code), condition)
    query = replace(query, conditions=conditions)
    alone = len(query.types) == 1 and len(sight.grants("s", query.types[0])) > 1
    return _choosing(record, sight, query) if alone else query


def _choosing(record: Record, sight: Sight, query: Query) -> Query:
    """The query with a column that says which grant shows the row."""
    asked = record.asking(sight, query.types[0], "s", first=1)
    return replace(query, choice=asked.choice, choice_values=asked.values)


async def _granted(
    work: Work, record: Record, sight: Sight, query: Query, rows: list[asyncpg.Record], *, by_choice: bool
) -> list[Grant | None]:
    """For which reason each row may be seen; None: for none."""
    grants = sight.grants("s", query.types[0])
    if query.choice:
        return [None if (number := row["choice"]) is None else grants[number] for row in rows]
    if by_choice:
        return [grants[0] for _ in rows]
    chosen = await choose(work, record, sight, query.types[0], [row[0] for row in rows], "s")
    return [chosen.get(row[0]) for row in rows]


async def rids(work: Work, record: Record, query: Query, limit: int) -> list[int]:
    """Keys of at most `limit` matches, in no particular order but the same each time."""
    query = _guarded(record, record.sight(work), record.criteria(sight=record.sight(work)), query)
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
                found[lookup] = [(row[0], row[1]) for row in await work.by_values(text, *values)]
    return found


async def _settled(work: Work, record: Record, query: Query, found: sql.Found) -> Query:
    """The query with its strings as keys and its chains followed, from the innermost out: where few resources meet a
    chain's condition, their keys take its place; where many do, that is noted, so that the SQL starts at the other end."""
    conditions = {each: await _settle(work, record, condition, found) for each, condition in query.conditions.items()}
    return replace(query, conditions=conditions)


async def _settle(work: Work, record: Record, condition: Condition, found: sql.Found) -> Condition:
    match condition:
        case All(of):
            return All(tuple([await _settle(work, record, each, found) for each in of]))
        case Any(of):
            return Any(tuple([await _settle(work, record, each, found) for each in of]))
        case Text():
            return All(tuple(sql.Writer(record.type_number, found).keys_of(condition)))
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
    work: Work, record: Record, criteria: Criteria, query: Query, found: sql.Found
) -> tuple[list[asyncpg.Record], int]:
    limit = query.count + 1
    walk = page.walk(criteria, query, _writer(record, query, found), limit)
    if walk is not None:
        rows = await work.by_values(walk.sql, *walk.values)
        if len(rows) == limit or query.conditions[query.types[0]] != All(()):
            return rows, 1
        rest = replace(query, cursor=page.encode([None], _before_all(query)), count=query.count - len(rows))
        return rows + await _without_value(work, record, criteria, rest, found), 1
    statement = page.statement(criteria, query, _writer(record, query, found), limit)
    fetch = work.by_key if all(map(is_narrow, query.conditions.values())) else work.by_values
    return await fetch(statement.sql, *statement.values), statement.sorts


def _writer(record: Record, query: Query, found: sql.Found) -> sql.Writer:
    return sql.Writer(record.type_number, found, list(query.choice_values))


def _before_all(query: Query) -> int:
    return 2**63 - 1 if query.sort[0].descending else -(2**63)


async def _without_value(
    work: Work, record: Record, criteria: Criteria, query: Query, found: sql.Found
) -> list[asyncpg.Record]:
    statement = page.statement(criteria, query, _writer(record, query, found), query.count + 1)
    return await work.by_values(statement.sql, *statement.values)


def _values(row: asyncpg.Record, sorts: int) -> list[typing.Any]:
    values = [row[f"s{at}"] for at in range(sorts)]
    return [value.isoformat() if isinstance(value, datetime) else value for value in values]


def _stored(record: Record, row: asyncpg.Record) -> Stored:
    return Stored(record.type_names[row[1]], row[2], row[3], row[4], row[5], rid=row[0], patients=row[6])


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


async def _included(
    work: Work, record: Record, criteria: Criteria, includes: tuple[Include, ...], matches: list[Stored]
) -> list[Stored]:
    """Resources that matches refer to, or that refer to them; `:iterate` goes on from what was included."""
    seen = {each.rid for each in matches}
    out: list[Stored] = []
    latest = matches
    for round_ in range(MOST_ROUNDS):
        fresh: dict[int, Stored] = {}
        for include in includes:
            if round_ and not include.iterate:
                continue
            followed = await _follow(work, record, criteria, include, latest)
            for each in await visible(work, record, [each for each in followed if each.rid not in seen]):
                if each.rid not in seen:
                    fresh.setdefault(each.rid, each)
        if not fresh:
            break
        seen |= fresh.keys()
        latest = list(fresh.values())
        out += latest
        if len(out) > MOST_INCLUDED:
            raise TooMuch(found=f"over {MOST_INCLUDED}", what="included resources on a page", limit=MOST_INCLUDED)
    return out


async def _follow(work: Work, record: Record, criteria: Criteria, include: Include, rows: list[Stored]) -> list[Stored]:
    if include.forward:
        return await _forward(work, record, criteria, include, rows)
    sources = record.known.resource_types if include.source == "*" else [include.source]
    salts = [salt for source in sources for salt in _salts(criteria, source, include.parameter)]
    targets = [each.rid for each in rows if include.target in (None, each.type)]
    keys = [salt ^ rid for salt in salts for rid in targets]
    if not keys:
        return []
    found = await work.connection.fetch(
        f"select {page.COLUMNS} from resource r where r.keys && $1::bigint[] and not r.deleted order by r.rid limit $2",
        keys, MOST_INCLUDED + 1,
    )  # fmt: skip
    return [_stored(record, row) for row in found]


async def _forward(
    work: Work, record: Record, criteria: Criteria, include: Include, rows: list[Stored]
) -> list[Stored]:
    sources = [each for each in rows if include.source in ("*", each.type)]
    if include.parameter == "*":
        return await _referenced(work, record, include, sources)
    types = {each.type for each in sources}
    salts = [salt for each in sorted(types) for salt in _salts(criteria, each, include.parameter)]
    if not salts:
        return []
    target = None if include.target is None else record.type_number(include.target)
    found = await work.connection.fetch(
        f"select {page.COLUMNS} from resource r where r.rid in (select k # x.salt from resource s,"
        " unnest(s.keys[1:s.refs]) k, unnest($2::bigint[]) x(salt) where s.rid = any($1::bigint[]))"
        " and not r.deleted and ($3::smallint is null or r.type = $3) order by r.rid limit $4",
        [each.rid for each in sources], salts, target, MOST_INCLUDED + 1,
    )  # fmt: skip
    return [_stored(record, row) for row in found]


async def _referenced(work: Work, record: Record, include: Include, sources: list[Stored]) -> list[Stored]:
    """Whatever the resources refer to by `Type/id`, read off their stored JSON, which this program wrote itself."""
    names = {match for each in sources for match in _REFERENCE.findall(each.content)}
    rids = [rid_of(*name.decode().split("/")[:2]) for name in names]
    found = await read.fetched(work, record, rids)
    return [each for each in found if include.target in (None, each.type)]


def _salts(criteria: Criteria, source: str, code: str) -> list[int]:
    parameters = criteria.parameters.of(source)
    chosen = (
        [p for p in parameters.values() if p.kind == "reference"] if code == "*" else [criteria.parameter(source, code)]
    )
    return list(dict.fromkeys(branch.path.salt for parameter in chosen for branch in parameter.branches))


__all__ = ["Page", "find", "rids"]
