"""What a page includes beside its matches: what they refer to, and what refers to them.

FHIR: _include, _revinclude
Source: https://hl7.org/fhir/R4/search.html#include
"""

from __future__ import annotations

import re

from anlanh.fhir.search import page
from anlanh.fhir.search.criteria import Criteria
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.problems import TooMuch
from anlanh.fhir.search.query import Include
from anlanh.fhir.store import read
from anlanh.fhir.store.read import Stored, stored_of
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import visible
from anlanh.platform.work import Work

_REFERENCE = re.compile(rb'"reference":"([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})[/"]')

MOST_INCLUDED = 5000
MOST_ROUNDS = 10


async def included(
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
    return [stored_of(record, row) for row in found]


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
    return [stored_of(record, row) for row in found]


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
