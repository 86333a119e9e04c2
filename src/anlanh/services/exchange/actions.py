"""Verbs: look at senders, and bring spreadsheets in.

FHIR: see docs/exchange-hl7v2.md, docs/exchange-files.md
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date
from typing import Any

from anlanh.exchange.ccda import receiving as cda
from anlanh.exchange.files import importing, mapping, store
from anlanh.exchange.files.importing import Opened
from anlanh.exchange.files.mapping import Line
from anlanh.exchange.files.tables import BY_NAME
from anlanh.exchange.hl7v2 import api as hl7v2
from anlanh.exchange.intake import arrivals, documents
from anlanh.exchange.intake.arrivals import Arrived, Entry
from anlanh.exchange.intake.documents import Taken
from anlanh.fhir.model import json as fhir_json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings
from anlanh.platform import blobs
from anlanh.platform import work as works
from anlanh.platform.blobs import Blobs
from anlanh.platform.database import Database
from anlanh.platform.work import Seen, Work

SHOWN = 10
"""Rows of a preview."""
PAGE = 25
MOST_AT_ONCE = 200
"""Documents that are tried again at a click."""

TAKES: dict[str, Callable[[Database, Record, Arrived], Awaitable[Taken]]] = {
    cda.PROTOCOL: cda.again,
    documents.PROTOCOL: documents.again,
}
"""How a document is taken in, by its protocol."""


def sender_of(work: Work) -> str:
    """For whom a spreadsheet is: the facility of who sends it, else themselves."""
    return next(iter(work.principal.organizations), work.principal.subject)


def kept(settings: Settings) -> Blobs:
    """Where spreadsheets lie, sealed."""
    return blobs.of(settings.data, importing.FOLDER)


async def opened(work: Work, settings: Settings, number: int) -> Opened:
    """A file of one's own facility.

    Raises:
        NoSuchFile: there is none.
    """
    return await importing.opened(work, kept(settings), sender_of(work), number)


async def mean(work: Work, settings: Settings, number: int, chosen: list[str]) -> None:
    """Let columns mean what was chosen, in their order; what is nothing known is not taken. Safe to repeat.

    Raises:
        NoSuchFile: there is none.
        NothingMeant: they do not say who is meant.
    """
    columns = {at: name for at, name in enumerate(chosen) if name in BY_NAME}
    mapping.check(columns)
    found = await opened(work, settings, number)
    await store.mean(work, found.sent, columns)


def preview(found: Opened, today: date) -> dict[str, Any]:
    """The first rows as they will be, and how many are right and wrong. Pure."""
    told = importing.lines(found, found.sent.columns, today)
    wrong = sum(bool(each.problems) for each in told)
    shown = [(each, _cells(found, each)) for each in told[:SHOWN]]
    return {"lines": shown, "right": len(told) - wrong, "wrong": wrong}


def _cells(found: Opened, line: Line) -> list[str]:
    """Cells as they were understood; those that were not, as they were sent."""
    row = found.sheet.rows[line.number - found.sheet.first]
    return [mapping.said(line.values, name) or row[at] or "–" for at, name in sorted(found.sent.columns.items())]


async def sender(work: Work, settings: Settings, name: str, before: int | None) -> dict[str, Any]:
    """A sender: figures, messages, and what is particular about it."""
    figures = next((each for each in await hl7v2.senders(work) if each.sender == name), None)
    messages = await hl7v2.messages(work, sender=name, before=before, count=PAGE)
    overlay = await hl7v2.declared(work, settings, name)
    return {"figures": figures, "messages": messages, "overlay": json.dumps(overlay, ensure_ascii=False, indent=1)}


async def sender_of_documents(work: Work, name: str, before: int | None) -> dict[str, Any]:
    """A sender of documents: figures, and what it sent."""
    figures = next((each for each in await arrivals.figures(work) if each.sender == name), None)
    return {"figures": figures, "messages": await arrivals.entries(work, name, before, PAGE)}


async def show_document(work: Work, number: int) -> tuple[Entry, str]:
    """What became of a document, and its text while it is parked. That somebody looked is on the list of those of whom it
    speaks.

    Raises:
        NoSuchArrival: there is none of that number.
    """
    found, as_it_came = await arrivals.entry(work, number), await arrivals.kept(work, number)
    people = [each.partition("/")[2] for each in found.resources if each.startswith("Patient/")]
    keys = tuple(rid_of("Patient", each) for each in people)
    work.seen.append(Seen("R", "Bundle", (rid_of("Bundle", f"document-{number}"),), keys, hl7v2.RULE))
    return found, as_it_came.content.decode("utf-8", "replace") if as_it_came else ""


async def replay_documents(database: Database, record: Record, sender: str, number: int) -> tuple[int, int]:
    """Try a parked document again, or (0) all of a sender, in their order; how many were tried, and taken. Safe to repeat."""
    async with works.begin(database, documents.WATCHER, works.OPERATIONS) as work:
        numbers = [number] if number else await arrivals.parked_of(work, sender, MOST_AT_ONCE)
        found = [each for one in numbers if (each := await arrivals.kept(work, one)) is not None]
    taken = 0
    for each in found:
        with suppress(Problem):
            await TAKES[each.protocol](database, record, each)
            taken += 1
    return len(found), taken


async def preview_message(work: Work, settings: Settings, name: str, overlay: str, pasted: str) -> str:
    """What a pasted message would become, as JSON. Nothing is written.

    Raises:
        BadSites, NotHl7, WrongEncoding, NotSupported: what is wrong with either.
    """
    bundle = await hl7v2.preview(work, settings, name, overlay, pasted)
    found = [each["resource"] for each in json.loads(fhir_json.encode(bundle))["entry"]]
    return json.dumps(found, ensure_ascii=False, indent=2)
