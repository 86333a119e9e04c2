"""Charts as part of the page: drawn on the server, without script, in the colours of the page, in light, dark and print.

Each drawing says in one sentence what it shows; `ui.trend`, `ui.bars` and `ui.columns` put the numbers beside it as a table.
What lies outside the usual range differs by its shape, not by colour alone.

Source: WCAG 2.2, 1.1.1 and 1.4.1
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from markupsafe import Markup

from anlanh.web.texts import Text, _

Number = int | float | Decimal
Moment = date | datetime
Point = tuple[Moment, Number]
"""When, and how much."""

WIDTH, HEIGHT = 320, 176
"""Units of a drawing: about the points of a telephone's screen, so that its letters are as large as those around it."""
LEFT, RIGHT, TOP, BOTTOM = 38, 12, 24, 24
ROW, BAR = 42, 14
LONGEST_LABEL = 34
MOST_NAMES = 6
LETTER = 13
SPARK_WIDTH, SPARK_HEIGHT = 96, 28


def number(value: Number, language: str) -> str:
    """A number as people write it, with the digits that it came with.

    >>> number(Decimal("1204.50"), "vi"), number(5.4, "en")
    ('1.204,50', '5.4')
    """
    written = format(Decimal(str(value)), ",f")
    return written.translate(str.maketrans(",.", ".,")) if language == "vi" else written


def standing(value: Number, low: Number | None, high: Number | None) -> str:
    """Where a value lies: `below`, `above` or `within`; within where no range is known.

    >>> standing(5, 4, 6), standing(3.9, 4, None), standing(7, None, 6), standing(7, None, None)
    ('within', 'below', 'above', 'within')
    """
    if low is not None and value < low:
        return "below"
    return "above" if high is not None and value > high else "within"


def trend(
    points: Iterable[Point],
    unit: str = "",
    low: Number | None = None,
    high: Number | None = None,
    title: str = "",
    *,
    language: str,
    zone: ZoneInfo,
) -> Markup:
    """Values over time with the usual range behind them, the last one written out. Points in any order; none: nothing."""
    series = sorted(((_second(at, zone), at, value) for at, value in points), key=lambda each: each[0])
    if not series:
        return Markup("")
    values = [float(value) for _at, _when, value in series]
    floor, ceiling = _span([*values, *(float(each) for each in (low, high) if each is not None)])
    x = _scale(series[0][0], series[-1][0], LEFT + 6, WIDTH - RIGHT - 6)
    y = _scale(floor, ceiling, HEIGHT - BOTTOM, TOP)
    places = [(x(second), y(value)) for (second, _when, _value), value in zip(series, values, strict=True)]
    dots = [_mark(*place, standing(value, low, high)) for place, (_s, _w, value) in zip(places, series, strict=True)]
    written = f"{number(series[-1][2], language)} {unit}".strip()
    first, last = _day(series[0][1], zone), _day(series[-1][1], zone)
    said = _said_of_trend(title, [value for _s, _w, value in series], first, last, written, (low, high))
    inside = [
        *_band(y, low, high, (LEFT, WIDTH - RIGHT, TOP / 2, HEIGHT - BOTTOM)),
        *_edges(y, [each for each in (high, low) if each is not None] or _ends(series), language),
        _path([(LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, HEIGHT - BOTTOM)], "axis"),
        _path(places, "line") if len(places) > 1 else Markup(""),
        *dots,
        _text(WIDTH - RIGHT, 14, written, "end", "strong"),
        _text(LEFT, HEIGHT - 7, first) if len(series) > 1 else Markup(""),
        _text(WIDTH - RIGHT, HEIGHT - 7, last, "end"),
    ]
    return _drawing(WIDTH, HEIGHT, said.into(language), inside)


def bars(items: Sequence[tuple[str, Number]], unit: str = "", title: str = "", *, language: str) -> Markup:
    """One bar for each name, one below the other, in the order given."""
    if not items:
        return Markup("")
    most = max(float(value) for _name, value in items)
    across = _scale(0, most or 1, 0, WIDTH)
    inside = []
    for place, (name, value) in enumerate(items):
        top = place * ROW
        inside += [
            _text(0, top + 14, _short(name)),
            _text(WIDTH, top + 14, f"{number(value, language)} {unit}".strip(), "end", "strong"),
            _box(0, top + 20, WIDTH, BAR, "rest"),
            _box(0, top + 20, max(2.0, across(float(value))), BAR, "bar"),
        ]
    return _drawing(WIDTH, len(items) * ROW, _said_of_bars(title, items, unit, language).into(language), inside)


