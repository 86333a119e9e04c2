"""Operations on Subscriptions: how they stand, what happened, and a token for a websocket.

FHIR: $status, $events, $get-ws-binding-token
Source: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/operations.html
"""

from __future__ import annotations

from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call, Operation
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.fhir.subscriptions import definition, ledger, notification, owner
from anlanh.fhir.subscriptions.definition import CONTENTS, Definition
from anlanh.fhir.subscriptions.ledger import Standing
from anlanh.fhir.subscriptions.problems import BadSubscription
from anlanh.platform.work import Work

LAST = 2**62


async def status(work: Work, record: Record, call: Call) -> Answer:
    """`$status` of one Subscription, or of those of `id` and `status`: a searchset of status Parameters."""
    ids = [call.resource_id] if call.resource_id else [v for name, v in call.strings if name == "id"]
    wanted = {value for name, value in call.strings if name == "status"}
    if call.resource_id:
        await read.read(work, record, "Subscription", call.resource_id)
    standings = await ledger.standings(work.connection, [part for each in ids for part in each.split(",")] or None)
    entries = []
    for each in standings.values():
        found = await _definition(work, record, each)
        if found is not None and (not wanted or each.state in wanted):
            resource = notification.status(found, each.state, "query-status", each.last_event)
            entries.append({"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource, "search": {"mode": "match"}})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return Answer(json.encode(bundle | ({"entry": entries} if entries else {})))


async def _definition(work: Work, record: Record, standing: Standing) -> Definition | None:
    rid = rid_of("Subscription", standing.id)
    stored = (await read.current(work, record, [rid])).get(rid)
    if stored is None:
        return None
    try:
        return definition.of_resource(json.decode_fast(stored.content), stored.version)
    except BadSubscription:
        return None


async def events(work: Work, record: Record, call: Call) -> Answer:
    """`$events` of one Subscription by number, from `eventsSinceNumber` to `eventsUntilNumber`, both included."""
    stored = await read.read(work, record, "Subscription", call.resource_id)
    found = definition.of_resource(json.decode_fast(stored.content), stored.version)
    standing = (await ledger.standings(work.connection, [call.resource_id])).get(call.resource_id)
    standing = standing or Standing(call.resource_id, stored.version, found.status)
    first, last = _number(call, "eventsSinceNumber", 0), _number(call, "eventsUntilNumber", LAST)
    content = call.one("content") or found.content or "full-resource"
    if content not in CONTENTS:
        raise BadParameter(name="content", operation="events", why=f"it is to be one of {', '.join(CONTENTS)}")
    happened = await ledger.events(work.connection, record, call.resource_id, first, last)
    happened = await owner.told(work, record, call.resource_id, happened)
    return Answer(
        notification.bundle(
            call.base, found, standing.state, "query-event", standing.last_event, work.at, happened, content=content
        )
    )


def _number(call: Call, name: str, default: int) -> int:
    text = call.one(name)
    if text is None:
        return default
    if not text.isdigit() or len(text) > 18:
        raise BadParameter(name=name, operation="events", why="it is not a whole number")
    return int(text)


async def binding_token(work: Work, record: Record, call: Call) -> Answer:
    """`$get-ws-binding-token`: a short-lived token with which a websocket is bound to the Subscription."""
    await read.read(work, record, "Subscription", call.resource_id)
    token, expires = await ledger.issue_token(work.connection, call.resource_id, work.at)
    address = call.base.replace("http", "ws", 1) + WEBSOCKET
    parameter = [
        {"name": "token", "valueString": token},
        {"name": "expiration", "valueDateTime": instant_text(expires)},
        {"name": "subscription", "valueString": f"Subscription/{call.resource_id}"},
        {"name": "websocket-url", "valueUrl": address},
    ]
    return Answer(json.encode({"resourceType": "Parameters", "parameter": parameter}))


WEBSOCKET = "/_ws"
_IG = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription"
_OF = ("Subscription",)

OFFERED = (
    Operation("status", status, ("type", "instance"), f"{_IG}-status", _OF),
    Operation("events", events, ("instance",), f"{_IG}-events", _OF),
    Operation("get-ws-binding-token", binding_token, ("instance",), f"{_IG}-get-ws-binding-token", _OF, writes=True),
)
"""The operations of Subscriptions, one row each."""
