"""Filling in a form, part by part. The page carries everything that was typed, so that it works without script, and a
page that is sent twice, or by two people, does no harm.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.datastructures import FormData
from starlette.responses import Response

from anlanh.access.accounts.signing_in import Accounts
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work
from anlanh.services.declaration.actions import filling, forms, guests
from anlanh.services.declaration.actions.filling import Filled
from anlanh.services.declaration.model import (
    COLOURS,
    Guest,
    Node,
    NotAllAnswered,
    SomebodyElseWrote,
)
from anlanh.services.declaration.pages.registry import acting, is_citizen, page, record_of
from anlanh.services.declaration.rules import answering, deciding
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request
from anlanh.web.texts import Text, _

MOST_VALUES = 400
SHORTEST_KEY = 32
"""Of a page's key, in letters: a guest's receipt, so nobody may guess it."""
LATER = _("Kept. You or your family can go on here until it is erased.")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a page of a form sends besides the answers. `person`: "Patient/x", empty of a guest; `go`: what is to be done;
    `part`: which part was shown; `key`: of this one filling in; `guest`: name and telephone."""

    person: str
    go: str
    part: int
    key: str
    response_id: str
    version: int
    guest: Guest


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a form, shown at once."""

    title: str
    nodes: tuple[Node, ...]


@page.get("/khai-bao/{form_name}/quy-tac", needs=PUBLIC)
async def rules(request: Request) -> Response:
    """By which rules colour and advice follow: those that the program goes by, for everybody to read."""
    async with request.begin(transaction=False) as work:
        opened = await forms.opened(work, record_of(request), request.path_params["form_name"])
    return page.show(request, "rules.html", open=opened, colours=COLOURS)


@page.get("/khai-bao/{form_name}", needs=PUBLIC)
async def form(request: Request) -> Response:
    """The first part: of oneself, of a child (`cho`), as a guest, or of what is saved (`tiep`)."""
    record, person = record_of(request), _person(request, request.query_params.get("cho", ""))
    async with acting(request, person) as work:
        opened = await forms.opened(work, record, request.path_params["form_name"])
        saved = request.query_params.get("tiep", "")
        if not person:
            filled = filling.show(work, opened, {})
        elif saved:
            filled = await filling.again(work, record, saved)
        else:
            filled = await filling.begin(work, record, opened, person)
    sent = Sent(person, "", 0, secrets.token_urlsafe(24), filled.response_id, filled.version, Guest("", ""))
    return await _show(request, filled, sent, 0, marked=False)


@page.post("/khai-bao/{form_name}", needs=PUBLIC)
async def fill(request: Request) -> Response:
    """Go on, go back, add a round, keep for later, or declare."""
    data = await request.read_form()
    sent, record = _sent(request, data), record_of(request)
    async with acting(request, sent.person) as work:
        version = str(data.get("_form", ""))
        opened = await forms.opened(work, record, request.path_params["form_name"], version)
        filled = replace(filling.show(work, opened, _typed(data)), response_id=sent.response_id, version=sent.version)
    sections = _sections(filled.nodes)
    here = min(max(sent.part, 0), len(sections) - 1)
    action, _colon, what = sent.go.partition(":")
    if action == "add":
        typed = {**filled.typed, f"{what}:{_rounds(filled.nodes, what)}:": ("",)}
        return await _show(request, replace(filled, nodes=answering.answered(opened.form, typed)), sent, here)
    if action == "later" and sent.person:
        return await _keep(request, filled, sent, here)
    if action == "back":
        return await _show(request, filled, sent, max(here - 1, 0), marked=False)
    if action == "stay":
        return await _show(request, filled, sent, here, marked=False)
    wrong = next((at for at, each in enumerate(sections) if answering.faults(each.nodes)), len(sections))
    last = action == "send" or here == len(sections) - 1
    if here == 0 and not sent.person and (unknown := guests.missing(sent.guest)):
        return await _show(request, filled, sent, 0, problem=unknown)
    if wrong <= here or (last and wrong < len(sections)):
        problem = NotAllAnswered(count=len(answering.faults(sections[wrong].nodes)))
        return await _show(request, filled, sent, wrong, problem=problem)
    if not last:
        return await _show(request, filled, sent, here + 1, marked=False)
    return await _declare(request, filled, sent, here)


async def _declare(request: Request, filled: Filled, sent: Sent, here: int) -> Response:
    record = record_of(request)
    if not sent.person:
        safe = request.tool(Accounts).vault
        async with request.begin(transaction=False) as work:
            await guests.count_try(work, safe, request.network)
        async with request.begin() as work:
            await guests.declare(work, record, safe, filled, sent.guest, sent.key)
        return page.back_to(request, "declaration.receipt", receipt=sent.key)
    try:
        async with acting(request, sent.person, transaction=True) as work:
            made = await filling.save(work, record, filled, sent.person, sent.key, finished=True)
    except SomebodyElseWrote as problem:
        return await _meet(request, filled, sent, here, problem)
    return page.back_to(request, "declaration.declared", declaration_id=made)


async def _keep(request: Request, filled: Filled, sent: Sent, here: int) -> Response:
    try:
        async with acting(request, sent.person, transaction=True) as work:
            await filling.save(work, record_of(request), filled, sent.person, sent.key, finished=False)
    except SomebodyElseWrote as problem:
        return await _meet(request, filled, sent, here, problem)
    return page.back_to(request, "declaration.mine", said=LATER)


async def _meet(request: Request, filled: Filled, sent: Sent, here: int, problem: Problem) -> Response:
    """Somebody else saved meanwhile: both put together, on the part where they differ."""
    if not filled.response_id:
        filled = replace(filled, response_id=deciding.id_of(sent.key, sent.person))
    async with acting(request, sent.person) as work:
        both = await filling.meet(work, record_of(request), filled)
    sections = _sections(both.nodes)
    differing = [
        at for at, each in enumerate(sections) if {n.key for n in answering.flat(each.nodes)} & set(both.conflicts)
    ]
    sent = replace(sent, response_id=both.response_id, version=both.version)
    return await _show(request, both, sent, next(iter(differing), here), problem=problem)


async def _show(
    request: Request, filled: Filled, sent: Sent, part: int, *, marked: bool = True, problem: Problem | None = None
) -> Response:
    """A part of a form. `marked`: what is wrong is said beside it."""
    request.visit.problem = problem
    sections = _sections(filled.nodes)
    shown = sections[part]
    async with request.begin(transaction=False) as work:
        people = await _people(request, work)
    inside = {node.key for node in answering.flat(shown.nodes)}
    carried = [(key, value) for key, values in filled.typed.items() if key not in inside for value in values]
    return page.show(
        request, "form.html", form=filled.open.form, section=shown, part=part, parts=[each.title for each in sections],
        sent=sent, filled=filled, carried=carried, marked=marked, citizen=is_citizen(request), people=people,
        conditions=answering.conditions, repeating=_repeating, tells=deciding.tells(filled.open.form, filled.open.rules),
        delete_on=deciding.delete_on(filled.open.form, request.now, record_of(request).zone),
    )  # fmt: skip


async def _people(request: Request, work: Work) -> dict[str, Text | str]:
    """For whom one may declare: oneself, one's children."""
    if not is_citizen(request):
        return {}
    children = await filling.family(work, record_of(request))
    return {work.principal.subject: _("Myself"), **{each.reference: each.name for each in children}}


