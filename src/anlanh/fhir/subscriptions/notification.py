"""What subscribers are sent: the status as Parameters, and Bundles of type history around it.

FHIR: backport-subscription-notification-r4, backport-subscription-status-r4
Source: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.subscriptions.definition import BACKPORT, Definition

STATUS_PROFILE = f"{BACKPORT}backport-subscription-status-r4"
BUNDLE_PROFILE = f"{BACKPORT}backport-subscription-notification-r4"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `content`: the resource's JSON as it was then; empty when it was deleted."""

    number: int
    at: datetime
    resource_type: str
    resource_id: str
    method: str
    content: bytes = b""

    @property
    def focus(self) -> str:
        """`Type/id`."""
        return f"{self.resource_type}/{self.resource_id}"


def status(
    definition: Definition, state: str, kind: str, last_event: int, events: Sequence[Event] = (), error: str = ""
) -> dict[str, Any]:
    """The SubscriptionStatus as R4 Parameters. `kind`: handshake, heartbeat, event-notification, query-status, query-event."""
    parameter: list[dict[str, Any]] = [
        {"name": "subscription", "valueReference": {"reference": f"Subscription/{definition.id}"}},
        *([{"name": "topic", "valueCanonical": definition.topic}] if definition.topic else []),
        {"name": "status", "valueCode": state},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(last_event)},
        *(_event(definition, each) for each in events),
        *([{"name": "error", "valueCodeableConcept": {"text": error}}] if error else []),
    ]
    return {
        "resourceType": "Parameters",
        "id": str(uuid.uuid4()),
        "meta": {"profile": [STATUS_PROFILE]},
        "parameter": parameter,
    }


def _event(definition: Definition, event: Event) -> dict[str, Any]:
    part: list[dict[str, Any]] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": _instant(event.at)},
    ]
    if definition.content != "empty":
        part.append({"name": "focus", "valueReference": {"reference": event.focus}})
    return {"name": "notification-event", "part": part}


def bundle(
    base: str, definition: Definition, state: str, kind: str, last_event: int, at: datetime, events: Sequence[Event] = (),
    *, content: str | None = None,
) -> bytes:  # fmt: skip
    """A notification as JSON. `content`: empty, id-only or full-resource, by default what the Subscription asks for."""
    about = status(definition, state, kind, last_event, events)
    first = _entry(f"urn:uuid:{about['id']}", "GET", f"Subscription/{definition.id}/$status", json.encode(about))
    content = content or definition.content or "id-only"
    entries = [] if content == "empty" else [_resource(base, each, content) for each in _latest(events)]
    head = {
        "resourceType": "Bundle",
        "id": str(uuid.uuid4()),
        "meta": {"profile": [BUNDLE_PROFILE]},
        "type": "history",
        "timestamp": _instant(at),
    }
    return json.encode(head)[:-1] + b',"entry":[' + b",".join([first, *entries]) + b"]}"


def _latest(events: Sequence[Event]) -> list[Event]:
    """Of several events of one resource the last: a Bundle holds a resource at one version once."""
    return list({event.focus: event for event in events}.values())


def _resource(base: str, event: Event, content: str) -> bytes:
    body = event.content if content == "full-resource" and event.method != "DELETE" else b""
    return _entry(f"{base}/{event.focus}", event.method, event.focus, body)


def _entry(full_url: str, method: str, url: str, resource: bytes) -> bytes:
    request = {"method": method, "url": url.partition("/")[0] if method == "POST" else url}
    response = {"status": {"POST": "201", "DELETE": "204"}.get(method, "200")}
    shape = {"fullUrl": full_url, "request": request, "response": response}
    whole = json.encode(shape)
    return whole if not resource else whole[:-1] + b',"resource":' + resource + b"}"


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
