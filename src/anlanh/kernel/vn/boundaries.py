"""The boundaries of the communes of Thái Nguyên since July 2025, for maps.

FHIR: Location.position, http://hl7.org/fhir/StructureDefinition/location-boundary-geojson
Source: `tables/SOURCES.md`; thinned, so good for a map of the province and for none of a street
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any


@cache
def geojson_bytes() -> bytes:
    """A GeoJSON FeatureCollection as it is served to a map; `id` of a feature is the code of the commune."""
    return files("anlanh.kernel.vn").joinpath("tables", "boundaries_thai_nguyen_2025.geojson").read_bytes()


@cache
def commune_polygons() -> dict[str, list[list[list[list[float]]]]]:
    """Code of the commune to its polygons: each a list of rings of [longitude, latitude]; the first ring is the outer."""
    features: list[dict[str, Any]] = json.loads(geojson_bytes())["features"]
    return {each["id"]: _polygons(each["geometry"]) for each in features}


@cache
def commune_names() -> dict[str, str]:
    """Code of the commune to its name in full, in order of code."""
    features: list[dict[str, Any]] = json.loads(geojson_bytes())["features"]
    return {each["id"]: each["properties"]["fullName"] for each in sorted(features, key=lambda each: each["id"])}


def commune_at(longitude: float, latitude: float) -> str | None:
    """The code of the commune in which a point lies, by even and odd crossings; None outside the province.

    >>> commune_at(105.84, 21.59)
    '05443'
    """
    for code, polygons in commune_polygons().items():
        if any(_inside(rings, longitude, latitude) for rings in polygons):
            return code
    return None


def _polygons(geometry: dict[str, Any]) -> list[list[list[list[float]]]]:
    found: list[Any] = geometry["coordinates"]
    return [found] if geometry["type"] == "Polygon" else found


def _inside(rings: list[list[list[float]]], x: float, y: float) -> bool:
    crossings = 0
    for ring in rings:
        for (x0, y0), (x1, y1) in pairwise(ring):
            if (y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
                crossings += 1
    return crossings % 2 == 1
