"""The communes of Thái Nguyên as outlines to draw: thinned once more, so that a page can hold the whole province.

A border that two communes share is thinned once, as one line between the corners where three meet, so that no gap opens
and nothing overlaps. Places are units of a drawing: about 100 metres, x to the east, y to the south.

FHIR: Location.position
Source: `boundaries`; M. Visvalingam and J. D. Whyatt (1993), Line generalisation by repeated elimination of points
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from anlanh.kernel.vn import boundaries

Place = tuple[float, float]

UNITS = 1120.0
"""Units of a drawing in a degree of latitude."""

SMALLEST = 45.0
"""Square units: a bend that holds less is left out."""

SLIVER = 2.5
"""Units: a neighbour's point so near to a border is meant to lie on it."""

CELL = 12.0
MARGIN = 12
EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Outline:
    """A commune as drawn: the `d` of an SVG path, its middle, and its box (left, top, width, height)."""

    path: str
    middle: tuple[int, int]
    box: tuple[int, int, int, int]


@cache
def outlines() -> dict[str, Outline]:
    """Code of each commune to its outline."""
    rings = {code: [ring for rings in polygons for ring in rings] for code, polygons in _projected().items()}
    corners = _corners([ring for each in rings.values() for ring in each])
    return {code: _outline(code, [_thinned(ring, corners) for ring in each]) for code, each in rings.items()}


@cache
def extent() -> tuple[int, int, int, int]:
    """The box of the whole province: left, top, width, height."""
    boxes = [each.box for each in outlines().values()]
    right, bottom = max(x + w for x, _, w, _ in boxes), max(y + h for _, y, _, h in boxes)
    left, top = min(x for x, _, _, _ in boxes), min(y for _, y, _, _ in boxes)
    return left - MARGIN, top - MARGIN, right - left + 2 * MARGIN, bottom - top + 2 * MARGIN


def place(longitude: float, latitude: float) -> Place:
    """Where a point of the earth is drawn."""
    west, north, shrunk = _frame()
    return (longitude - west) * shrunk * UNITS, (north - latitude) * UNITS


@cache
def middle_of(code: str) -> Place:
    """Longitude and latitude of the middle of a commune: the centre of gravity of its largest polygon."""
    return max((_centre(rings[0]) for rings in boundaries.commune_polygons()[code]), key=lambda each: each[1])[0]


