"""Searching: one box for words, a few filters, as a list and on a map.

Words are sent by POST, and so is where somebody stands: they may be a name or an illness, and addresses are kept by many.
Filters alone stand in the address, so that a list can be handed on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.responses import RedirectResponse, Response

from anlanh.kernel.vn import boundaries, outlines
from anlanh.services.directory import actions
from anlanh.services.directory.model import Asked, Catalogue, Facility, Kind
from anlanh.services.directory.pages.registry import KINDS, STANDINGS, looking, page, record_of
from anlanh.services.directory.rules import licences, searching
from anlanh.web.maps import Pin
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request

ON_A_PAGE = 30
MOST_BESIDE = 12
"""Departments, practitioners and services of a search that are shown, each."""


FILTERS = ("loai", "xa", "mo", "bhyt", "tieng", "xelan")


class SearchForm(msgspec.Struct):
    """What is looked for: `tim` in words; the filters by the names that they have in addresses; where one stands."""

    tim: str = ""
    loai: str = ""
    xa: str = ""
    mo: str = ""
    bhyt: str = ""
    tieng: str = ""
    xelan: str = ""
    kinhdo: float | None = None
    vido: float | None = None


@page.get("/danh-ba", needs=PUBLIC)
async def start(request: Request) -> Response:
    """The list, as the filters of the address have it."""
    return await _show(request, _of_address(request))


@page.post("/danh-ba", needs=PUBLIC, again=start)
async def search(request: Request, form: SearchForm) -> Response:
    """What fits the words, or is near. Filters alone lead to their address."""
    asked = replace(_asked(form), here=_here(form))
    if not asked.words and asked.here is None:
        return RedirectResponse(_address("/danh-ba", asked), 303)
    return await _show(request, asked)


@page.get("/danh-ba/ban-do", needs=PUBLIC)
async def on_map(request: Request) -> Response:
    """The same on a map: each commune with how many there are, or one commune with its pins."""
    asked = _of_address(request)
    async with looking(request) as work:
        held = await actions.catalogue(work, record_of(request))
    found = searching.search(held, asked, request.now.astimezone(record_of(request).zone))
    chosen = asked.commune if asked.commune in outlines.outlines() else ""
    places = [replace(each, away_km=None) for each in found.places if not chosen or each.facility.commune == chosen]
    here = _address("/danh-ba/ban-do", replace(asked, commune=""))
    counts = Counter(each.facility.commune for each in places)
    return page.show(
        request, "map.html", asked=asked, places=places, chosen=chosen, counts=sorted(counts.items(), key=_by_name),
        pins=_pins(places_of=[e.facility for e in places], here=here, chosen=chosen), here=here,
        list_address=_address("/danh-ba", asked), **_choices(request, held),
    )  # fmt: skip


async def _show(request: Request, asked: Asked) -> Response:
    record = record_of(request)
    async with looking(request) as work:
        held = await actions.catalogue(work, record)
    now = request.now.astimezone(record.zone)
    found = searching.search(held, asked, now)
    number = request.query_params.get("trang", "1")
    at = max(int(number), 1) if number.isascii() and number.isdigit() and len(number) < 4 else 1
    shown = found.places[(at - 1) * ON_A_PAGE : at * ON_A_PAGE]
    following = _address("/danh-ba", asked, trang=str(at + 1)) if len(found.places) > at * ON_A_PAGE else ""
    return page.show(
        request, "list.html", asked=asked, found=found, shown=shown, at=at, most=MOST_BESIDE, facilities=held.facilities,
        following="" if asked.words or asked.here else following, on=now.date(), standing=licences.standing,
        standings=STANDINGS, map_address=_address("/danh-ba/ban-do", replace(asked, words="", here=None)), **_choices(request, held),
    )  # fmt: skip


def _choices(request: Request, held: Catalogue) -> dict[str, Any]:
    """What the filters offer."""
    languages = {code: name for each in held.facilities.values() for code, name in each.languages.items()}
    return {
        "kinds": KINDS,
        "kind_choices": [(each.value, request.text(title)) for each, title in KINDS.items()],
        "communes": sorted(boundaries.commune_names().items(), key=lambda each: each[1].split(" ", 1)[1]),
        "commune_names": boundaries.commune_names(),
        "languages": sorted(languages.items(), key=lambda each: each[1]),
    }


def _of_address(request: Request) -> Asked:
    loai, xa, mo, bhyt, tieng, xelan = (request.query_params.get(each, "")[:20] for each in FILTERS)
    return _asked(SearchForm("", loai, xa, mo, bhyt, tieng, xelan))


def _asked(form: SearchForm) -> Asked:
    """What is not among the choices counts as not asked."""
    return Asked(
        words=form.tim[:100],
        kind=form.loai if form.loai in set(Kind) else "",
        commune=form.xa if form.xa in boundaries.commune_names() else "",
        open=form.mo if form.mo in (searching.NOW, searching.ALWAYS) else "",
        insured=form.bhyt == "1",
        language=form.tieng,
        wheelchair=form.xelan == "1",
    )


def _here(form: SearchForm) -> tuple[float, float] | None:
    """Where somebody stands, to about a hundred metres; nothing where they said a commune."""
    if form.kinhdo is None or form.vido is None or not (-180 <= form.kinhdo <= 180 and -90 <= form.vido <= 90):
        return None
    return round(form.kinhdo, 3), round(form.vido, 3)


def _address(path: str, asked: Asked, **more: str) -> str:
    pairs = {
        "loai": asked.kind, "xa": asked.commune, "mo": asked.open, "bhyt": "1" if asked.insured else "",
        "tieng": asked.language, "xelan": "1" if asked.wheelchair else "", **more,
    }  # fmt: skip
    query = urlencode({name: value for name, value in pairs.items() if value})
    return f"{path}?{query}" if query else path


def _pins(places_of: list[Facility], here: str, chosen: str) -> list[Pin]:
    """One for each commune, or of one commune one for each facility."""
    if chosen:
        return [Pin(*each.at, each.name, f"/danh-ba/co-so/{each.id}", each.kind) for each in places_of if each.at]
    counts = Counter(each.commune for each in places_of if each.commune in boundaries.commune_names())
    joint = "&" if "?" in here else "?"
    return [
        Pin(
            *outlines.middle_of(code),
            f"{boundaries.commune_names()[code]}: {count}",
            f"{here}{joint}xa={code}",
            "",
            count,
        )
        for code, count in sorted(counts.items())
    ]


def _by_name(counted: tuple[str, int]) -> str:
    return boundaries.commune_names().get(counted[0], "").partition(" ")[2]