def columns(items: Sequence[tuple[str, Number]], unit: str = "", title: str = "", *, language: str) -> Markup:
    """One column for each name, side by side, for what follows in time; as many names are written as there is room for."""
    if not items:
        return Markup("")
    most = max(float(value) for _name, value in items) or 1.0
    up = _scale(0, most, HEIGHT - BOTTOM, TOP)
    step = (WIDTH - LEFT - RIGHT) / len(items)
    every = -(-len(items) // MOST_NAMES)
    inside = [
        _path([(LEFT, TOP), (WIDTH - RIGHT, TOP)], "grid"),
        _text(LEFT - 4, TOP + 4, number(max((value for _n, value in items), key=float), language), "end"),
        _text(LEFT - 4, HEIGHT - BOTTOM + 4, "0", "end"),
    ]
    for place, (name, value) in enumerate(items):
        left, top = LEFT + place * step, up(float(value))
        inside.append(_box(left + step * 0.15, top, step * 0.7, HEIGHT - BOTTOM - top, "bar"))
        if place % every == 0:
            inside.append(_text(left + step / 2, HEIGHT - 7, name, "middle"))
    inside.append(_path([(LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, HEIGHT - BOTTOM)], "axis"))
    return _drawing(WIDTH, HEIGHT, _said_of_bars(title, items, unit, language).into(language), inside)


def sparkline(
    points: Iterable[Point], low: Number | None = None, high: Number | None = None, *, zone: ZoneInfo
) -> Markup:
    """The course of values in a line of text; for the eye only, the last value stands beside it. Fewer than two: nothing."""
    series = sorted((_second(at, zone), float(value)) for at, value in points)
    if len(series) < 2:
        return Markup("")
    values = [value for _at, value in series]
    floor, ceiling = _span([*values, *(float(each) for each in (low, high) if each is not None)])
    x = _scale(series[0][0], series[-1][0], 5, SPARK_WIDTH - 7)
    y = _scale(floor, ceiling, SPARK_HEIGHT - 5, 5)
    places = [(x(at), y(value)) for at, value in series]
    inside = [
        *_band(y, low, high, (0, SPARK_WIDTH, 0, SPARK_HEIGHT)),
        _path(places, "line"),
        _mark(*places[-1], standing(values[-1], low, high)),
    ]
    return Markup('<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}</svg>').format(
        SPARK_WIDTH, SPARK_HEIGHT, Markup("").join(inside)
    )


def _said_of_trend(
    title: str, values: Sequence[Number], first: str, day: str, last: str, usual: tuple[Number | None, Number | None]
) -> Text:
    outside = sum(standing(each, *usual) != "within" for each in values)
    facts = {"title": title, "last": last, "day": day, "count": len(values), "first": first}
    if usual == (None, None):
        return _("{title}: {count} values from {first} to {day}, the last one {last}.", **facts)
    return _(
        "{title}: {count} values from {first} to {day}, the last one {last}; {outside} outside the usual range.",
        **facts, outside=outside,
    )  # fmt: skip


def _said_of_bars(title: str, items: Sequence[tuple[str, Number]], unit: str, language: str) -> Text:
    name, value = max(items, key=lambda each: float(each[1]))
    return _(
        "{title}: {count} bars, the longest is {name} with {most}.",
        title=title, count=len(items), name=name, most=f"{number(value, language)} {unit}".strip(),
    )  # fmt: skip


def _second(at: Moment, zone: ZoneInfo) -> float:
    return (at if isinstance(at, datetime) else datetime.combine(at, time(12), zone)).timestamp()


def _day(at: Moment, zone: ZoneInfo) -> str:
    return (at.astimezone(zone) if isinstance(at, datetime) else at).strftime("%d/%m/%Y")


def _span(values: Sequence[float]) -> tuple[float, float]:
    """The lowest and highest place of a scale, with a little room beyond the values."""
    floor, ceiling = min(values), max(values)
    room = (ceiling - floor) * 0.12 or abs(ceiling) * 0.1 or 1.0
    return floor - room, ceiling + room


def _scale(start: float, end: float, first: float, last: float) -> Callable[[float], float]:
    """From values to places; all in the middle where there is but one value."""
    if end == start:
        return lambda value: (first + last) / 2
    return lambda value: first + (value - start) * (last - first) / (end - start)


def _ends(series: Sequence[tuple[float, Moment, Number]]) -> list[Number]:
    values = sorted((value for _second, _when, value in series), key=float, reverse=True)
    return [values[0], values[-1]]


def _band(
    y: Callable[[float], float], low: Number | None, high: Number | None, box: tuple[float, float, float, float]
) -> list[Markup]:
    """The usual range within a box (left, right, top, bottom); open upwards or downwards where it has one edge."""
    if low is None and high is None:
        return []
    left, right, top, bottom = box
    edges = [y(float(each)) for each in (low, high) if each is not None]
    begins, ends = y(float(high)) if high is not None else top, y(float(low)) if low is not None else bottom
    lines = [_path([(left, edge), (right, edge)], "edge") for edge in edges]
    return [_box(left, begins, right - left, ends - begins, "band"), *lines]


def _edges(y: Callable[[float], float], values: Sequence[Number], language: str) -> list[Markup]:
    """The values that the scale names, each where there is room below the one before."""
    places: list[tuple[float, Number]] = []
    for value in values:
        if not places or y(float(value)) - places[-1][0] >= LETTER:
            places.append((y(float(value)), value))
    return [_text(LEFT - 4, place + 4, number(value, language), "end") for place, value in places]


SHAPES = {
    "within": ("dot", "M{0} {1}m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"),
    "above": ("dot out", "M{0} {1}m0-6l5.5 9.5h-11z"),
    "below": ("dot out", "M{0} {1}m0 6l5.5-9.5h-11z"),
}
"""A circle, and a triangle that points to where the value lies."""


def _mark(x: float, y: float, where: str) -> Markup:
    kind, shape = SHAPES[where]
    return Markup('<path class="{}" d="{}"/>').format(kind, shape.format(_round(x), _round(y)))


def _path(places: Sequence[tuple[float, float]], kind: str) -> Markup:
    steps = "".join(f"L{_round(x)} {_round(y)}" for x, y in places)
    return Markup('<path class="{}" d="{}"/>').format(kind, "M" + steps[1:])


def _box(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>').format(
        kind, _round(x), _round(y), _round(max(width, 0)), _round(max(height, 0))
    )


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        kind, _round(x), _round(y), anchor, text
    )


def _round(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1].rstrip()}…"


def _drawing(width: int, height: int, said: str, inside: Sequence[Markup]) -> Markup:
    return Markup('<svg class="drawing" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        width, height, said, Markup("").join(inside)
    )
