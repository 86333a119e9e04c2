"""The editors' desk: what is due, what waits, what was asked for in vain; write, review, review again, withdraw."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.services.knowledge import actions, store
from anlanh.services.knowledge.model import REVIEW, WRITE, NoSuchArticle
from anlanh.services.knowledge.pages.registry import DANGER, page, record_of
from anlanh.services.knowledge.rules import readability, reading
from anlanh.web.permission import allows
from anlanh.web.request import Request
from anlanh.web.texts import _

NEW = "moi"
SOON_DAYS = 90
STATES = {
    "waiting": (_("waits for review"), "warn"),
    "public": (_("public"), "good"),
    "refused": (_("refused"), "bad"),
    "withdrawn": (_("withdrawn"), "bad"),
}


class TextForm(msgspec.Struct):
    """An article as a file."""

    slug: str
    text: str


class DecisionForm(msgspec.Struct):
    """Which version, and whether it is approved."""

    slug: str
    number: int
    approved: str = ""


class SlugForm(msgspec.Struct):
    """Which article."""

    slug: str


@page.get("/kien-thuc/bien-tap", needs=WRITE)
async def desk(request: Request) -> Response:
    """What there is to do."""
    async with request.begin(transaction=False) as work:
        shelf = await actions.shelf(work, record_of(request))
        waiting = await store.waiting(work)
        questions = await actions.questions(work)
    held = sorted(shelf.held.values(), key=lambda each: (each.article.review_due, each.article.slug))
    due = [each for each in held if (each.article.review_due - shelf.today).days < SOON_DAYS and not each.withdrawn]
    return page.show(
        request, "desk.html", due=due, waiting=waiting, questions=questions, held=held, today=shelf.today,
        unseen=sum(each.number == 0 for each in held), new=NEW,
    )  # fmt: skip


@page.get("/kien-thuc/bien-tap/{slug}", needs=WRITE)
async def write(request: Request) -> Response:
    """The text of an article, or the shape of a new one; and what may be done with it."""
    return await _write(request, request.path_params["slug"])


async def write_again(request: Request) -> Response:
    """The same with a text that could not be kept."""
    return await _write(request, request.visit.typed.get("slug", ""))


@page.post("/kien-thuc/bien-tap", needs=WRITE, again=write_again)
async def propose(request: Request, form: TextForm) -> Response:
    """Keep a text; nobody sees it before somebody else has reviewed it."""
    async with request.begin() as work:
        kept = await actions.propose(work, form.slug, form.text)
    said = _("Kept. A colleague has to review it before anybody reads it.")
    return page.back_to(request, "knowledge.version", said=said, slug=kept.slug, number=kept.number)


@page.get("/kien-thuc/bien-tap/{slug}/{number:int}", needs=WRITE)
async def version(request: Request) -> Response:
    """A version as readers would see it, with how easily it reads."""
    return await _version(request, request.path_params["slug"], request.path_params["number"])


async def version_again(request: Request) -> Response:
    """The same after a decision that could not be taken."""
    number = request.visit.typed.get("number", "")
    return await _version(request, request.visit.typed.get("slug", ""), int(number) if number.isdecimal() else 0)


@page.post("/kien-thuc/bien-tap/quyet-dinh", needs=REVIEW, again=version_again)
async def decide(request: Request, form: DecisionForm) -> Response:
    """Approve or refuse what somebody else wrote."""
    async with request.begin() as work:
        await actions.decide(work, record_of(request), form.slug, form.number, form.approved == "yes")
    said = _("Approved. Everybody can read it now.") if form.approved == "yes" else _("Refused; nothing has changed.")
    return page.back_to(request, "knowledge.version", said=said, slug=form.slug, number=form.number)


@page.post("/kien-thuc/bien-tap/xem-lai", needs=REVIEW, again=write_again)
async def review_again(request: Request, form: SlugForm) -> Response:
    """Say that an article still holds."""
    async with request.begin() as work:
        await actions.review_again(work, record_of(request), form.slug)
    return page.back_to(request, "knowledge.desk", said=_("Reviewed. It is valid for two years from today."))


@page.post("/kien-thuc/bien-tap/rut", needs=REVIEW, again=write_again)
async def withdraw(request: Request, form: SlugForm) -> Response:
    """Take an article away at once."""
    async with request.begin() as work:
        await actions.withdraw(work, record_of(request), form.slug)
    return page.back_to(request, "knowledge.desk", said=_("Withdrawn. Nobody finds it any more."))


async def _write(request: Request, slug: str) -> Response:
    async with request.begin(transaction=False) as work:
        text = await actions.text_of(work, slug)
        shelf = await actions.shelf(work, record_of(request))
        versions = await store.versions(work, slug)
    typed = request.visit.typed.get("text", "")
    if not text and slug != NEW and not typed:
        raise NoSuchArticle
    held = shelf.held.get(slug)
    return page.show(
        request, "write.html", slug="" if slug == NEW else slug, text=text or _shape(), held=held, versions=versions,
        states=STATES, may_review=held is not None and not held.withdrawn and allows(REVIEW, request.signed_in.role),
        due=held is not None and held.article.is_due(shelf.today),
    )  # fmt: skip


async def _version(request: Request, slug: str, number: int) -> Response:
    async with request.begin(transaction=False) as work:
        found = await actions.version(work, slug, number)
        mine = found.written_by == work.principal.subject
    article = reading.article(slug, found.text)
    decides = found.state == "waiting" and not mine and allows(REVIEW, request.signed_in.role)
    return page.show(
        request, "version.html", version=found, article=article, state=STATES[found.state], mine=mine,
        may_decide=decides, danger=DANGER, mean=readability.mean_length(article), most=readability.LONGEST_MEAN,
    )  # fmt: skip


def _shape() -> str:
    """The file of an article, to begin a new one with."""
    return next(iter(store.given().values()))
