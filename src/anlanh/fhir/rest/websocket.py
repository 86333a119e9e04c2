"""The websocket of subscriptions: bind with a token, then be told; one connection may be bound to several.

What happens between two connections is not lost: it is asked for by number with $events.

FHIR: Subscription channel websocket
Source: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/channels.html#websockets
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.rest.exchange import Server
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read
from anlanh.fhir.subscriptions import definition, ledger, notification, owner
from anlanh.fhir.subscriptions.definition import Definition
from anlanh.fhir.subscriptions.problems import BadToken
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.work import Principal, Work

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LISTENER = Principal("websocket", "system")
LOOK_S = 0.25
MOST_BOUND = 20
POLICY = 1008


@dataclass(slots=True)
class _Bound:
    definition: Definition
    told: int


async def serve(server: Server, base: str, receive: Receive, send: Send) -> None:
    """One connection, from accept to close."""
    await receive()
    await send({"type": "websocket.accept"})
    bound: dict[str, _Bound] = {}
    telling = asyncio.create_task(_tell(server, base, bound, send))
    try:
        while (message := await receive())["type"] == "websocket.receive":
            await _hear(server, base, bound, message.get("text") or "", send)
    except (BadToken, Problem) as problem:
        await send({"type": "websocket.close", "code": POLICY, "reason": problem.text[:120]})
    finally:
        telling.cancel()


async def _hear(server: Server, base: str, bound: dict[str, _Bound], text: str, send: Send) -> None:
    verb, _, token = text.strip().partition(" ")
    if verb == "ping":
        await send({"type": "websocket.send", "text": f"pong {token}".strip()})
        return
    if verb not in ("bind", "bind-with-token") or len(bound) >= MOST_BOUND:
        raise BadToken
    async with works.begin(server.database, LISTENER, works.TREATMENT, transaction=False) as work:
        name = await ledger.bound_to(work.connection, token.strip(), work.at)
        standing = (await ledger.standings(work.connection, [name])).get(name)
        found = await _definition(work, server, name)
    if standing is None or found is None:
        raise BadToken
    hello = notification.bundle(base, found, standing.state, "handshake", standing.last_event, work.at)
    await send({"type": "websocket.send", "text": hello.decode()})
    bound[name] = _Bound(found, standing.last_event)


async def _definition(work: Work, server: Server, name: str) -> Definition | None:
    rid = rid_of("Subscription", name)
    stored = (await read.current(work, server.record, [rid])).get(rid)
    return None if stored is None else definition.of_resource(json.decode_fast(stored.content), stored.version)


async def _tell(server: Server, base: str, bound: dict[str, _Bound], send: Send) -> None:
    """Send what has happened since, in order, for as long as the connection stands."""
    while True:
        await asyncio.sleep(LOOK_S)
        if not bound:
            continue
        async with works.begin(server.database, LISTENER, works.TREATMENT, transaction=False) as work:
            standings = await ledger.standings(work.connection, list(bound))
            for name, each in list(bound.items()):
                standing = standings.get(name)
                if standing is None or standing.last_event <= each.told:
                    continue
                events = await ledger.events(work.connection, server.record, name, each.told + 1, standing.last_event)
                events = await owner.told(work, server.record, name, events)
                for event in events:
                    said = notification.bundle(
                        base, each.definition, standing.state, "event-notification", event.number, work.at, [event]
                    )
                    await send({"type": "websocket.send", "text": said.decode()})
                    each.told = event.number
