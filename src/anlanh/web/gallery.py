"""Every component of the design system in every state, for those who build pages and for the tests that look at them."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from anlanh.kernel.vn import boundaries
from anlanh.web import maps
from anlanh.web.permission import PUBLIC
from anlanh.web.request import FieldNotUnderstood, Request
from anlanh.web.screens import Pages

page = Pages("web", "anlanh.web")

GLUCOSE = (
    (date(2025, 2, 3), 5.4), (date(2025, 6, 20), 6.8), (date(2025, 11, 2), 8.1), (date(2026, 1, 15), 3.4),
    (date(2026, 5, 9), 5.9), (date(2026, 11, 2), 7.2),
)  # fmt: skip
"""Made up."""

PINS = (
    maps.Pin(105.84, 21.59, "Trạm Y tế Linh Sơn", "/bo-giao-dien"),
    maps.Pin(105.87, 21.6, "Linh Sơn", "/bo-giao-dien", count=3),
)
BY_COMMUNE = {code: 60 + int(code) * 7 % 40 for code in list(boundaries.commune_names())[:88]}
"""Made up too; four communes have sent nothing."""


@page.get("/bo-giao-dien", needs=PUBLIC)
async def components(request: Request) -> Response:
    """The gallery."""
    return page.show(
        request, "gallery.html", example=FieldNotUnderstood(expression="wrong"), glucose=GLUCOSE, pins=PINS,
        by_commune=BY_COMMUNE, commune_names=boundaries.commune_names(),
    )  # fmt: skip
