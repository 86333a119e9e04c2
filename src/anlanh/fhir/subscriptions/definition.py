"""A Subscription resource, read: what it waits for, and how and where it is told.

FHIR: Subscription, backport-subscription
Source: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlanh.fhir.subscriptions.problems import BadSubscription

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
CONTENTS = ("empty", "id-only", "full-resource")
MEDIA = ("application/fhir+json", "application/fhir+xml", "application/json", "application/xml")
CHANNELS = ("rest-hook", "websocket")
LONGEST_TIMEOUT_S = 60
DEFAULT_TIMEOUT_S = 10
LARGEST_COUNT = 100


@dataclass(frozen=True, slots=True)
class Definition:
    """What a Subscription says. `topic` None: a classic one, whose `criteria` is a search; then `filters` is empty.

    `content` None: a classic channel, told by the resource itself or (no `media`) by an empty call.
    """

    id: str
    version: int
    status: str
    criteria: str
    topic: str | None
    filters: tuple[str, ...]
    channel: str
    endpoint: str
    headers: tuple[tuple[str, str], ...]
    media: str
    content: str | None
    heartbeat_s: int | None
    timeout_s: int
    max_count: int
    end: datetime | None


def of_resource(resource: dict[str, Any], version: int) -> Definition:
    """The definition in a Subscription resource.

    Raises:
        BadSubscription: it asks for what this server cannot do.
    """
    channel = resource["channel"]
    criteria: str = resource["criteria"]
    topic = criteria if criteria.partition(":")[0] in ("http", "https", "urn") else None
    kind = channel["type"]
    if kind not in CHANNELS:
        raise BadSubscription(why=f"the channel {kind} is not offered; these are: {', '.join(CHANNELS)}")
    endpoint = channel.get("endpoint", "")
    if kind == "rest-hook" and not endpoint:
        raise BadSubscription(why="a rest-hook has no endpoint")
    media = channel.get("payload", "")
    if media and media.partition(";")[0] not in MEDIA:
        raise BadSubscription(why=f"the payload {media[:60]!r} is not offered; these are: {', '.join(MEDIA)}")
    content = _extension(channel.get("_payload", {}), "backport-payload-content")
    if topic is not None and content not in CONTENTS:
        raise BadSubscription(why=f"backport-payload-content is to be one of {', '.join(CONTENTS)}")
    return Definition(
        id=resource["id"],
        version=version,
        status=resource["status"],
        criteria=criteria,
        topic=topic,
        filters=tuple(_extensions(resource.get("_criteria", {}), "backport-filter-criteria")),
        channel=kind,
        endpoint=endpoint,
        headers=_headers(channel.get("header", ())),
        media=media,
        content=content if topic is not None else None,
        heartbeat_s=_extension(channel, "backport-heartbeat-period"),
        timeout_s=min(_extension(channel, "backport-timeout") or DEFAULT_TIMEOUT_S, LONGEST_TIMEOUT_S),
        max_count=min(_extension(channel, "backport-max-count") or 1, LARGEST_COUNT),
        end=datetime.fromisoformat(resource["end"]) if "end" in resource else None,
    )


def _extensions(element: dict[str, Any], name: str) -> list[Any]:
    found = [each for each in element.get("extension", ()) if each.get("url") == BACKPORT + name]
    return [value for each in found for key, value in each.items() if key.startswith("value")]


def _extension(element: dict[str, Any], name: str) -> Any:
    return next(iter(_extensions(element, name)), None)


def _headers(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for line in lines:
        name, colon, value = line.partition(":")
        plain = name.strip().lower()
        if not colon or not plain.replace("-", "").isalnum() or any(c in value for c in "\r\n\0"):
            raise BadSubscription(why="a header is not of the form Name: value")
        if plain in ("host", "content-length", "transfer-encoding", "connection", "content-type"):
            raise BadSubscription(why=f"the header {plain} is the server's own to set")
        found.append((plain, value.strip()))
    return tuple(found)
