"""`Composition/$document`: a Composition and all it refers to, as a document Bundle.

FHIR: Composition/$document
Source: https://hl7.org/fhir/R4/composition-operation-document.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read, write
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work

DEEPEST = 10


class NotInTheRecord(Problem):
    issue = "not-found"
    status = 404
    says = "The document needs {count} resources that are not in the record."
    hint = "Write them first, or correct the references of the Composition."


async def document(work: Work, record: Record, call: Call) -> Answer:
    """The document Bundle: the Composition first, then what it refers to, and what that refers to in turn.

    With `persist=true` the Bundle is written too.

    Raises:
        NotFound: there is no such Composition.
        NotInTheRecord: something the Composition refers to is missing.
    """
    persist = call.one("persist") or "false"
    if persist not in ("true", "false"):
        raise BadParameter(name="persist", operation=call.name, why="it is not true or false")
    composition = await read.read(work, record, "Composition", call.resource_id)
    found = {rid_of("Composition", call.resource_id): composition}
    latest = [composition]
    for depth in range(DEEPEST):
        wanted = {rid_of(*name) for each in latest for name in _references(json.decode_fast(each.content))}
        missing = [rid for rid in wanted if rid not in found]
        fetched = await read.current(work, record, missing)
        if depth == 0 and len(fetched) < len(missing):
            raise NotInTheRecord(count=len(missing) - len(fetched))
        if not fetched:
            break
        found.update(fetched)
        latest = list(fetched.values())
    bundle_id = write.new_id()
    entries = b",".join(_entry(call.base, each) for each in found.values())
    head = {
        "resourceType": "Bundle",
        "id": bundle_id,
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{bundle_id}"},
        "type": "document",
        "timestamp": instant_text(work.at),
    }
    content = json.encode(head)[:-1] + b',"entry":[' + entries + b"]}"
    if persist == "true":
        prepared = write.prepare(record, json.decode_fast(content), bundle_id)
        content = (await write.put(work, record, prepared, expected=0)).content
    return Answer(content)


def _entry(base: str, stored: Stored) -> bytes:
    return b'{"fullUrl":"%b/%b/%b","resource":%b}' % (
        base.encode(),
        stored.type.encode(),
        stored.id.encode(),
        stored.content,
    )


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """Type and id of every relative reference in a resource."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str) and ":" not in reference and not reference.startswith("#") and "/" in reference:
            resource_type, resource_id = reference.split("/")[:2]
            yield resource_type, resource_id
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)
