"""`$everything`: all that a patient's record, or an encounter, holds, and what it refers to.

FHIR: Patient/$everything, Encounter/$everything
Source: https://hl7.org/fhir/R4/patient-operation-everything.html, https://hl7.org/fhir/R4/encounter-operation-everything.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from anlanh.fhir.operations.call import Answer, BadParameter, Call
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.conditions import All, Any, Column, Condition, HasKey, Not
from anlanh.fhir.search.criteria import in_compartment
from anlanh.fhir.search.keys import PRESENT
from anlanh.fhir.search.query import Include
from anlanh.fhir.store import find, read, searchset
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

DEFAULT_COUNT = 1000
REFERENCES = (Include(forward=True, source="*", parameter="*", target=None, iterate=False),)


async def everything(work: Work, record: Record, call: Call) -> Answer:
    """The compartment page by page, and on each page what its resources refer to outside of it.

    `start` and `end` limit by the care date of those types that have one; `_since`, `_type` and `_count` as in a search.

    Raises:
        NotFound: there is no such patient or encounter.
    """
    await read.read(work, record, call.resource_type, call.resource_id)
    criteria = record.criteria(call.base, record.sight(work))
    members = record.known.compartments[call.resource_type]
    types = sorted({each for each in members if members[each]} | {call.resource_type})
    if wanted := call.one("_type"):
        types = [each for each in types if each in wanted.split(",")]
    inside = in_compartment(call.resource_type, call.resource_id)
    pairs = [(name, value) for name, value in call.strings if name in ("_count", "_cursor")]
    if not any(name == "_count" for name, _ in pairs):
        pairs.append(("_count", str(DEFAULT_COUNT)))
    query = queries.read(criteria, types, pairs, within=inside)
    care = _care_dates(record, call, types)
    since = _since(call)
    conditions: dict[str, Condition] = {
        each: All((query.conditions[each], *care.get(each, ()), *since)) for each in types
    }
    kept = tuple((name, value) for name, value in call.strings if name in ("_count", "_type", "start", "end", "_since"))
    query = replace(query, conditions=conditions, used=kept, includes=REFERENCES)
    page = await find.find(work, record, criteria, query)
    path = f"{call.resource_type}/{call.resource_id}/$everything"
    return Answer(searchset.bundle(record.known, call.base, path, query, page))


def _since(call: Call) -> tuple[Condition, ...]:
    text = call.one("_since")
    if text is None:
        return ()
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise BadParameter(name="_since", operation=call.name, why="it is not an instant") from None
    return (Column("updated_at", ">=", (moment if moment.tzinfo else moment.replace(tzinfo=UTC),)),)


def _care_dates(record: Record, call: Call, types: list[str]) -> dict[str, tuple[Condition, ...]]:
    """For types with a `date`: it lies between start and end, or is not known."""
    tests = [(prefix, call.one(name)) for prefix, name in (("ge", "start"), ("le", "end"))]
    given = [(prefix, value) for prefix, value in tests if value]
    if not given:
        return {}
    criteria = record.criteria(call.base)
    out: dict[str, tuple[Condition, ...]] = {}
    for each in types:
        parameter = record.parameters.of(each).get("date")
        if parameter is None or parameter.kind != "date" or not parameter.branches:
            continue
        unknown = Not(HasKey(tuple(branch.path.salt ^ PRESENT for branch in parameter.branches)))
        out[each] = tuple(Any((criteria.condition(each, "date", prefix + value), unknown)) for prefix, value in given)
    return out
