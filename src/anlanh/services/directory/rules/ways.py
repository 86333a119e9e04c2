"""Ways to a place: for the map application of a telephone, and for a browser where there is none. Pure.

Source: RFC 5870 (geo); `?q=` with a name as Android reads it; https://wiki.openstreetmap.org/wiki/Browsing#Other_URL_tricks
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from anlanh.services.directory.model import Facility

ZOOM = 17


@dataclass(frozen=True, slots=True)
class Ways:
    """Addresses that open a place: `app` in a map application, `web` in a browser."""

    app: str
    web: str


def to(facility: Facility) -> Ways | None:
    """The ways to a facility; None where its place is not known."""
    if facility.at is None:
        return None
    longitude, latitude = (f"{each:.5f}" for each in facility.at)
    named = quote(f"{latitude},{longitude}({facility.name})", safe=",()")
    return Ways(
        f"geo:{latitude},{longitude}?q={named}",
        f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map={ZOOM}/{latitude}/{longitude}",
    )
