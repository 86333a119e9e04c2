"""The Subscriptions in force, in memory: what each waits for and where it stands. One process has them at a time.

FHIR: Subscription
Source: https://hl7.org/fhir/R4/subscription.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, read, write
from anlanh.fhir.store.problems import Gone, NotFound, VersionConflict
from anlanh.fhir.store.record import Record
from anlanh.fhir.subscriptions import definition, ledger, plan, topics
from anlanh.fhir.subscriptions import owner as owners
from anlanh.fhir.subscriptions.definition import Definition
from anlanh.fhir.subscriptions.hearing import Hearing
from anlanh.fhir.subscriptions.ledger import Standing
from anlanh.fhir.subscriptions.owner import NOTIFIER
from anlanh.fhir.subscriptions.plan import Plan, Test
from anlanh.fhir.subscriptions.problems import BadSubscription
from anlanh.fhir.subscriptions.topics import CODE, Topic
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work

MOST = 10_000


@dataclass(slots=True)
class Entry:
    """One Subscription at work."""

    definition: Definition
    plan: Plan
    standing: Standing
    owner: Principal

    @property
    def listens(self) -> bool:
        """Whether changes are noted for it."""
        return self.standing.greeted and self.standing.state in ("active", "error")


TakeOver: TypeAlias = Callable[[Work, Sequence[str]], Awaitable[None]]


async def nothing(work: Work, entries: Sequence[str]) -> None:
    """Of a register that nobody gave a log."""


class Register:
    """All Subscriptions by id; `waiting` says who waits for changes of a type; `take_over` is
    given what the outbox carries to the log of accesses; `hearings` are the services that listen, and
    their `bells` ring when something was put down for them."""

    def __init__(
        self, database: Database, record: Record, take_over: TakeOver = nothing, hearings: Sequence[Hearing] = ()
    ) -> None:
        self.take_over = take_over
        self.hearings = hearings
        self.bells = {each.name: asyncio.Event() for each in hearings}
        self.database = database
        self.record = record
        self.entries: dict[str, Entry] = {}
        self.waiting: dict[str, list[tuple[Entry, tuple[Test, ...]]]] = {}
        self._topics: dict[str, Topic] = {}

    async def load(self) -> None:
        """Read everything anew: topics, Subscriptions, where they stand."""
        async with works.begin(self.database, NOTIFIER, works.OPERATIONS, transaction=False) as work:
            self._topics = topics.known(await self._resources(work, "Basic", [("code", CODE)]))
            ids = [each["id"] for each in await self._resources(work, "Subscription", [])]
            gone = (await ledger.standings(work.connection)).keys() - set(ids)
        self.entries.clear()
        await self.refresh([*ids, *gone])

    async def refresh(self, ids: Iterable[str]) -> None:
        """Read these Subscriptions anew; what is requested begins, what was deleted is forgotten."""
        for subscription_id in dict.fromkeys(ids):
            await self._refresh(subscription_id)
        self._wait()

    def _wait(self) -> None:
        self.waiting = {}
        for entry in self.entries.values():
            for resource_type, tests in entry.plan.items():
                self.waiting.setdefault(resource_type, []).append((entry, tests))

    async def _resources(self, work: Work, resource_type: str, pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
        query = queries.read(self.record.criteria(), [resource_type], pairs)
        found = await read.current(work, self.record, await find.rids(work, self.record, query, MOST))
        return [json.decode_fast(each.content) for each in found.values()]

    async def _refresh(self, subscription_id: str) -> None:
        async with works.begin(self.database, NOTIFIER, works.OPERATIONS, transaction=False) as work:
            rid = rid_of("Subscription", subscription_id)
            stored = (await read.current(work, self.record, [rid])).get(rid)
            if stored is None:
                self.entries.pop(subscription_id, None)
                await ledger.remove(work.connection, subscription_id)
                return
            standing = (await ledger.standings(work.connection, [subscription_id])).get(subscription_id)
            resource = json.decode_fast(stored.content)
            fresh = standing or Standing(subscription_id, stored.version, "requested")
            known = self.entries.get(subscription_id)
            fresh = known.standing if known is not None else fresh
            asked_for = standing is None and resource["status"] in ("requested", "active")
            try:
                read_ = definition.of_resource(resource, stored.version)
                waits = plan.plan(self.record.criteria(), read_, self._topics)
            except BadSubscription as problem:
                self.entries.pop(subscription_id, None)
                fresh.version, fresh.state, fresh.greeted = stored.version, "error", False
                await ledger.save(work.connection, fresh)
                wrong = problem.text
            else:
                wrong = ""
                fresh.version = stored.version
                _move(fresh, read_, asked_for=asked_for)
                self.entries[subscription_id] = Entry(
                    read_, waits, fresh, await owners.of(work.connection, subscription_id)
                )
                await ledger.save(work.connection, fresh)
        if wrong:
            await self.say(subscription_id, "error", wrong)
        elif fresh.state == "active":
            await self.say(subscription_id, "active")

    async def say(self, subscription_id: str, status: str, error: str = "") -> None:
        """Write status and error into the resource, if they are other than they were. Safe to repeat."""
        try:
            async with works.begin(self.database, NOTIFIER, works.OPERATIONS) as work:
                stored = await read.lock(work, self.record, "Subscription", subscription_id)
                resource = json.decode_fast(stored.content)
                if (resource["status"], resource.get("error", "")) == (status, error):
                    return
                resource["status"] = status
                resource.pop("error", None)
                if error:
                    resource["error"] = error
                prepared = write.prepare(self.record, resource, subscription_id)
                await write.put(work, self.record, prepared, expected=stored.version)
        except (Gone, NotFound, VersionConflict):
            return


def _move(standing: Standing, read_: Definition, *, asked_for: bool) -> None:
    """Where it stands after its resource was written."""
    if read_.status == "off":
        standing.state = "off"
    elif read_.status == "requested" or asked_for:
        standing.failures, standing.retry_at = 0, None
        standing.greeted = read_.topic is None or read_.channel == "websocket"
        standing.state = "active" if standing.greeted else "requested"
