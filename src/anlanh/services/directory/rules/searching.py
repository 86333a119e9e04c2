"""What fits a search: words as people type them, filters, and what is near.

Source: docs/directory.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from anlanh.kernel.vn import outlines
from anlanh.kernel.vn.fold import words as folded
from anlanh.services.directory.model import Asked, Catalogue, Facility, Found, Place
from anlanh.services.directory.rules import hours

NOW, ALWAYS = "ngay", "24h"
Test = Callable[[Facility, Asked, datetime], bool]

FILTERS: tuple[Test, ...] = (
    lambda each, asked, at: not asked.kind or each.kind == asked.kind,
    lambda each, asked, at: asked.open != NOW or hours.is_open(each.hours, at),
    lambda each, asked, at: asked.open != ALWAYS or hours.is_always_open(each.hours),
    lambda each, asked, at: not asked.insured or each.insured,
    lambda each, asked, at: not asked.language or asked.language in each.languages,
    lambda each, asked, at: not asked.wheelchair or each.wheelchair,
)
"""Every one must hold. A commune does not filter: it is where one looks from."""


def search(catalogue: Catalogue, asked: Asked, at: datetime) -> Found:
    """All facilities that fit, the nearest first where one says from where, else by kind and name; beside them, where words
    were typed, departments, practitioners and services of that name. `at`: the clock on the wall there."""
    needles = [f" {each}" for each in folded(asked.words)]
    near = asked.here or (outlines.middle_of(asked.commune) if asked.commune in outlines.outlines() else None)
    fitting = [each for each in catalogue.facilities.values() if all(test(each, asked, at) for test in FILTERS)]
    named = [each for each in fitting if _holds(catalogue, each.id, needles)]
    places = tuple(
        Place(each, hours.is_open(each.hours, at), outlines.kilometres(near, each.at) if near and each.at else None)
        for each in named
    )
    ordered = tuple(sorted(places, key=_order))
    if not needles:
        return Found(ordered, (), (), ())
    known = {each.id for each in fitting}
    departments = [
        (each, department)
        for each in fitting
        for department in each.departments
        if _holds(catalogue, department.id, needles)
    ]
    people = [
        each
        for each in catalogue.practitioners.values()
        if any(of.facility in known for of in each.practices) and _holds(catalogue, each.id, needles)
    ]
    people.sort(key=lambda each: not _named(catalogue, each.id, needles))
    charges = [each for each in catalogue.charges.values() if _holds(catalogue, each.id, needles)]
    return Found(ordered, tuple(departments), tuple(people), tuple(charges))


def index(texts: Iterable[tuple[str, str, str]]) -> dict[str, tuple[str, str]]:
    """Of ids, names and what surrounds them: id to the folded words of the name and of both, each with a blank before it,
    so that beginnings of words are found."""
    found = {}
    for key, name, around in texts:
        own = "".join(f" {word}" for word in folded(name))
        found[key] = own, own + "".join(f" {word}" for word in folded(around))
    return found


def _named(catalogue: Catalogue, key: str, needles: list[str]) -> bool:
    """All of the words are in the name itself."""
    return all(each in catalogue.words[key][0] for each in needles)


def _holds(catalogue: Catalogue, key: str, needles: list[str]) -> bool:
    """All of the words are there, one of them in the name itself: "Nguyên" is not whoever works in Thái Nguyên."""
    own, both = catalogue.words.get(key, ("", ""))
    return not needles or (all(each in both for each in needles) and any(each in own for each in needles))


KIND_ORDER = ("benh-vien", "trung-tam", "tram-y-te", "kiem-soat-benh-tat", "nha-thuoc")


def _order(place: Place) -> tuple[float, int, str]:
    return (
        place.away_km if place.away_km is not None else 1e6,
        KIND_ORDER.index(place.facility.kind),
        place.facility.name,
    )
