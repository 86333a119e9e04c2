"""Dates and numbers as ranges, for the index and for queries alike.

A date is a half-open range of 100-nanosecond ticks from 2000-01-01T00:00Z as float: `2024-05` is the whole month in the
zone of the tenant. A time with a fraction of a second is one instant. A number in a query is the range its digits
imply: `5.4` is 5.35 up to 5.45.

FHIR: search on date, number, quantity
Source: https://hl7.org/fhir/R4/search.html#date, https://hl7.org/fhir/R4/search.html#number
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from anlanh.kernel.problem import Problem

Range = tuple[float, float]

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
DAY = 864_000_000_000
SECOND = 10_000_000
PAST, FUTURE = float("-inf"), float("inf")
LARGEST_EXPONENT = 300

_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)


class NotADate(Problem):
    issue = "invalid"
    says = "{found!r} is not a date."
    hint = "Write 2024, 2024-05, 2024-05-31 or 2024-05-31T16:30:00+07:00 (as %2B in a URL)."


class NotANumber(Problem):
    issue = "invalid"
    says = "{found!r} is not a number."
    hint = "Write it as in 5, 5.40 or 1e-3."


@lru_cache(maxsize=65536)
def date_range(text: str, zone: ZoneInfo) -> Range:
    """The range a date, dateTime or instant stands for, in ticks.

    Raises:
        NotADate: no such form, or no such day.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise NotADate(found=text[:40])
    year, month, day, hour, minute, second, fraction, offset = form.groups()
    try:
        if hour is None:
            return _day_range(
                int(year), int(month or 1), int(day or 1), "day" if day else "month" if month else "year", zone
            )
        leap = second == "60"
        tz = zone if offset is None else UTC if offset == "Z" else datetime.strptime(offset, "%z").tzinfo
        whole = datetime(
            int(year), int(month), int(day), int(hour), int(minute), 59 if leap else int(second or 0), tzinfo=tz
        )
        low = _ticks(whole) + (SECOND if leap else 0)
    except (ValueError, OverflowError):
        raise NotADate(found=text[:40]) from None
    if fraction is not None:
        low += int((fraction + "0000000")[:7])
        return float(low), float(low + 1)
    return float(low), float(low + (SECOND if second is not None else 60 * SECOND))


def _day_range(year: int, month: int, day: int, precision: str, zone: ZoneInfo) -> Range:
    low = datetime(year, month, day, tzinfo=zone)
    try:
        if precision == "day":
            high = low + timedelta(days=1)
        elif precision == "month" and month < 12:
            high = low.replace(month=month + 1)
        else:
            high = low.replace(year=year + 1, month=1)
    except (ValueError, OverflowError):
        return float(_ticks(low)), FUTURE
    return float(_ticks(low)), float(_ticks(high))


def _ticks(moment: datetime) -> int:
    gone = moment - EPOCH
    return gone.days * DAY + gone.seconds * SECOND + gone.microseconds * 10


def ticks_of(moment: datetime) -> float:
    """An aware moment in ticks."""
    return float(_ticks(moment))


def moment_of(ticks: float) -> datetime | None:
    """Ticks as an aware UTC moment; None before year 1 or after 9999."""
    try:
        return EPOCH + timedelta(microseconds=ticks / 10)
    except OverflowError:
        return None


def number(text: str) -> Decimal:
    """A number of a query, digits kept.

    Raises:
        NotANumber: not of the form of a decimal, or beyond what the index holds.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise NotANumber(found=text[:40]) from None
    if not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT:
        raise NotANumber(found=text[:40])
    return value


def precision_half(value: Decimal) -> Decimal:
    """Half of the last digit written: 0.05 for 5.4, 0.5 for 5, and for exponents 0.5e-3 for 2e-3.

    >>> precision_half(Decimal("5.40"))
    Decimal('0.005')
    """
    exponent = value.as_tuple().exponent
    return Decimal((0, (5,), int(exponent) - 1))
