"""Open data: the list of facilities as files, and the way to the open FHIR interface."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from starlette.responses import Response

from anlanh.fhir.model import json
from anlanh.kernel.vn import boundaries
from anlanh.services.directory import actions
from anlanh.services.directory.model import Catalogue, Facility
from anlanh.services.directory.pages.registry import looking, page, record_of
from anlanh.services.directory.rules import hours
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
COLUMNS = (
    "id", "name", "kind", "level", "licence", "code", "commune_code", "commune", "address", "phone", "longitude",
    "latitude", "hours", "languages", "wheelchair", "insured", "updated_at",
)  # fmt: skip


@page.get("/danh-ba/du-lieu", needs=PUBLIC)
async def open_data(request: Request) -> Response:
    """What may be taken, under which licence."""
    return page.show(request, "open_data.html", licence=LICENCE)


@page.get("/danh-ba/du-lieu/co-so.csv", needs=PUBLIC)
async def as_csv(request: Request) -> Response:
    """All facilities as CSV; the day stands in its name, the licence in the header Link."""
    held = await _held(request)
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(_rows(list(held.facilities.values())))
    name = f"danh-ba-co-so-y-te-{held.made_at:%Y-%m-%d}.csv"
    return _file(("\ufeff" + text.getvalue()).encode(), "text/csv; charset=utf-8", name)


@page.get("/danh-ba/du-lieu/co-so.json", needs=PUBLIC)
async def as_json(request: Request) -> Response:
    """All facilities as JSON, with licence and moment."""
    held = await _held(request)
    whole = {
        "licence": LICENCE,
        "made_at": held.made_at.isoformat(timespec="seconds"),
        "facilities": _rows(list(held.facilities.values())),
    }
    return _file(json.encode(whole), "application/json", f"danh-ba-co-so-y-te-{held.made_at:%Y-%m-%d}.json")


async def _held(request: Request) -> Catalogue:
    async with looking(request) as work:
        return await actions.catalogue(work, record_of(request))


def _rows(facilities: Sequence[Facility]) -> list[dict[str, str]]:
    names = boundaries.commune_names()
    return [
        dict(
            zip(
                COLUMNS,
                (
                    each.id, each.name, each.kind.value, each.level, each.licence, each.code, each.commune,
                    names.get(each.commune, ""), each.address, each.phone, *(map(str, each.at) if each.at else ("", "")),
                    _week(each), " ".join(each.languages), str(each.wheelchair).lower(), str(each.insured).lower(),
                    each.updated_at.isoformat(timespec="seconds"),
                ),
                strict=True,
            )
        )
        for each in facilities
    ]  # fmt: skip


def _week(facility: Facility) -> str:
    """As one line: "mon 07:00–11:30; tue …"."""
    return "; ".join(f"{hours.DAYS[day]} {text}" for day, text in hours.by_day(facility.hours) if text)


def _file(content: bytes, media: str, name: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "link": f'<{LICENCE}>; rel="license"',
        "access-control-allow-origin": "*",
    }
    return Response(content, media_type=media, headers=headers)
