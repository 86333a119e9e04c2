"""`$meta`, `$meta-add`, `$meta-delete`: the tags, profiles and security labels of resources.

FHIR: Resource/$meta, $meta-add, $meta-delete
Source: https://hl7.org/fhir/R4/resource-operation-meta.html
"""

from __future__ import annotations

from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call
from anlanh.fhir.store import read, write
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import NotAllowed
from anlanh.platform.work import Work

LISTS = ("profile", "security", "tag")


async def meta(work: Work, record: Record, call: Call) -> Answer:
    """The meta of one resource; for a type or the whole record, every tag, profile and label in use."""
    if call.resource_id:
        stored = await read.read(work, record, call.resource_type, call.resource_id)
        return _parameters(json.decode_fast(stored.content)["meta"])
    if not record.sight(work).unlimited:
        raise NotAllowed(doing="read the tags of", type="record")
    where, values = ("and type = $1", [record.type_number(call.resource_type)]) if call.resource_type else ("", [])
    found: dict[str, Any] = {}
    for name in LISTS:
        rows = await work.connection.fetch(
            "select distinct m.value::text as v from resource r,"
            " jsonb_array_elements(convert_from(r.content, 'UTF8')::jsonb #> '{meta," + name + "}') m"
            f" where not r.deleted {where} order by v limit 1000",
            *values,
        )
        if rows:
            found[name] = [json.decode_fast(row["v"]) for row in rows]
    return _parameters(found)


async def meta_add(work: Work, record: Record, call: Call) -> Answer:
    """Add what is not there yet; the resource gets a new version."""
    given = _given(call)

    def change(now: dict[str, Any]) -> None:
        for name in LISTS:
            now[name] = now.get(name, []) + [
                each for each in given.get(name, []) if not _holds(now.get(name, []), each)
            ]

    return await _change(work, record, call, change)


async def meta_delete(work: Work, record: Record, call: Call) -> Answer:
    """Take away what is named; what is not there is well."""
    given = _given(call)

    def change(now: dict[str, Any]) -> None:
        for name in LISTS:
            now[name] = [each for each in now.get(name, []) if not _holds(given.get(name, []), each)]

    return await _change(work, record, call, change)


async def _change(work: Work, record: Record, call: Call, change: Any) -> Answer:
    stored = await read.lock(work, record, call.resource_type, call.resource_id)
    resource = json.decode_fast(stored.content)
    change(resource["meta"])
    resource["meta"] = {name: value for name, value in resource["meta"].items() if value != []}
    prepared = write.prepare(record, resource, call.resource_id)
    written = await write.put(work, record, prepared, expected=stored.version)
    return _parameters(json.decode_fast(written.content)["meta"])


def _given(call: Call) -> dict[str, Any]:
    for each in call.parameters:
        if each.get("name") == "meta" and isinstance(each.get("valueMeta"), dict):
            return dict(each["valueMeta"])
    raise BadParameter(name="meta", operation=call.name, why="it is missing, or not a valueMeta")


def _holds(entries: list[Any], wanted: Any) -> bool:
    """A profile is the same by its text, a coding by system and code."""
    if not isinstance(wanted, dict):
        return wanted in entries
    key = (wanted.get("system"), wanted.get("code"))
    return any(isinstance(each, dict) and (each.get("system"), each.get("code")) == key for each in entries)


def _parameters(meta_: dict[str, Any]) -> Answer:
    return Answer(json.encode({"resourceType": "Parameters", "parameter": [{"name": "return", "valueMeta": meta_}]}))
