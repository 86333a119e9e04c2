"""The library: doors by kind, one search box, an article. Words are sent by POST: they may name an illness somebody has."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import RedirectResponse, Response

from anlanh.services.knowledge import actions
from anlanh.services.knowledge.model import WRITE, Article, Kind
from anlanh.services.knowledge.pages.registry import BY_PATH, DANGER, KEPT_DAYS, KINDS, page, reading, record_of
from anlanh.web import offline
from anlanh.web.permission import PUBLIC, allows
from anlanh.web.request import Request

BESIDE = 4
"""Other articles of the same kind that an article leads to."""

LONGEST = 100


class SearchForm(msgspec.Struct):
    """What is looked for."""

    tim: str = ""


@page.get("/kien-thuc", needs=PUBLIC)
async def start(request: Request) -> Response:
    """The search box and the doors, or all articles of the kind that the address names."""
    kind = BY_PATH.get(request.query_params.get("loai", ""))
    async with reading(request) as work:
        shelf = await actions.shelf(work, record_of(request))
    chosen = [each for each in shelf.valid if each.kind is kind]
    counts = {kind: sum(each.kind is kind for each in shelf.valid) for kind in KINDS}
    return _show(request, sorted(chosen, key=lambda each: each.title), kind=kind, counts=counts)


@page.post("/kien-thuc", needs=PUBLIC, again=start)
async def search(request: Request, form: SearchForm) -> Response:
    """The articles that answer, the best first."""
    words = form.tim[:LONGEST]
    if not words:
        return RedirectResponse("/kien-thuc", 303)
    async with reading(request, transaction=True) as work:
        found = await actions.search(work, record_of(request), words)
    return _show(request, list(found), asked=words)


@page.get("/kien-thuc/{slug}", needs=PUBLIC)
async def article(request: Request) -> Response:
    """An article. One that is due for review says so before anything else."""
    async with reading(request) as work:
        shelf, held = await actions.article(work, record_of(request), request.path_params["slug"])
    found = held.article
    beside = [each for each in shelf.valid if each.kind is found.kind and each.slug != found.slug]
    shown = page.show(
        request, "article.html", article=found, held=held, due=found.is_due(shelf.today), kinds=KINDS, danger=DANGER,
        beside=_after(beside, found.slug), edits=_edits(request),
    )  # fmt: skip
    return offline.keep(shown, days=KEPT_DAYS)


def _after(listed: list[Article], slug: str) -> list[Article]:
    """The next few after a slug, beginning anew at the end, so that not all articles lead to the same ones."""
    return sorted(listed, key=lambda each: (each.slug < slug, each.slug))[:BESIDE]


def _show(
    request: Request,
    articles: list[Article],
    *,
    kind: Kind | None = None,
    asked: str = "",
    counts: Mapping[Kind, int] | None = None,
) -> Response:
    return page.show(
        request, "library.html", articles=articles, kind=kind, asked=asked, counts=counts or {}, kinds=KINDS,
        edits=_edits(request),
    )  # fmt: skip


def _edits(request: Request) -> bool:
    """Whether who looks may write articles."""
    session = request.visit.session
    return session is not None and allows(WRITE, session.role)
