"""When a facility is open: now, until when, and from when on again.

FHIR: Location.hoursOfOperation
Source: https://hl7.org/fhir/R4/location-definitions.html#Location.hoursOfOperation
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from anlanh.services.directory.model import HoursNotUnderstood, Span

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY
ALWAYS = "24h"
_RANGE = re.compile(r"([01]?\d|2[0-4])[:hg]([0-5]\d)?\s*[-–]\s*([01]?\d|2[0-4])[:hg]([0-5]\d)?")


def of(location: dict[str, Any]) -> tuple[Span, ...]:
    """The hours that a Location tells; what cannot be understood is left out."""
    return tuple(span for each in location.get("hoursOfOperation", ()) if (span := _span(each)) is not None)


def is_open(hours: Sequence[Span], at: datetime) -> bool:
    """Whether it is open at that moment of the clock on its wall."""
    return any(start <= _minute(at) < end for start, end in _spans(hours))


def is_always_open(hours: Sequence[Span]) -> bool:
    """Day and night, every day."""
    return any(end - start >= WEEK for start, end in _spans(hours))


def changes_at(hours: Sequence[Span], at: datetime) -> datetime | None:
    """When it next closes, if it is open, or else opens; None: never."""
    spans, now = _spans(hours), _minute(at)
    if is_always_open(hours) or not spans:
        return None
    ends = [end for start, end in spans if start <= now < end]
    until = max(ends) if ends else min(start for start, _end in spans if start > now)
    return at.replace(second=0, microsecond=0) + timedelta(minutes=until - now)


def by_day(hours: Sequence[Span]) -> list[tuple[int, str]]:
    """Each day of the week with its hours as people write them; empty: closed.

    >>> by_day((Span((0,), 420, 690), Span((0,), 810, 1020)))[:2]
    [(0, '07:00–11:30, 13:30–17:00'), (1, '')]
    """
    found = []
    for day in range(7):
        spans = sorted((each.start, each.end) for each in hours if day in each.days)
        whole = any(end - start >= DAY for start, end in spans)
        found.append((day, ALWAYS if whole else ", ".join(f"{_clock(a)}–{_clock(b)}" for a, b in spans)))
    return found


def read(typed: Sequence[str]) -> tuple[Span, ...]:
    """The hours that somebody typed for each day, Monday first: "07:00-11:30, 13:30-17:00", "24h", or nothing.

    Raises:
        HoursNotUnderstood: `expression` names the day's field.
    """
    spans: list[Span] = []
    for day, text in enumerate(typed):
        for part in filter(None, (each.strip() for each in text.split(","))):
            spans.append(Span((day,), *_range(part, day)))
    return tuple(spans)


def as_fhir(hours: Sequence[Span]) -> list[dict[str, Any]]:
    """Location.hoursOfOperation, days of the same hours together."""
    days: dict[tuple[int, int], list[int]] = {}
    for each in hours:
        days.setdefault((each.start, each.end), []).extend(each.days)
    return [
        {"daysOfWeek": [DAYS[day] for day in sorted(of_them)], **_times(start, end)}
        for (start, end), of_them in sorted(days.items())
    ]


def _times(start: int, end: int) -> dict[str, Any]:
    if end - start >= DAY:
        return {"allDay": True}
    return {"openingTime": f"{_clock(start)}:00", "closingTime": f"{_clock(end % DAY)}:00"}


def _range(part: str, day: int) -> tuple[int, int]:
    if part.lower() in (ALWAYS, "24/24"):
        return 0, DAY
    found = _RANGE.fullmatch(part.lower())
    if found is None:
        raise HoursNotUnderstood(expression=f"day{day}")
    first, last = int(found[1]) * 60 + int(found[2] or 0), int(found[3]) * 60 + int(found[4] or 0)
    if first == last or max(first, last) > DAY:
        raise HoursNotUnderstood(expression=f"day{day}")
    return first, last


def _span(each: dict[str, Any]) -> Span | None:
    days = tuple(DAYS.index(day) for day in each.get("daysOfWeek", DAYS) if day in DAYS)
    if each.get("allDay"):
        return Span(days, 0, DAY)
    if "openingTime" not in each or "closingTime" not in each:
        return None
    return Span(days, _of_clock(each["openingTime"]), _of_clock(each["closingTime"]))


def _of_clock(text: str) -> int:
    hour, minute = text.split(":")[:2]
    return int(hour) * 60 + int(minute)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _minute(at: datetime) -> int:
    return at.weekday() * DAY + at.hour * 60 + at.minute


def _spans(hours: Iterable[Span]) -> list[tuple[int, int]]:
    """From minute to minute, from the week before to the week after this one; what touches is one."""
    single = sorted(
        (week * WEEK + day * DAY + each.start, week * WEEK + day * DAY + each.end + DAY * (each.end <= each.start))
        for each in hours
        for day in each.days
        for week in (-1, 0, 1)
    )
    found: list[tuple[int, int]] = []
    for start, end in single:
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found
