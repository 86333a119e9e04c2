"""Documents into the record: once each, whole or not at all, with the original kept as a DocumentReference.

FHIR: Bundle (document), DocumentReference, OperationOutcome
Source: https://hl7.org/fhir/R4/documents.html; IHE MHD (masterIdentifier tells documents apart)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

from anlanh.exchange.intake import arrivals, merging, parting, store, taking
from anlanh.exchange.intake.arrivals import Arrived
from anlanh.exchange.intake.identity import Resource, document_key, id_of
from anlanh.exchange.intake.problems import DocumentChanged, NoDocument
from anlanh.exchange.intake.taking import Telling
from anlanh.fhir.model import json
from anlanh.fhir.rest.exchange import Ask, Reply, Server
from anlanh.fhir.rest.instance import checked
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read as reading
from anlanh.fhir.store.problems import AlreadyExists, VersionConflict
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import NotAllowed
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.database import Database, DatabaseBusy, DatabaseDown
from anlanh.platform.work import Principal, Work

PROTOCOL = "document"
WATCHER = Principal("system:documents", "system")
MESSENGERS = ("app", "system")
"""Roles that may send documents."""
TRIES = 4
AGAIN_S = 0.2
MEANWHILE = (VersionConflict, AlreadyExists, asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError)
"""Somebody else wrote the same meanwhile: read again, and try again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A document that is in the record: the id of its DocumentReference, and what it wrote (`Type/id`), which is nothing
    when it had come before."""

    document_id: str
    resources: list[str]
    new: bool


async def take_in(database: Database, record: Record, arrived: Arrived, read: Callable[[], Resource]) -> Taken:
    """Take a document in, and note for those who watch over senders what became of it. `read` makes the Bundle of
    `receive` of it. What is not taken is parked, to be tried again once the reason is gone.

    Raises:
        Problem: as of `read` and `receive`; nothing of the document is in the record.
    """
    try:
        taken = await receive(database, record, arrived.sender, arrived.protocol, read())
    except (DatabaseBusy, DatabaseDown):
        raise
    except Problem as problem:
        async with works.begin(database, WATCHER, works.OPERATIONS) as work:
            await arrivals.parked(work, arrived, problem)
        raise
    async with works.begin(database, WATCHER, works.OPERATIONS) as work:
        await arrivals.settled(work, arrived, taken.document_id, taken.resources, new=taken.new)
    return taken


async def receive(database: Database, record: Record, sender: str, protocol: str, bundle: Resource) -> Taken:
    """Take a document apart into the record, in one transaction. Its last entry is its DocumentReference.

    Safe to repeat: the same document changes nothing. `sender`: the subject of who posted it, whom `check_sender` let
    through; `protocol` is that of meta.source.

    Raises:
        DocumentChanged: another has come under the same identifier and version.
        NoPatient, Contradiction: it names nobody, or several.
        Problem: what it tells is not valid; nothing was written.
    """
    applier = Principal(f"{protocol}:{sender}", "system")
    for attempt in range(TRIES):
        try:
            async with works.begin(database, applier, works.TREATMENT) as work:
                return await keep(work, record, sender, protocol, bundle)
        except MEANWHILE:
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(AGAIN_S)
    raise AssertionError


def check_sender(who: Principal) -> None:
    """Refuse who is no connected system.

    Raises:
        NotAllowed: of another role.
    """
    if who.role not in MESSENGERS:
        raise NotAllowed(doing="send", type="document")


async def keep(work: Work, record: Record, sender: str, protocol: str, bundle: Resource) -> Taken:
    """The same within a transaction of the caller's."""
    scope = f"urn:{protocol}:identifier:{sender.replace(' ', '_').replace('|', '-')}"
    original = bundle["entry"][-1]["resource"]
    composition = bundle["entry"][0]["resource"]
    key = document_key(scope, original)
    document_id = id_of("DocumentReference", key)
    await store.hold(work, [f"document:{key}"])
    rid = rid_of("DocumentReference", document_id)
    known = (await reading.current(work, record, [rid])).get(rid)
    if known is not None:
        if _hash(json.decode_fast(known.content)) != _hash(original):
            raise DocumentChanged
        return Taken(document_id, [], new=False)
    sent = "".join(sign for sign in str(composition.get("date", "")) if sign.isdigit())[:14]
    source = merging.source(sender, original["masterIdentifier"]["value"], sent, protocol)
    (outcome,) = await taking.take(work, record, [Telling(bundle, scope, source, key)])
    if isinstance(outcome, Problem):
        raise outcome
    return Taken(document_id, outcome, new=True)


async def answer(server: Server, ask: Ask) -> Reply:
    """POST [base] with a document Bundle: 201 when it was taken in, 200 when it had been; where its original is.

    Raises:
        NotAllowed: who sends it is no connected system.
        Problem: see `receive`.
    """
    check_sender(ask.principal)
    arrived = Arrived(ask.principal.subject, PROTOCOL, json.encode(ask.resource), works.instant())
    taken = await take_in(server.database, server.record, arrived, lambda: _parted(server.record, ask.resource))
    return Reply(
        201 if taken.new else 200, json.encode(told(taken)), location=f"{ask.base}/DocumentReference/{taken.document_id}",
        resource_type="OperationOutcome",
    )  # fmt: skip


async def again(database: Database, record: Record, arrived: Arrived) -> Taken:
    """Take a document Bundle in, as it came. Safe to repeat.

    Raises:
        Problem: see `receive`.
    """
    return await take_in(database, record, arrived, lambda: _parted(record, json.decode(arrived.content)))


def _parted(record: Record, resource: object) -> Resource:
    return parting.part(checked(record, resource, "Bundle", None))


def told(taken: Taken) -> Resource:
    """What became of a document, as an OperationOutcome."""
    said = f"{len(taken.resources)} resources" if taken.new else "It had come before; nothing was changed"
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "information", "code": "informational", "diagnostics": said}],
    }


def _hash(document: Resource) -> str:
    try:
        return str(document["content"][0]["attachment"]["hash"])
    except (KeyError, IndexError, TypeError):
        raise NoDocument(why="its original is not kept") from None
