"""The access log as AuditEvents: read and search, for those whose data it is and for those who oversee.

FHIR: AuditEvent
Source: https://profiles.ihe.net/ITI/BALP/content.html (Patient.Read, Patient.Query and so on); https://hl7.org/fhir/R4/auditevent.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import asyncpg

from anlanh.access.audit.rows import resources_of
from anlanh.access.policy import rules
from anlanh.fhir.model import json
from anlanh.fhir.rest import instance
from anlanh.fhir.rest.exchange import Ask, Reply, Server
from anlanh.fhir.search import cursors
from anlanh.fhir.search.extract import OF_PATIENT
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.problems import BadCursor, BadValue, UnknownParameter
from anlanh.fhir.search.query import DEFAULT_COUNT, LARGEST_COUNT
from anlanh.fhir.search.ranges import prefix_of
from anlanh.fhir.search.sql import Writer
from anlanh.fhir.search.values import date_range, moment_of
from anlanh.fhir.store.problems import NotFound
from anlanh.fhir.store.sight import note
from anlanh.fhir.store.write import instant_text
from anlanh.platform.work import Work

TYPE = "AuditEvent"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit"
XREQUEST = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
ROLES = "http://terminology.hl7.org/CodeSystem/object-role"
PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_SEQ = re.compile(r"[0-9]{1,18}")
PROFILES = {"R": "Read", "C": "Create", "U": "Update", "D": "Delete", "E": "Query"}

_WIDE = (
    "select l.*, r.choice from access_log l cross join lateral (select {choice} as choice from (select l.seq as rid,"
    " {patients} as patients, array(select p # ({salt}) from unnest({patients}) p) as keys,"
    " {type} as type, false as deleted, 0 as refs, '{{}}'::bigint[] as labels) r) r where r.choice is not null"
)


def interactions() -> Mapping[str, Callable[[Work, Server, Ask], Awaitable[Reply]]]:
    """What the server answers for the type in place of its own."""
    return {"read": read, "search-type": search}


async def read(work: Work, server: Server, ask: Ask) -> Reply:
    """One access; or an AuditEvent that another system has sent, which lies in the record. Raises NotFound."""
    if not _SEQ.fullmatch(ask.path[1]):
        return await instance.read(work, server, ask)
    writer, sql = _allowed(work, server, "r")
    rows = await work.connection.fetch(f"{sql} and l.seq = {writer.param(int(ask.path[1]), 'bigint')}", *writer.values)
    if not rows:
        raise NotFound(type=TYPE)
    found = await _resources(work, server, rows)
    return Reply(200, json.encode(found[0]), 1, rows[0]["at"], resource_type=TYPE)


async def search(work: Work, server: Server, ask: Ask) -> Reply:
    """Accesses, newest first unless `_sort=date`; by patient, date, agent, entity, action, subtype, _id."""
    writer, sql = _allowed(work, server, "s")
    for name, value in ask.pairs:
        if name in RESULT:
            continue
        test = TESTS.get(name)
        if test is None:
            raise UnknownParameter(type=TYPE, name=name, known=", ".join(sorted(TESTS)))
        sql += " and " + test(writer, server, value)
    count = _count(ask)
    older = (ask.pair("_sort") or "-date") in ("-date", "-_lastUpdated")
    if (cursor := ask.pair("_cursor")) is not None:
        at, seq = cursors.decode(cursor, 1)
        try:
            moment = datetime.fromisoformat(at)
        except (TypeError, ValueError):
            raise BadCursor from None
        sql += f" and (l.at, l.seq) {'<' if older else '>'} ({writer.param(moment, 'timestamptz')}, {writer.param(seq, 'bigint')})"
    way = " desc" if older else ""
    rows = await work.connection.fetch(f"{sql} order by l.at{way}, l.seq{way} limit {count + 1}", *writer.values)
    more, rows = len(rows) > count, rows[:count]
    entries = [
        {"fullUrl": f"{ask.base}/{TYPE}/{each['id']}", "resource": each, "search": {"mode": "match"}}
        for each in await _resources(work, server, rows)
    ]
    kept = [(name, value) for name, value in ask.pairs if name != "_cursor"]
    address = f"{ask.base}/{TYPE}"
    links = [{"relation": "self", "url": _url(address, kept)}]
    if more:
        following = cursors.encode([rows[-1]["at"].isoformat()], rows[-1]["seq"])
        links.append({"relation": "next", "url": _url(address, [*kept, ("_cursor", following)])})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
    return Reply(200, json.encode(bundle | ({"entry": entries} if entries else {})), resource_type="Bundle")


RESULT = ("_count", "_sort", "_cursor", "_format", "_pretty")


def _url(address: str, pairs: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(pairs, quote_via=quote, safe=':/|,')}" if pairs else address


def _allowed(work: Work, server: Server, action: Any) -> tuple[Writer, str]:
    """The rows that may be seen, and the writer that has their parameters."""
    grants = server.record.sight(work).grants(action, TYPE)
    if not grants:
        raise NotFound(type=TYPE)
    writer = Writer(server.record.type_number)
    choice = writer.first_of([grant.rows for grant in grants], "r")
    own = _own(work)
    patients = "l.patients" if own is None else f"array[{own}]::bigint[]"
    sql = _WIDE.format(choice=choice, salt=OF_PATIENT, type=server.record.type_number(TYPE), patients=patients)
    if own is not None:
        sql += f" and l.patients @> {writer.param([own], 'bigint[]')}"
    return writer, sql


def _own(work: Work) -> int | None:
    """The person to whom a citizen is told only what is theirs."""
    who = work.principal
    return rid_of(*who.subject.split("/")) if who.role == "citizen" and who.subject.startswith("Patient/") else None


def _count(ask: Ask) -> int:
    text = ask.pair("_count") or str(DEFAULT_COUNT)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadValue(found=text[:40], name="_count", kind="number", wanted="a whole number")
    return max(1, min(int(text), LARGEST_COUNT))


def _patient(writer: Writer, server: Server, value: str) -> str:
    rids = [rid_of("Patient", each.rpartition("/")[2]) for each in value.split(",")]
    return f"l.patients && {writer.param(rids, 'bigint[]')}"


def _date(writer: Writer, server: Server, value: str) -> str:
    prefix, rest = prefix_of(value)
    low, high = (moment_of(each) for each in date_range(rest, server.record.zone))
    tests = {
        "eq": ((">=", low), ("<", high)), "gt": ((">=", high),), "sa": ((">=", high),), "ge": ((">=", low),),
        "lt": (("<", low),), "eb": (("<", low),), "le": (("<", high),),
    }  # fmt: skip
    if prefix not in tests:
        raise BadValue(found=value, name="date", kind="date", wanted="eq, gt, ge, lt, le, sa or eb")
    return " and ".join(f"l.at {operator} {writer.param(moment, 'timestamptz')}" for operator, moment in tests[prefix])


def _entity(writer: Writer, server: Server, value: str) -> str:
    rids = [rid_of(*each.split("/")[-2:]) for each in value.split(",") if each.count("/") >= 1]
    keys = writer.param(rids, "bigint[]")
    return f"(l.patient = any({keys}) or exists (select from unnest({keys}) k where position(int8send(k) in l.resources) > 0))"


def _texts(column: str) -> Callable[[Writer, Server, str], str]:
    def test(writer: Writer, server: Server, value: str) -> str:
        codes = [each.rpartition("|")[2] for each in value.split(",")]
        return f"l.{column} = any({writer.param(codes, 'text[]')})"

    return test


def _numbers(writer: Writer, server: Server, value: str) -> str:
    numbers = [int(each) for each in value.split(",") if _SEQ.fullmatch(each)]
    return f"l.seq = any({writer.param(numbers, 'bigint[]')})"


TESTS: dict[str, Callable[[Writer, Server, str], str]] = {
    "patient": _patient,
    "date": _date,
    "_lastUpdated": _date,
    "agent": _texts("subject"),
    "entity": _entity,
    "action": _texts("deed::text"),
    "subtype": _texts("interaction"),
    "purpose": _texts("purpose"),
    "_id": _numbers,
}
"""Search parameter to a test of a row."""


async def _resources(work: Work, server: Server, rows: list[asyncpg.Record]) -> list[dict[str, Any]]:
    """AuditEvents of rows; that they were seen is noted too."""
    record = server.record
    sight = record.sight(work)
    own = _own(work)
    wanted = sorted(
        {rid for row in rows for rid, _ in resources_of(row["resources"])}
        | {p for row in rows for p in row["patients"]}
    )
    named = await work.connection.fetch(
        "select rid, id from resource where rid = any($1::bigint[]) order by rid", wanted
    )
    ids = {each["rid"]: each["id"] for each in named}
    out = []
    for row in rows:
        grants = sight.grants("s", TYPE)
        patients = row["patients"] if own is None else [own]
        note(work, sight, grants[row["choice"]].rule, TYPE, rid_of(TYPE, str(row["seq"])), patients, "R")
        out.append(event(dict(row), ids, record.type_names, own))
    return out


def event(
    row: Mapping[str, Any], ids: Mapping[int, str], types: Mapping[int, str], only: int | None = None
) -> dict[str, Any]:
    """One row as an AuditEvent in the shape of BALP. `ids`: of the resources it names; `types`: names by number; `only`:
    the person to whom nothing is told of others."""
    deed = row["deed"].decode()
    patients = row["patients"] if only is None else [only]
    persons = [ids[each] for each in patients if each in ids]
    kind = "Query" if row["interaction"].startswith("search") else PROFILES[deed]
    return {
        "resourceType": TYPE,
        "id": str(row["seq"]),
        "meta": {
            "versionId": "1",
            "lastUpdated": instant_text(row["at"]),
            "profile": [f"{BALP}.{'Patient' if persons else ''}{kind}"],
        },
        "type": {
            "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
            "code": "rest",
            "display": "RESTful Operation",
        },
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": row["interaction"] or "read"}],
        "action": "E" if kind == "Query" else deed,
        "recorded": instant_text(row["at"]),
        "outcome": "0",
        "purposeOfEvent": [{"coding": [{"system": PURPOSE, "code": row["purpose"]}], "text": row["rule"]}],
        "agent": _agents(row),
        "source": {"site": row["network"] or "local", "observer": {"display": "An Lành"}},
        "entity": _entities(row, ids, types, persons, only),
    }


def _agents(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    who: dict[str, Any] = (
        {"reference": row["subject"]} if row["subject"].count("/") == 1 else {"identifier": {"value": row["subject"]}}
    )
    role = rules.load().roles.get(row["role"])
    user = {
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]},
        "role": [{"text": role.vi if role else row["role"]}],
        "who": who,
        "requestor": True,
        "purposeOfUse": [{"coding": [{"system": PURPOSE, "code": row["purpose"]}]}],
    }
    if row["network"]:
        user["network"] = {"address": row["network"], "type": "2"}
    others = []
    if row["client"]:
        others.append(
            {"type": {"coding": [{"system": DCM, "code": "110150", "display": "Application"}]},
             "who": {"identifier": {"value": row["client"]}}, "requestor": False}
        )  # fmt: skip
    if row["organization"]:
        others.append(
            {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleClass", "code": "PROV"}]},
             "who": {"reference": row["organization"]}, "requestor": False}
        )  # fmt: skip
    return [user, *others]


def _entities(
    row: Mapping[str, Any], ids: Mapping[int, str], types: Mapping[int, str], persons: list[str], only: int | None
) -> list[dict[str, Any]]:
    kind = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
    out: list[dict[str, Any]] = [
        {"what": {"reference": f"Patient/{each}"}, "type": {"system": kind, "code": "1"},
         "role": {"system": ROLES, "code": "1", "display": "Patient"}}
        for each in persons
    ]  # fmt: skip
    place = None if only is None else row["patients"].index(only)
    for rid, number in dict.fromkeys(resources_of(row["resources"], place)):
        if rid not in row["patients"] and rid in ids:
            out.append(
                {"what": {"reference": f"{types[number]}/{ids[rid]}"}, "type": {"system": kind, "code": "2"},
                 "role": {"system": ROLES, "code": "4", "display": "Domain Resource"}}
            )  # fmt: skip
    if row["query"] and only is None:
        asked = base64.b64encode(row["query"].encode()).decode()
        out.append(
            {
                "type": {"system": kind, "code": "2"},
                "role": {"system": ROLES, "code": "24", "display": "Query"},
                "query": asked,
            }
        )
    if row["request"]:
        out.append(
            {"what": {"identifier": {"value": row["request"]}}, "type": {"system": XREQUEST, "code": "XrequestId"}}
        )
    return out
