"""Maps of the province as part of the page: drawn on the server from the communes' own outlines, without any outside service.

A map is for the eye and the finger; whatever can be chosen on it stands beside it as a list or a table of the same things,
which is how those get there who use keyboard or screen reader. `static/map.js` adds moving and zooming; without script the
view is chosen by an address.

Source: WCAG 2.2, 1.1.1, 1.4.1, 2.1.1 and 2.5.7; boundaries: `kernel/vn/tables/SOURCES.md`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from anlanh.kernel.vn import boundaries, outlines
from anlanh.web.charts import Number, number
from anlanh.web.texts import Text, _

CLASSES = 5
"""Colours of a map of values; their order is seen by lightness alone."""

NARROWEST = 150
"""Units of the smallest view, about 15 km across, so that a small ward is seen with what lies around it."""

PIN = 0.022
"""Size of a pin as a part of the view."""

TALLEST_LETTER = 0.026
MOST_WORDS = 14
"""So many names are written into a view; more would lie over each other."""


@dataclass(frozen=True, slots=True)
class Pin:
    """Something at a point of the earth. `kind` is a class of style; `count` above 1: so many things together."""

    longitude: float
    latitude: float
    title: str
    href: str
    kind: str = ""
    count: int = 1


Box = tuple[float, float, float, float]
"""Left, top, width, height."""


def drawn(pins: Sequence[Pin], commune: str = "", title: str = "", here: str = "", *, language: str) -> Markup:
    """The communes with pins on them. `commune`: the code of the one to look at closely, or else the whole province;
    `here`: the address to which `?xa=code` is added for those who tap on a commune."""
    box = view(commune)
    said = _("{title}: {count} places on the map; the list names the same.", title=title, count=len(pins))
    inside = [_ground(commune, here), _words(box, commune), _pins(pins, box)]
    return _map(box, said, inside, language)


def of_values(values: Mapping[str, Number], unit: str = "", title: str = "", *, language: str) -> Markup:
    """The communes coloured by a value each; a commune without one is left grey. The steps hold about as many each."""
    steps = breaks(list(values.values()))
    names = boundaries.commune_names()
    shapes = [
        Markup('<path class="{}" d="{}"><title>{}</title></path>').format(
            f"v{step_of(values[code], steps)}" if code in values else "none",
            outline.path,
            f"{names[code]}: {_written(values[code], unit, language) if code in values else '–'}",
        )
        for code, outline in outlines.outlines().items()
    ]
    said = _("{title}: {count} communes by colour; the table has the numbers.", title=title, count=len(values))
    return _map(view(), said, shapes, language) + _legend(values, steps, unit, language)


def view(commune: str = "") -> Box:
    """What is seen: the commune and what lies around it, or the whole province."""
    found = outlines.outlines().get(commune)
    if found is None:
        return outlines.extent()
    x, y, width, height = found.box
    side = max(width * 1.25, height * 1.25, NARROWEST)
    return x + width / 2 - side / 2, y + height / 2 - side / 2, side, side


def breaks(values: Sequence[Number]) -> tuple[float, ...]:
    """Where one colour ends and the next begins: at most CLASSES - 1 values, rising.

    >>> breaks([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), breaks([4, 4, 4])
    ((3.0, 5.0, 7.0, 9.0), ())
    """
    ordered = sorted(float(each) for each in values)
    cuts = {ordered[len(ordered) * at // CLASSES] for at in range(1, CLASSES)} if ordered else set()
    return tuple(sorted(each for each in cuts if each > ordered[0]))


def step_of(value: Number, steps: Sequence[float]) -> int:
    """The number of the colour of a value, from 0.

    >>> [step_of(each, (3.0, 7.0)) for each in (1, 3, 6.9, 8)]
    [0, 1, 1, 2]
    """
    return sum(float(value) >= each for each in steps)


def _map(box: Box, said: Text, inside: Sequence[Markup], language: str) -> Markup:
    """The drawing is passed over by screen readers and by the keyboard: the list or table beside it is for them."""
    left, top, width, height = box
    return Markup(
        '<p class="unseen">{}</p><svg class="province" viewBox="{} {} {} {}" aria-hidden="true" focusable="false">{}</svg>'
    ).format(said.into(language), *map(_short, (left, top, width, height)), Markup("").join(inside))


def _ground(chosen: str, here: str) -> Markup:
    shapes = []
    names = boundaries.commune_names()
    for code, outline in outlines.outlines().items():
        shape = Markup('<path class="{}" d="{}"/>').format("chosen" if code == chosen else "commune", outline.path)
        name = Markup("<title>{}</title>").format(names[code])
        link = Markup('<a href="{}{}xa={}" tabindex="-1">{}{}</a>')
        joint = "&" if "?" in here else "?"
        shapes.append(link.format(here, joint, code, name, shape) if here else shape)
    return Markup("").join(shapes)


def _words(box: Box, chosen: str) -> Markup:
    """The names of the communes in the view, where they are few."""
    seen = [code for code, each in outlines.outlines().items() if _within(each.middle, box)]
    if not chosen or len(seen) > MOST_WORDS:
        seen = [chosen] if chosen else []
    size, names = box[3] * TALLEST_LETTER, boundaries.commune_names()
    return Markup("").join(
        Markup('<text x="{}" y="{}" font-size="{}">{}</text>').format(
            x, _short(y + size * 1.9), _short(size), names[code]
        )
        for code in seen
        for x, y in (outlines.outlines()[code].middle,)
    )


def _pins(pins: Sequence[Pin], box: Box) -> Markup:
    size = max(box[2], box[3] / 2) * PIN
    return Markup("").join(_pin(each, size) for each in pins)


def _pin(pin: Pin, size: float) -> Markup:
    x, y = outlines.place(pin.longitude, pin.latitude)
    many = pin.count > 1
    radius = size * (1.25 if many else 1)
    dot = Markup('<circle cx="{}" cy="{}" r="{}"/>').format(_short(x), _short(y), _short(radius))
    words = Markup('<text x="{}" y="{}" font-size="{}">{}</text>').format(
        _short(x), _short(y + radius * 0.4), _short(radius * 1.15), pin.count
    )
    return Markup('<a class="pin {}" href="{}" tabindex="-1"><title>{}</title>{}{}</a>').format(
        pin.kind, pin.href, pin.title, dot, words if many else ""
    )


def _legend(values: Mapping[str, Number], steps: Sequence[float], unit: str, language: str) -> Markup:
    if not values:
        return Markup("")
    ordered = sorted(values.values(), key=float)
    rows = []
    for step in range(len(steps) + 1):
        inside = [each for each in ordered if step_of(each, steps) == step]
        ends = _written(inside[0], "", language), _written(inside[-1], unit, language)
        words = ends[1] if inside[0] == inside[-1] else f"{ends[0]} – {ends[1]}"
        rows.append(
            Markup(
                '<li><svg viewBox="0 0 20 14" aria-hidden="true"><rect class="v{}" width="20" height="14" rx="3"/></svg>{}</li>'
            ).format(step, words)
        )
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(rows))


def _written(value: Number, unit: str, language: str) -> str:
    return f"{number(value, language)} {unit}".strip()


def _within(place: tuple[float, float], box: Box) -> bool:
    return box[0] < place[0] < box[0] + box[2] and box[1] < place[1] < box[1] + box[3]


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
