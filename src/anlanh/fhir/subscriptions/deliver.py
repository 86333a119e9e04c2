"""Telling subscribers: each in the order of its events, again and again until it is taken or given up.

After a crash what was sent but not noted is sent again, under the same event number.

FHIR: Subscription channels, rest-hook
Source: https://hl7.org/fhir/R4/subscription.html#rest-hook, https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from anlanh.fhir.model import json
from anlanh.fhir.model.xml import to_xml
from anlanh.fhir.subscriptions import dispatch, ledger, notification, owner, webhook
from anlanh.fhir.subscriptions.notification import Event
from anlanh.fhir.subscriptions.owner import NOTIFIER
from anlanh.fhir.subscriptions.problems import ForbiddenEndpoint, NotDelivered
from anlanh.fhir.subscriptions.register import Entry, Register
from anlanh.platform import work as works
from anlanh.platform.metrics import DELIVERIES

IDLE_S = 0.2
AT_ONCE = 32
TRIES = 10
LONGEST_PAUSE_S = 300
ERROR_AFTER = 3
"""Failures in a row after which the Subscription is said to be in error; it is tried on all the same."""

LOOK_AGAIN_S = 3.0
FETCHED = 200
"""Events read at once."""

NOTE_EVERY_S = 0.25
"""How long deliveries may go unnoted: after a crash, what was sent in this time is sent again."""

LOCK = 0x53554253


class Courier:
    """Dispatches and delivers for one tenant. `base`: the address of this server; `allow`: see `webhook`."""

    def __init__(self, register: Register, base: str, allow: Sequence[str]) -> None:
        self._register = register
        self._base = base
        self._allow = allow
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._wanted_again: set[str] = set()
        self._stale = False

    def plan_anew(self) -> None:
        """Search parameters or terminology have changed: read every Subscription again, at the next turn."""
        self._stale = True

    async def run(self) -> None:
        """Work until cancelled. Only one process at a time does; the others wait for its lock."""
        async with self._register.database.connection() as connection:
            while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110 (no news of it)
                await asyncio.sleep(1)
            try:
                await self._register.load()
                async with asyncio.TaskGroup() as parts:
                    parts.create_task(self._dispatch())
                    parts.create_task(self._look_again())
            finally:
                for task in self._tasks.values():
                    task.cancel()
                self._tasks.clear()
                await connection.execute("select pg_advisory_unlock($1)", LOCK)

    async def _dispatch(self) -> None:
        while True:
            if self._stale:
                self._stale = False
                await self._register.load()
            taken = await dispatch.step(self._register)
            await self._set_off()
            if taken < dispatch.BATCH:
                await asyncio.sleep(IDLE_S)

    async def _look_again(self) -> None:
        """Notice what an operator wants told again, and forget old events once in a while."""
        turn = 0
        while True:
            async with works.begin(self._register.database, NOTIFIER, works.OPERATIONS, transaction=False) as work:
                rows = await work.connection.fetch(
                    "select distinct subscription_id from subscription_event where again order by subscription_id"
                )
                if turn % 1000 == 0:
                    await ledger.purge(work.connection, work.at)
            turn += 1
            self._wanted_again = {row["subscription_id"] for row in rows}
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _set_off(self) -> None:
        now = works.instant()
        for name, entry in self._register.entries.items():
            running = self._tasks.get(name)
            if running is not None and running.done():
                del self._tasks[name]
                running.result()
            elif running is None and self._due(name, entry, now):
                self._tasks[name] = asyncio.create_task(self._tend(entry))

    def _due(self, name: str, entry: Entry, now: datetime) -> bool:
        standing, definition = entry.standing, entry.definition
        if standing.state == "off" or (standing.retry_at is not None and standing.retry_at > now):
            return False
        if definition.end is not None and definition.end <= now:
            return True
        if definition.channel != "rest-hook":
            return False
        if not standing.greeted:
            return standing.state == "requested"
        return standing.last_event > standing.sent_event or name in self._wanted_again or _beats(entry, now)

    async def _tend(self, entry: Entry) -> None:
        """Everything that is due for one Subscription."""
        async with self._slots:
            now = works.instant()
            if entry.definition.end is not None and entry.definition.end <= now:
                entry.standing.state = "off"
                await self._save(entry)
                await self._register.say(entry.definition.id, "off")
            elif not entry.standing.greeted:
                await self._greet(entry)
            elif not await self._tell_all(entry) and _beats(entry, now):
                await self._beat(entry)

    async def _greet(self, entry: Entry) -> None:
        """The handshake: only who answers it is told anything."""
        try:
            await self._send(entry, "handshake", ())
        except (NotDelivered, ForbiddenEndpoint) as problem:
            entry.standing.state = "error"
            await self._save(entry)
            await self._register.say(entry.definition.id, "error", problem.text)
            return
        entry.standing.greeted, entry.standing.state, entry.standing.told_at = True, "active", works.instant()
        await self._save(entry)
        await self._register.say(entry.definition.id, "active")

    async def _tell_all(self, entry: Entry) -> bool:
        """Tell events in order until there are none or one is not taken; whether there were any."""
        told = False
        while entry.listens:
            async with works.begin(self._register.database, NOTIFIER, works.OPERATIONS, transaction=False) as work:
                record = self._register.record
                events = await ledger.next_events(work.connection, record, entry.definition.id, FETCHED)
                events = await owner.told(work, record, entry.definition.id, events) if events else events
            if not events or not await self._tell(entry, events):
                return told or bool(events)
            told = True
        return told

    async def _tell(self, entry: Entry, events: list[Event]) -> bool:
        """Tell these, as many together as may be; what was taken is noted now and then, and at the end."""
        together = entry.definition.max_count if entry.definition.topic is not None else 1
        taken: list[int] = []
        note_at = time.monotonic() + NOTE_EVERY_S
        for at in range(0, len(events), together):
            part = events[at : at + together]
            try:
                await self._send(entry, "event-notification", part)
            except (NotDelivered, ForbiddenEndpoint) as problem:
                DELIVERIES.labels("failed").inc()
                await self._taken(entry, taken)
                await self._failed(entry, part, problem)
                return False
            DELIVERIES.labels("sent").inc()
            taken += [event.number for event in part]
            if time.monotonic() > note_at:
                await self._taken(entry, taken)
                taken, note_at = [], time.monotonic() + NOTE_EVERY_S
        await self._taken(entry, taken)
        return True

    async def _taken(self, entry: Entry, numbers: list[int]) -> None:
        """Note what the endpoint took."""
        if not numbers:
            return
        standing = entry.standing
        recovered = standing.state == "error"
        standing.failures, standing.retry_at, standing.state, standing.told_at = 0, None, "active", works.instant()
        async with works.begin(self._register.database, NOTIFIER, works.OPERATIONS, transaction=False) as work:
            await ledger.delivered(work.connection, standing, numbers)
        if recovered:
            await self._register.say(entry.definition.id, "active")

    async def _failed(self, entry: Entry, events: list[Event], problem: NotDelivered | ForbiddenEndpoint) -> None:
        standing, now = entry.standing, works.instant()
        standing.failures += 1
        standing.retry_at = now + timedelta(seconds=min(2 ** (standing.failures - 1), LONGEST_PAUSE_S))
        in_error = standing.failures >= ERROR_AFTER or isinstance(problem, ForbiddenEndpoint)
        standing.state = "error" if in_error else standing.state
        if standing.failures >= TRIES or isinstance(problem, ForbiddenEndpoint):
            DELIVERIES.labels("dead").inc()
            standing.failures = 0
            async with works.begin(self._register.database, NOTIFIER, works.OPERATIONS, transaction=False) as work:
                await ledger.bury(work.connection, standing, [event.number for event in events], now, problem.text)
        else:
            await self._save(entry)
        if in_error:
            await self._register.say(entry.definition.id, "error", problem.text)

    async def _beat(self, entry: Entry) -> None:
        entry.standing.told_at = works.instant()
        try:
            await self._send(entry, "heartbeat", ())
        except (NotDelivered, ForbiddenEndpoint):
            DELIVERIES.labels("failed").inc()
        await self._save(entry)

    async def _save(self, entry: Entry) -> None:
        async with works.begin(self._register.database, NOTIFIER, works.OPERATIONS, transaction=False) as work:
            await ledger.save(work.connection, entry.standing)

    async def _send(self, entry: Entry, kind: str, events: Sequence[Event]) -> None:
        definition, media = entry.definition, entry.definition.media or "application/fhir+json"
        if definition.topic is None:
            method, url, body = _classic(definition.endpoint, definition.media, events[0])
        else:
            method, url = "POST", definition.endpoint
            body = notification.bundle(
                self._base, definition, entry.standing.state, kind, entry.standing.last_event, works.instant(), events
            )
        headers = [*definition.headers, *([("content-type", media)] if body else [])]
        await webhook.send(method, url, headers, _in(media, body), timeout_s=definition.timeout_s, allow=self._allow)


def _classic(endpoint: str, media: str, event: Event) -> tuple[str, str, bytes]:
    """R4's own rest-hook: an empty call; or, with a payload, an update of the resource at the endpoint."""
    if not media:
        return "POST", endpoint, b""
    return "PUT", f"{endpoint.rstrip('/')}/{event.focus}", event.content


def _in(media: str, body: bytes) -> bytes:
    return to_xml(json.decode_fast(body)) if body and "xml" in media else body


def _beats(entry: Entry, now: datetime) -> bool:
    """Whether a heartbeat is due."""
    period, told_at = entry.definition.heartbeat_s, entry.standing.told_at
    return bool(period) and told_at is not None and now - told_at >= timedelta(seconds=period or 0)