def kilometres(here: Place, there: Place) -> float:
    """The way between two points (longitude, latitude) on the sphere, as the crow flies.

    >>> round(kilometres((105.84, 21.59), (105.85, 22.14)), 1)
    61.2
    """
    (x0, y0), (x1, y1) = ((radians(x), radians(y)) for x, y in (here, there))
    half = sin((y1 - y0) / 2) ** 2 + cos(y0) * cos(y1) * sin((x1 - x0) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


@cache
def _frame() -> tuple[float, float, float]:
    """The western and northern edge in degrees, and how much shorter a degree is to the east than to the north."""
    points = [p for polygons in boundaries.commune_polygons().values() for rings in polygons for p in rings[0]]
    west, south, north = min(x for x, _ in points), min(y for _, y in points), max(y for _, y in points)
    return west, north, cos(radians((south + north) / 2))


def _projected() -> dict[str, list[list[list[Place]]]]:
    """The polygons in units, each with its neighbours' points put into its own lines: the source thinned either side alone."""
    drawn = {
        code: [[[place(x, y) for x, y in ring] for ring in rings] for rings in polygons]
        for code, polygons in boundaries.commune_polygons().items()
    }
    near: dict[tuple[int, int], list[Place]] = {}
    for point in sorted({p for polygons in drawn.values() for rings in polygons for ring in rings for p in ring}):
        near.setdefault((int(point[0] // CELL), int(point[1] // CELL)), []).append(point)
    return {
        code: [[_with_points(ring, near) for ring in rings] for rings in polygons] for code, polygons in drawn.items()
    }


def _with_points(ring: Sequence[Place], near: dict[tuple[int, int], list[Place]]) -> list[Place]:
    own = set(ring)
    found: list[Place] = []
    for one, other in pairwise(ring):
        left, right = (int((f(one[0], other[0]) + d) // CELL) for f, d in ((min, -SLIVER), (max, SLIVER)))
        top, bottom = (int((f(one[1], other[1]) + d) // CELL) for f, d in ((min, -SLIVER), (max, SLIVER)))
        cells = ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))
        beside = ((_along(one, other, p), p) for cell in cells for p in near.get(cell, ()) if p not in own)
        found += [one, *(point for part, point in sorted(beside) if part > 0)]
    return [*found, ring[-1]]


def _along(one: Place, other: Place, point: Place) -> float:
    """How far along the line (0 to 1) a point lies that is no further from it than SLIVER; 0: it is not such a point."""
    x, y = other[0] - one[0], other[1] - one[1]
    length = x * x + y * y
    part = ((point[0] - one[0]) * x + (point[1] - one[1]) * y) / length if length else 0
    off = (one[0] + part * x - point[0]) ** 2 + (one[1] + part * y - point[1]) ** 2
    return part if 0 < part < 1 and off < SLIVER**2 else 0


def _corners(rings: Sequence[Sequence[Place]]) -> set[Place]:
    """Points at which borders part: those with other than two neighbours."""
    beside: dict[Place, set[Place]] = {}
    for ring in rings:
        for one, other in pairwise(ring):
            beside.setdefault(one, set()).add(other)
            beside.setdefault(other, set()).add(one)
    return {point for point, others in beside.items() if len(others) != 2}


def _thinned(ring: Sequence[Place], corners: set[Place]) -> list[Place]:
    """The ring with each line between corners thinned; closed lines keep their first point."""
    points = list(ring[:-1])
    start = next((at for at, point in enumerate(points) if point in corners), points.index(min(points)))
    points = [*points[start:], *points[:start], points[start]]
    found: list[Place] = []
    for line in _lines(points, corners):
        found += _thin(line)[:-1]
    return found


def _lines(points: Sequence[Place], corners: set[Place]) -> Iterator[tuple[Place, ...]]:
    line = [points[0]]
    for point in points[1:]:
        line.append(point)
        if point in corners:
            yield tuple(line)
            line = [point]
    if len(line) > 1:
        yield tuple(line)


def _thin(line: tuple[Place, ...]) -> list[Place]:
    """The same from either end, so that both communes draw the same border."""
    return _dropped(list(line)) if line <= line[::-1] else _dropped(list(line[::-1]))[::-1]


def _dropped(line: list[Place]) -> list[Place]:
    """Leave out, again and again, the point that makes the smallest bend; a ring keeps four points."""
    least = 4 if line[0] == line[-1] else 2
    while len(line) > least:
        bends = [(_bend(line[at - 1], line[at], line[at + 1]), at) for at in range(1, len(line) - 1)]
        smallest, at = min(bends)
        if smallest >= SMALLEST:
            break
        del line[at]
    return line


def _bend(a: Place, b: Place, c: Place) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def _outline(code: str, rings: Sequence[Sequence[Place]]) -> Outline:
    drawn = [[(round(x), round(y)) for x, y in ring] for ring in rings]
    xs, ys = [x for ring in drawn for x, _ in ring], [y for ring in drawn for _, y in ring]
    x, y = place(*middle_of(code))
    box = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return Outline("".join(map(_steps, drawn)), (round(x), round(y)), box)


def _steps(ring: Sequence[tuple[int, int]]) -> str:
    """The ring as steps from point to point, which are shorter to write than places."""
    steps = " ".join(f"{x - before_x} {y - before_y}" for (before_x, before_y), (x, y) in pairwise(ring))
    return f"M{ring[0][0]} {ring[0][1]}l{steps}z".replace(" -", "-")


def _centre(ring: Sequence[Sequence[float]]) -> tuple[Place, float]:
    """Centre of gravity of a ring and its area."""
    crosses = [(x0 * y1 - x1 * y0, x0 + x1, y0 + y1) for (x0, y0), (x1, y1) in pairwise(ring)]
    area = sum(cross for cross, _, _ in crosses) / 2
    x = sum(cross * xs for cross, xs, _ in crosses) / (6 * area)
    y = sum(cross * ys for cross, _, ys in crosses) / (6 * area)
    return (x, y), abs(area)
