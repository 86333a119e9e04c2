"""Screens of this service: the queue, a pair, people found, merges, a number for those who had none."""

from __future__ import annotations

from datetime import datetime

import msgspec
from starlette.responses import Response

from anlanh.access.accounts.signing_in import Accounts
from anlanh.access.identity import pairs
from anlanh.access.identity.pairs import Pair
from anlanh.access.identity.problems import NoSuchMerge, NoSuchPair
from anlanh.fhir.store.record import Record
from anlanh.kernel.vn.identity import NotACardCode, NotAPersonalId
from anlanh.services.identity import actions, rules
from anlanh.services.identity.model import JOIN_IDENTITIES, SEE_IDENTITIES, ChooseTwo
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import _

page = Pages("identity", "anlanh.services.identity")
page.in_menu(_("Identities"), "/dinh-danh", "users", SEE_IDENTITIES)


class PairForm(msgspec.Struct):
    """The two Patients of a decision; in a merge the one that stays."""

    one: int
    two: int
    stays: int = 0


class SearchForm(msgspec.Struct):
    """What people are looked for by."""

    number: str = ""
    name: str = ""
    year: str = ""


class ChosenForm(msgspec.Struct):
    """Those who were ticked."""

    person: list[int] = []


class NumberForm(msgspec.Struct):
    """A Patient, and the number or scanned card for it."""

    person: int
    number: str


class MergeForm(msgspec.Struct):
    """The merge to undo."""

    merge: str


@page.get("/dinh-danh", needs=SEE_IDENTITIES)
async def queue(request: Request) -> Response:
    """Pairs that wait, the likeliest first."""
    async with request.begin(transaction=False) as work:
        count, waiting = await actions.queue(work, _record(request), _after(request.query_params.get("sau", "")))
    last = waiting[-1].pair if len(waiting) == actions.PAGE else None
    following = f"{last.bits!r}_{last.one}_{last.two}" if last else None
    return page.show(request, "queue.html", count=count, waiting=waiting, following=following)


def _after(text: str) -> tuple[float, int, int] | None:
    try:
        bits, one, two = text.split("_")
        return float(bits), int(one), int(two)
    except ValueError:
        return None


@page.get("/dinh-danh/cap", needs=SEE_IDENTITIES)
async def pair(request: Request) -> Response:
    """Two Patients side by side, and what a merge would do."""
    sexes = {code: request.text(text) for code, text in rules.SEXES.items()}
    async with request.begin() as work:
        shown = await actions.pair(work, _record(request), _pair_of(request), sexes)
    return page.show(request, "pair.html", shown=shown)


@page.post("/dinh-danh/gop", needs=JOIN_IDENTITIES, again=pair)
async def join(request: Request, form: PairForm) -> Response:
    """One person: merge. Safe to repeat."""
    async with request.begin() as work:
        await actions.join(work, _record(request), (form.one, form.two), form.stays)
    return page.back_to(request, "identity.queue", said=_("Merged. It can be undone in the list of merges."))


@page.post("/dinh-danh/khac", needs=SEE_IDENTITIES, again=pair)
async def tell_apart(request: Request, form: PairForm) -> Response:
    """Two people. Safe to repeat."""
    async with request.begin() as work:
        await pairs.decide(work, (form.one, form.two), "different")
    return page.back_to(
        request, "identity.queue", said=_("Noted as two people. They will not be shown as a pair again.")
    )


@page.post("/dinh-danh/de-sau", needs=SEE_IDENTITIES, again=pair)
async def put_off(request: Request, form: PairForm) -> Response:
    """Decide later. Safe to repeat."""
    async with request.begin() as work:
        await pairs.put_off(work, (form.one, form.two))
    return page.back_to(request, "identity.queue", said=_("Put off. The pair comes back in a week."))


@page.get("/dinh-danh/tim", needs=SEE_IDENTITIES)
async def look(request: Request) -> Response:
    """Ask whom to look for."""
    return page.show(request, "search.html", found=None)


@page.post("/dinh-danh/tim", needs=SEE_IDENTITIES, again=look)
async def search(request: Request, form: SearchForm) -> Response:
    """People found. What was asked does not stand in an address."""
    request.visit.typed = {"number": form.number, "name": form.name, "year": form.year}
    async with request.begin(transaction=False) as work:
        found = await actions.search(work, _record(request), form.number, form.name, form.year)
    return page.show(request, "search.html", found=found)


@page.post("/dinh-danh/chon", needs=SEE_IDENTITIES, again=look)
async def choose(request: Request, form: ChosenForm) -> Response:
    """Go on to the two that were ticked."""
    if len(set(form.person)) != 2:
        raise ChooseTwo(expression="person")
    one, two = form.person
    return page.go(request, f"/dinh-danh/cap?one={one}&two={two}")


@page.get("/dinh-danh/gan-so", needs=JOIN_IDENTITIES)
async def number(request: Request) -> Response:
    """Ask for the number of somebody who had none."""
    ref = _number(request.query_params.get("person") or request.visit.typed.get("person"))
    async with request.begin(transaction=False) as work:
        found = await actions.one(work, _record(request), ref)
    return page.show(request, "number.html", person=found)


@page.post("/dinh-danh/gan-so", needs=JOIN_IDENTITIES, again=number)
async def bind(request: Request, form: NumberForm) -> Response:
    """Give the number; the record stays, or becomes part of the one that has the number. Safe to repeat."""
    async with request.begin() as work:
        try:
            bound = await actions.bind(work, _record(request), form.person, form.number)
        except (NotAPersonalId, NotACardCode) as problem:
            problem.expression = "number"
            raise
    joined = _("The record was merged into the one that had the number.")
    said = joined if bound.merge_id else _("The number is bound; the whole record stays.")
    return page.back_to(request, "identity.queue", said=said)


@page.get("/dinh-danh/da-gop", needs=SEE_IDENTITIES)
async def merged(request: Request) -> Response:
    """Merges, newest first."""
    async with request.begin(transaction=False) as work:
        found = await actions.past(work, _record(request), _before(request.query_params.get("truoc", "")))
    last = found[-1] if len(found) == actions.PAGE else None
    following = f"{last.at.isoformat()}_{last.id}".replace("+", "%2B") if last else None
    return page.show(request, "merged.html", found=found, following=following)


def _before(text: str) -> tuple[datetime, str] | None:
    at, _bar, merge_id = text.partition("_")
    try:
        return datetime.fromisoformat(at), merge_id
    except ValueError:
        return None


@page.post("/dinh-danh/tach", needs=JOIN_IDENTITIES, again=merged)
async def take_back(request: Request, form: MergeForm) -> Response:
    """Undo a merge, and show what needs a person to look at. Safe to repeat."""
    if len(form.merge) != 36:
        raise NoSuchMerge
    async with request.begin() as work:
        done = await actions.take_back(work, _record(request), form.merge)
    return page.show(request, "undone.html", done=done)


def _record(request: Request) -> Record:
    return request.tool(Accounts).record


def _pair_of(request: Request) -> Pair:
    asked = {**request.query_params, **request.visit.typed}
    return pairs.ordered(_number(asked.get("one")), _number(asked.get("two")))


def _number(text: str | None) -> int:
    """A key as it stands in an address. Raises NoSuchPair where it is none."""
    try:
        found = int(text or "")
    except ValueError:
        raise NoSuchPair from None
    if not -(2**63) <= found < 2**63:
        raise NoSuchPair
    return found
