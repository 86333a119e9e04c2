"""FHIR operations of the index of persons: `$match`, `$merge`, `$unmerge`.

FHIR: Patient/$match, Patient/$merge (of R5, in R4's shapes), Patient/$unmerge (our own)
Source: https://hl7.org/fhir/R4/patient-operation-match.html, https://hl7.org/fhir/patient-operation-merge.html
"""

from __future__ import annotations

from typing import Any

from anlanh.access.identity import look_up, merges, merging
from anlanh.access.identity.merging import Merged, Unmerged
from anlanh.access.identity.problems import NoSuchMerge, WhichPatient
from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call, Operation
from anlanh.fhir.rest.instance import checked
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find
from anlanh.fhir.store.record import Record
from anlanh.fhir.vn.systems import BASE
from anlanh.platform.work import Work

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
DEFAULT_COUNT, MOST_COUNT = 10, 100


async def match(work: Work, record: Record, call: Call) -> Answer:
    """`POST Patient/$match`: a searchset of those who may be the person of the parameter `resource`.

    Raises:
        BadParameter: no Patient was sent, or `count` is no number.
    """
    described = call.resource("resource")
    if not isinstance(described, dict) or described.get("resourceType") != "Patient":
        raise BadParameter(name="resource", operation=call.name, why="it is not a Patient")
    checked(record, described, "Patient")
    text = call.one("count") or str(DEFAULT_COUNT)
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= MOST_COUNT:
        raise BadParameter(name="count", operation=call.name, why=f"it is not a number from 1 to {MOST_COUNT}")
    certain = call.one("onlyCertainMatches") == "true"
    found = await look_up.likely(work, record, described, count=int(text), certain=certain)
    head = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    entries = [
        b'{"fullUrl":"%b/Patient/%b","resource":%b,"search":%b}' % (
            call.base.encode(), each.stored.id.encode(), each.stored.content,
            json.encode({
                "extension": [{"url": GRADE, "valueCode": each.grade}], "mode": "match",
                "score": round(each.probability, 4),
            }),
        )
        for each in found
    ]  # fmt: skip
    body = json.encode(head)
    return Answer(body[:-1] + b',"entry":[' + b",".join(entries) + b"]}" if entries else body)


async def merge(work: Work, record: Record, call: Call) -> Answer:
    """`POST Patient/$merge`: the source becomes part of the target; `preview` only tells what would happen.

    Raises:
        BadParameter, WhichPatient, and as `merging.merge`.
    """
    merging.allowed(work)
    source = await _named(work, record, call, "source-patient")
    target = await _named(work, record, call, "target-patient")
    result = next((each.get("resource") for each in call.parameters if each.get("name") == "result-patient"), None)
    if result is not None:
        checked(record, result, "Patient", target)
    preview = call.one("preview") == "true"
    done = await merging.merge(work, record, source, target, result=result, preview=preview)
    return Answer(json.encode(_told(call, done, preview=preview)))


async def unmerge(work: Work, record: Record, call: Call) -> Answer:
    """`POST Patient/$unmerge` with `merge` (its id) or `source-patient`: what the merge changed goes back.

    Raises:
        NoSuchMerge, WhichPatient, and as `merging.unmerge`.
    """
    merging.allowed(work)
    merge_id = call.one("merge")
    if merge_id is None:
        known = await merges.in_force(work, rid_of("Patient", await _named(work, record, call, "source-patient")))
        if known is None:
            raise NoSuchMerge
        merge_id = known.id
    return Answer(json.encode(_taken_back(await merging.unmerge(work, record, merge_id))))


async def _named(work: Work, record: Record, call: Call, side: str) -> str:
    """The id of the Patient that is named by reference, by identifiers, or by both.

    Raises:
        BadParameter: by neither. WhichPatient: by identifiers that not exactly one active Patient has.
    """
    given = [each for each in call.parameters if each.get("name") == side]
    tokens = [each.get("valueIdentifier") for each in call.parameters if each.get("name") == f"{side}-identifier"]
    ids = {_id_of(call, side, each) for each in given}
    if tokens:
        ids.add(await _identified(work, record, call, side, tokens))
    if not ids:
        raise BadParameter(name=side, operation=call.name, why="it is missing")
    if len(ids) > 1:
        raise WhichPatient(side=side, count=len(ids))
    return ids.pop()


def _id_of(call: Call, side: str, parameter: dict[str, Any]) -> str:
    value = parameter.get("valueReference", {})
    reference = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(reference, str) or not reference.removeprefix(f"{call.base}/").startswith("Patient/"):
        raise BadParameter(name=side, operation=call.name, why="it is not a reference to a Patient")
    return reference.removeprefix(f"{call.base}/").split("/")[1]


async def _identified(work: Work, record: Record, call: Call, side: str, tokens: list[Any]) -> str:
    criteria = record.criteria(call.base, record.sight(work))
    pairs = []
    for each in tokens:
        if not isinstance(each, dict) or not isinstance(each.get("value"), str):
            raise BadParameter(name=f"{side}-identifier", operation=call.name, why="it has no value")
        parts = [each["value"], *([each["system"]] if each.get("system") else [])]
        pairs.append(("identifier", "|".join(map(_escaped, reversed(parts)))))
    query = queries.read(criteria, ("Patient",), [*pairs, ("_count", "20")])
    page = await find.find(work, record, criteria, query)
    found = [each.id for each in page.matches if json.decode_fast(each.content).get("active", True)]
    if len(found) != 1:
        raise WhichPatient(side=f"{side}-identifier", count=len(found))
    return found[0]


def _escaped(text: str) -> str:
    for char in "\\,|$":
        text = text.replace(char, f"\\{char}")
    return text


def _told(call: Call, done: Merged, *, preview: bool) -> dict[str, Any]:
    said = "Nothing was changed." if preview else "It was merged before." if done.again else "Merged."
    outcome = _outcome(f"{said} References that lead to the target: {done.redirected}.")
    parameters = [
        {"name": "input", "resource": {"resourceType": "Parameters", "parameter": call.parameters}},
        {"name": "outcome", "resource": outcome},
        {"name": "result", "resource": done.result},
    ]
    if done.id:
        parameters.append({"name": "merge", "valueString": done.id})
    return {"resourceType": "Parameters", "parameter": parameters}


def _taken_back(done: Unmerged) -> dict[str, Any]:
    said = "It was undone before." if done.again else f"Undone. As before: {done.restored}."
    look = [("changed-since", each) for each in done.changed_since] + [("newer", each) for each in done.newer]
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "outcome", "resource": _outcome(said)},
            {"name": "merge", "valueString": done.id},
            *({"name": name, "valueReference": {"reference": each}} for name, each in look),
        ],
    }


def _outcome(text: str) -> dict[str, Any]:
    issue = {"severity": "information", "code": "informational", "details": {"text": text}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


OFFERED = (
    Operation("match", match, ("type",), "http://hl7.org/fhir/OperationDefinition/Patient-match", ("Patient",), ("POST",)),
    Operation(
        "merge", merge, ("type",), "http://hl7.org/fhir/OperationDefinition/Patient-merge", ("Patient",), ("POST",),
        writes=True,
    ),
    Operation(
        "unmerge", unmerge, ("type",), f"{BASE}OperationDefinition/unmerge", ("Patient",), ("POST",), writes=True
    ),
)  # fmt: skip
"""One row for each operation."""
