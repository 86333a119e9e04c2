"""A spreadsheet from upload to record: kept, shown as it will be, imported.

FHIR: transaction
Source: docs/exchange-files.md
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from anlanh.access.identity import look_up
from anlanh.exchange.files import codec, mapping, store
from anlanh.exchange.files.codec import Sheet
from anlanh.exchange.files.mapping import Line
from anlanh.exchange.files.problems import SentTooMany
from anlanh.exchange.files.store import Sent
from anlanh.exchange.files.tables import BY_NAME
from anlanh.exchange.intake import identity, merging, taking
from anlanh.exchange.intake.taking import Telling
from anlanh.fhir.model import json
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.blobs import Blobs
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work

FOLDER = "files"
TOGETHER = 100
"""Rows of one transaction."""
MOST_A_DAY = 50
"""Files that one person may send within a day; each is at most as long as a form may be."""
MOST_ALIKE = 3
"""People who may be the one whom a row without a number means: a second one is one too many."""
UNSAFE = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of a cell that a spreadsheet would work out. Source: OWASP, CSV injection"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file with what is in it."""

    sent: Sent
    sheet: Sheet


async def receive(work: Work, blobs: Blobs, sender: str, name: str, data: bytes) -> int:
    """Keep a file and guess what its columns mean; its number. Safe to repeat.

    Raises:
        NotASheet, TooMuch: it cannot be read.
        SentTooMany: who acts has sent many today.
    """
    if await store.count_of_day(work, hashlib.sha256(data).hexdigest()) >= MOST_A_DAY:
        raise SentTooMany(most=MOST_A_DAY)
    sheet = await asyncio.to_thread(codec.read, data)
    header = hashlib.sha256("\0".join(sheet.header).encode()).hexdigest()
    columns = await store.remembered(work, sender, header) or mapping.guess(sheet.header)
    blob = blobs.put([data])
    return await store.keep(work, sender, name[:200], blob.sha256, header, columns)


async def opened(work: Work, blobs: Blobs, sender: str, number: int) -> Opened:
    """A file of a sender.

    Raises:
        NoSuchFile: there is none.
    """
    sent = await store.one(work, sender, number)
    return Opened(sent, codec.read(b"".join(blobs.get(sent.blob))))


def lines(found: Opened, columns: Mapping[int, str], today: date) -> list[Line]:
    """Its rows as they will be; empty ones are left out. Pure."""
    rows = enumerate(found.sheet.rows, found.sheet.first)
    return [mapping.line(row, columns, number, today) for number, row in rows if any(row)]


async def run(database: Database, record: Record, found: Opened, today: date) -> tuple[int, int]:
    """Import a file by its columns: how many rows were taken, and how many not. A row is taken whole or not at all; those
    without a number come last, so that they find whom the others have brought.

    Safe to repeat: rows that were taken before change nothing.

    Raises:
        NothingMeant: the columns do not say who is meant.
    """
    sent = found.sent
    mapping.check(sent.columns)
    applier = Principal(f"file:{sent.sender}", "system")
    told = lines(found, sent.columns, today)
    good = [each for each in told if not each.problems]
    refused: list[tuple[int, Problem]] = [(each.number, each.problems[0]) for each in told if each.problems]
    recognised: dict[int, str] = {}
    good.sort(key=lambda each: not mapping.is_numbered(each.values))
    for start in range(0, len(good), TOGETHER):
        some = good[start : start + TOGETHER]
        async with works.begin(database, applier, works.TREATMENT) as work:
            tellings = []
            for each in some:
                patient = None
                if not mapping.is_numbered(each.values):
                    recognised[each.number], patient = await _recognised(work, record, each, f"urn:file:{sent.sender}")
                tellings.append(_telling(sent, each, patient))
            outcomes = await taking.take(work, record, tellings)
        refused += [(each.number, out) for each, out in zip(some, outcomes, strict=True) if isinstance(out, Problem)]
    async with works.begin(database, applier, works.OPERATIONS) as work:
        await store.begun(work, sent.number)
        left_out = {number for number, _problem in refused}
        kept = {number: outcome for number, outcome in recognised.items() if number not in left_out}
        await store.recognised(work, sent.number, kept)
        await store.rejected(work, sent.number, refused)
        await store.done(work, sent.number, len(told) - len(refused), len(refused))
    return len(told) - len(refused), len(refused)


async def _recognised(work: Work, record: Record, each: Line, scope: str) -> tuple[str, mapping.Resource]:
    """Whom a row without a number means: the one person of whom that is certain, and nobody else who may be it; else
    somebody new under a temporary number, whom the person index puts before a steward beside those who may be it."""
    person = mapping.described(each.values)
    likely = [
        found for found in await look_up.likely(work, record, person, count=MOST_ALIKE) if found.grade != "possible"
    ]
    if [found.grade for found in likely] == ["certain"]:
        known = json.decode_fast(likely[0].stored.content)
        for token in identity.tokens(known):
            system, _, value = token.partition("|")
            return "found", {"resourceType": "Patient", "identifier": [{"system": system, "value": value}]}
    return "temporary", {**person, "identifier": [mapping.temporary(each.values, scope)]}


def _telling(sent: Sent, each: Line, patient: mapping.Resource | None) -> Telling:
    scope = f"urn:file:{sent.sender}"
    performer = sent.sender if sent.sender.startswith("Organization/") else None
    bundle = mapping.to_bundle(each.values, scope, performer, patient)
    source = merging.source(sent.sender, f"{sent.number}.{each.number}", f"{sent.sent_at:%Y%m%d%H%M%S}", "file")
    return Telling(bundle, scope, source, f"{scope}|{sent.blob}|{each.number}")


def report(found: Opened, reasons: Iterable[tuple[int, str]]) -> bytes:
    """The lines that were not taken, as they were sent, each with its reason: CSV that opens in spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["Dòng", "Lý do", *map(_safe, found.sheet.header)])
    for number, reason in reasons:
        writer.writerow([number, reason, *map(_safe, found.sheet.rows[number - found.sheet.first])])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(UNSAFE) else cell


def titles(columns: Mapping[int, str], language: str) -> list[str]:
    """What the columns mean, in words, in their order."""
    return [getattr(BY_NAME[name], "vi" if language == "vi" else "en") for _, name in sorted(columns.items())]