def _person(request: Request, named: str) -> str:
    if not is_citizen(request):
        return ""
    return f"Patient/{named}" if named else request.principal.subject


def _sent(request: Request, data: FormData) -> Sent:
    def text(name: str) -> str:
        value = data.get(name, "")
        return unicodedata.normalize("NFC", value).strip()[:200] if isinstance(value, str) else ""

    def number(name: str) -> int:
        return int(text(name)) if text(name).isascii() and text(name).isdigit() and len(text(name)) < 6 else 0

    person = _person(request, text("_for").partition("/")[2])
    key = text("_key") if len(text("_key")) >= SHORTEST_KEY else secrets.token_urlsafe(24)
    return Sent(
        person, text("_go") or "next", number("_part"), key, text("_id"), number("_version"),
        Guest(text("_name"), text("_phone")),
    )  # fmt: skip


def _typed(data: FormData) -> dict[str, tuple[str, ...]]:
    """What was typed, by the key of its question; what the page itself carries begins with `_`."""
    found: dict[str, list[str]] = {}
    for name, value in list(data.multi_items())[:MOST_VALUES]:
        if not name.startswith("_") and isinstance(value, str):
            found.setdefault(name, []).append(unicodedata.normalize("NFC", value).strip())
    return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}


def _sections(nodes: Sequence[Node]) -> list[Section]:
    """The parts of a form: each group that is asked, and what stands between groups."""
    found: list[Section] = []
    loose: list[Node] = []
    for node in nodes:
        if node.item.kind == "group" and not node.item.repeats:
            found += [Section("", tuple(loose))] * bool(loose)
            loose = []
            found += [Section(node.item.text, (node,))] * node.enabled
        else:
            loose.append(node)
    return found + [Section("", tuple(loose))] * bool(loose) or [Section("", ())]


def _repeating(nodes: Sequence[Node]) -> list[Node]:
    """The last round of each group that may be answered once more."""
    found = [each for each in answering.flat(nodes) if each.item.kind == "group" and each.item.repeats]
    return list({each.item.link_id: each for each in found}.values())


def _rounds(nodes: Sequence[Node], group: str) -> int:
    """How many rounds of a repeating group there are."""
    return sum(each.item.link_id == group.rpartition(":")[2] for each in answering.flat(nodes) if each.item.repeats)
