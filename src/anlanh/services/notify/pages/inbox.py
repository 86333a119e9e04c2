"""The inbox: what one was told, newest first; one message; everything ever sent."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from anlanh.services.notify import rules
from anlanh.services.notify.actions import inbox
from anlanh.services.notify.model import CHANNELS, CHOOSE_OWN, KINDS, READ_OWN, Letter
from anlanh.services.notify.pages.registry import page, record_of
from anlanh.web.permission import allows
from anlanh.web.request import Request
from anlanh.web.texts import _


@page.get("/tin-nhan", needs=READ_OWN)
async def messages(request: Request) -> Response:
    """What one was told; opening one counts it as read."""
    place = _place(request.query_params.get("tu", ""))
    async with request.begin(transaction=False) as work:
        letters = await inbox.newest(work, record_of(request), inbox.ON_A_PAGE + 1, place)
        unread = await inbox.unread(work)
    shown = letters[: inbox.ON_A_PAGE]
    following = f"?tu={_mark(shown[-1])}" if len(letters) > len(shown) else None
    return page.show(
        request, "messages.html", letters=shown, unread=unread, following=following, kinds=KINDS,
        chooses=allows(CHOOSE_OWN, request.signed_in.role),
    )  # fmt: skip


@page.post("/tin-nhan/da-doc", needs=READ_OWN, again=messages)
async def read_all(request: Request) -> Response:
    """Count everything as read. Safe to repeat."""
    async with request.begin() as work:
        count = await inbox.read_all(work, record_of(request))
    return page.back_to(request, "notify.messages", said=_("{count} messages are marked as read.", count=count))


@page.get("/tin-nhan/nhat-ky", needs=READ_OWN)
async def sent(request: Request) -> Response:
    """Every message to oneself or about oneself, and what became of it on each channel."""
    async with request.begin(transaction=False) as work:
        found = await inbox.sent(work)
        mine = inbox.inboxes(work)
    return page.show(request, "sent.html", found=found, mine=mine, kinds=KINDS, channels=CHANNELS, states=rules.STATES)


@page.get("/tin-nhan/thu/{message_id}", needs=READ_OWN)
async def letter(request: Request) -> Response:
    """One message; from now on it is read."""
    async with request.begin() as work:
        found, ways = await inbox.open_letter(work, record_of(request), request.path_params["message_id"])
    return page.show(
        request, "letter.html", letter=found, ways=ways, kinds=KINDS, channels=CHANNELS, states=rules.STATES
    )


def _mark(letter: Letter) -> str:
    return f"{letter.told_at:%Y%m%dT%H%M%S%f}.{letter.id}"


def _place(text: str) -> tuple[datetime, str] | None:
    """Where an older page begins; the beginning where the text is none of ours."""
    at, _dot, message_id = text.partition(".")
    try:
        return datetime.strptime(f"{at}+0000", "%Y%m%dT%H%M%S%f%z"), message_id
    except ValueError:
        return None
