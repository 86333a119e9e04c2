"""Language and size of letters: kept in a cookie of this browser, for people who are signed in or not."""

from __future__ import annotations

from starlette.responses import Response

from anlanh.web import cookies
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request, local
from anlanh.web.screens import Pages, leave_for
from anlanh.web.texts import LANGUAGES

page = Pages("web", "anlanh.web")

YEAR_S = 365 * 24 * 3600
SIZES = ("big", "usual")


@page.get("/tuy-chon", needs=PUBLIC)
async def choose(request: Request) -> Response:
    """Take `language` (vi, en) or `letters` (big, usual) and go back to `next`. Safe to repeat."""
    wanted = request.query_params
    language = wanted.get("language")
    size = wanted.get("letters")
    chosen = (
        language if language in LANGUAGES else request.visit.language,
        size if size in SIZES else SIZES[not request.visit.big],
    )
    response = leave_for(request, local(wanted.get("next")))
    cookies.put(response, cookies.CHOICES, ".".join(chosen), secure=request.secure, max_age_s=YEAR_S)
    return response
