"""Spreadsheets: sent, columns named, looked at, imported."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from starlette.datastructures import UploadFile
from starlette.responses import Response

from anlanh.exchange.files import importing, mapping, store
from anlanh.exchange.files.problems import NothingMeant
from anlanh.exchange.files.tables import MEANINGS
from anlanh.services.exchange import actions
from anlanh.services.exchange.model import IMPORT_FILES, NoFileChosen
from anlanh.services.exchange.pages.registry import page, record_of
from anlanh.web.request import Request
from anlanh.web.texts import Text, _

SHOWN = 200
"""Rows without a number of which the page says what became of them."""

OUTCOMES: dict[str, Text] = {
    "found": _("in the record of the one person with this name, birth date, sex and commune"),
    "temporary": _("kept under a temporary number; a data steward sees whether this person is known already"),
}
"""What became of a row without a number."""


class SendForm(msgspec.Struct):
    """A spreadsheet."""

    file: Any = None


class ColumnsForm(msgspec.Struct):
    """What each column means, in their order."""

    number: int
    column: list[str] = msgspec.field(default_factory=list)


class ImportForm(msgspec.Struct):
    """The file to import."""

    number: int


@page.get("/nhap-tep", needs=IMPORT_FILES)
async def choose(request: Request) -> Response:
    """A place to send a file, and those that were sent."""
    async with request.begin(transaction=False) as work:
        found = await store.latest(work, actions.sender_of(work))
    return page.show(request, "choose.html", files=found)


@page.post("/nhap-tep", needs=IMPORT_FILES, again=choose)
async def send(request: Request, form: SendForm) -> Response:
    """Keep a file and go on to what is in it. Safe to repeat."""
    if not isinstance(form.file, UploadFile) or not form.file.filename:
        raise NoFileChosen(expression="file")
    data = await form.file.read()
    async with request.begin() as work:
        sender = actions.sender_of(work)
        number = await importing.receive(work, actions.kept(request.settings), sender, form.file.filename, data)
    return page.back_to(request, "exchange.sheet", number=number)


@page.get("/nhap-tep/{number:int}", needs=IMPORT_FILES)
async def sheet(request: Request) -> Response:
    """A file: what its columns mean, its rows as they will be, what became of it."""
    return await _sheet(request, request.path_params["number"])


async def sheet_again(request: Request) -> Response:
    """The same after something that could not be done."""
    return await _sheet(request, int(request.visit.typed.get("number", "0")))


@page.post("/nhap-tep/cot", needs=IMPORT_FILES, again=sheet_again)
async def name_columns(request: Request, form: ColumnsForm) -> Response:
    """Say what the columns mean; remembered for the next file with these headers."""
    async with request.begin() as work:
        await actions.mean(work, request.settings, form.number, form.column)
    return page.back_to(
        request, "exchange.sheet", number=form.number, said=_("The columns are named. Look at the rows below.")
    )


@page.post("/nhap-tep/nhap", needs=IMPORT_FILES, again=sheet_again)
async def bring_in(request: Request, form: ImportForm) -> Response:
    """Import the file. Safe to repeat: rows that were taken change nothing."""
    async with request.begin(transaction=False) as work:
        found = await actions.opened(work, request.settings, form.number)
    record = record_of(request)
    today = request.now.astimezone(record.zone).date()
    taken, refused = await importing.run(request.database, record, found, today)
    said = _("{taken} rows are in the record, {refused} were not taken.", taken=taken, refused=refused)
    return page.back_to(request, "exchange.sheet", number=form.number, said=said)


@page.get("/nhap-tep/{number:int}/dong-loi", needs=IMPORT_FILES)
async def rejected(request: Request) -> Response:
    """The rows that were not taken, with their reasons, as a file."""
    async with request.begin(transaction=False) as work:
        found = await actions.opened(work, request.settings, request.path_params["number"])
        reasons = await store.reasons(work, found.sent.number)
    vietnamese = request.visit.language == "vi"
    data = importing.report(found, [(line, vi if vietnamese else en) for line, en, vi in reasons])
    headers = {
        "content-disposition": f'attachment; filename="dong-loi-{found.sent.number}.csv"',
        "cache-control": "no-store",
    }
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


async def _sheet(request: Request, number: int) -> Response:
    async with request.begin(transaction=False) as work:
        found = await actions.opened(work, request.settings, number)
        unnumbered = await store.without_number(work, number)
    today = request.now.astimezone(record_of(request).zone).date()
    language = request.visit.language
    options = [("-", _("Not taken")), *((each.name, each.vi if language == "vi" else each.en) for each in MEANINGS)]
    return page.show(
        request, "sheet.html", found=found, seen=actions.preview(found, today), options=options,
        titles=importing.titles(found.sent.columns, language), usable=_usable(found), numbered=mapping.is_numbered,
        unnumbered=unnumbered[:SHOWN], more=max(0, len(unnumbered) - SHOWN),
        counts=Counter(outcome for _line, outcome in unnumbered), outcomes=OUTCOMES,
    )  # fmt: skip


def _usable(found: importing.Opened) -> bool:
    try:
        mapping.check(found.sent.columns)
    except NothingMeant:
        return False
    return True
