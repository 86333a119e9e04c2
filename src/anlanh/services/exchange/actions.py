"""Verbs: look at senders, and bring spreadsheets in.

FHIR: see docs/exchange-hl7v2.md, docs/exchange-files.md
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from anlanh.exchange.files import importing, mapping, store
from anlanh.exchange.files.importing import Opened
from anlanh.exchange.files.mapping import Line
from anlanh.exchange.files.tables import BY_NAME
from anlanh.exchange.hl7v2 import api as hl7v2
from anlanh.fhir.model import json as fhir_json
from anlanh.kernel.settings import Settings
from anlanh.platform import blobs
from anlanh.platform.blobs import Blobs
from anlanh.platform.work import Work

SHOWN = 10
"""Rows of a preview."""
PAGE = 25


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


async def preview_message(work: Work, settings: Settings, name: str, overlay: str, pasted: str) -> str:
    """What a pasted message would become, as JSON. Nothing is written.

    Raises:
        BadSites, NotHl7, WrongEncoding, NotSupported: what is wrong with either.
    """
    bundle = await hl7v2.preview(work, settings, name, overlay, pasted)
    found = [each["resource"] for each in json.loads(fhir_json.encode(bundle))["entry"]]
    return json.dumps(found, ensure_ascii=False, indent=2)
