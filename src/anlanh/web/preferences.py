"""How the site is shown in this browser, for people who are signed in or not: kept in a cookie."""

from __future__ import annotations

from starlette.responses import Response

from anlanh.web import cookies
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request, local
from anlanh.web.screens import Pages, leave_for
from anlanh.web.texts import LANGUAGES

page = Pages("web", "anlanh.web")

YEAR_S = 365 * 24 * 3600
CHOICES = {
    "language": LANGUAGES,
    "letters": ("usual", "big"),
    "mode": ("full", "elder"),
    "device": ("own", "shared"),
}
"""What may be chosen, with what holds where nothing is. `elder`: large letters and few choices; `shared`: other people use
this device too, so nothing is kept on it."""


@page.get("/tuy-chon", needs=PUBLIC)
async def choose(request: Request) -> Response:
    """Take any of CHOICES from the query and go back to `next`. Safe to repeat."""
    wanted = request.query_params
    before = (request.cookie(cookies.CHOICES) or "").split(".")
    chosen = []
    for name, options in CHOICES.items():
        kept = next((each for each in options if each in before), options[0])
        chosen.append(wanted[name] if wanted.get(name) in options else kept)
    response = leave_for(request, local(wanted.get("next")))
    cookies.put(response, cookies.CHOICES, ".".join(chosen), secure=request.secure, max_age_s=YEAR_S)
    return response
