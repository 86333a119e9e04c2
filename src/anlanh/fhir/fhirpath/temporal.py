"""Dates, date-times and times of FHIRPath: of any precision, compared and added to without guessing what is unknown.

FHIR: FHIRPath 2.0.0, Date, DateTime, Time, date/time arithmetic; lowBoundary(), highBoundary() and precision()
Source: http://hl7.org/fhirpath/N1/#dateTime, http://hl7.org/fhirpath/N1/#datetime-arithmetic
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

SECOND = 1_000_000_000
"""Seconds and their fraction are one field, counted in nanoseconds."""

YEAR_DIGITS = (4, 6, 8, 10, 12, 14)
"""Digits that precision() gives for each number of fields; a fraction of a second makes it 17."""
TIME_DIGITS = (2, 4, 6)

_CLOCK = r"(?P<hour>[01]\d|2[0-3])(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d|60)(?:\.(?P<fraction>\d+))?)?)?"
_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>0[1-9]|[12]\d|3[01]))?)?"
    rf"(?P<time>T(?:{_CLOCK}(?P<zone>Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?)?",
    re.ASCII,
)
_TIME = re.compile(f"T?{_CLOCK}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Temporal:
    """A date, date-time or time. `kind` is Date, DateTime or Time.

    `fields` are year, month, day, hour, minute, nanoseconds (of a Time: hour, minute, nanoseconds), as many as are
    known. `offset` is the time zone in minutes east of UTC, or None. `text` is the value as FHIR writes it.
    """

    kind: str
    text: str
    fields: tuple[int, ...]
    offset: int | None
    fraction_digits: int

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=20_000)
def parse(text: str, kind: str = "DateTime") -> Temporal | None:
    """The value of a FHIR date, dateTime, instant or time; None when it is not one.

    A date without a time is a Date when `kind` is Date.
    """
    hit = (_TIME if kind == "Time" else _DATE).fullmatch(text)
    if hit is None or (kind == "Date" and hit["time"]):
        return None
    part = hit.groupdict()
    names = ("hour", "minute") if kind == "Time" else ("year", "month", "day", "hour", "minute")
    fields = [int(part[name]) for name in names if part[name] is not None]
    if part["second"] is not None:
        fraction = (part["fraction"] or "")[:9]
        fields.append(int(part["second"]) * SECOND + int(fraction.ljust(9, "0")))
    if kind != "Time" and len(fields) >= 3 and fields[2] > _days_in_month(fields[0], fields[1]):
        return None
    zone = part.get("zone")
    return Temporal(kind, text, tuple(fields), _offset(zone) if zone else None, len(part["fraction"] or ""))


def from_instant(instant: datetime) -> Temporal:
    """The DateTime of an aware instant, to the millisecond."""
    text = instant.isoformat(timespec="milliseconds")
    found = parse(text.replace("+00:00", "Z") if instant.tzinfo is UTC else text)
    assert found is not None  # isoformat of an aware instant is always a FHIR dateTime
    return found


def make(like: Temporal, fields: tuple[int, ...], *, offset: int | None = None, fraction_digits: int = 0) -> Temporal:
    """A value of the same kind with other fields; its text is written anew."""
    clock = fields if like.kind == "Time" else fields[3:]
    text = ""
    if like.kind != "Time":
        text = "-".join(f"{field:0{width}}" for field, width in zip(fields[:3], (4, 2, 2), strict=False))
    if clock:
        text += "" if like.kind == "Time" else "T"
        text += ":".join(f"{field:02}" for field in clock[:2])
    if len(clock) == 3:
        whole, rest = divmod(clock[2], SECOND)
        digits = max(fraction_digits, 3) if rest else fraction_digits
        text += f":{whole:02}" + (f".{rest:09}"[: digits + 1] if digits else "")
    if clock and offset is not None:
        sign = "-" if offset < 0 else "+"
        text += (
            "Z" if offset == 0 and like.text.endswith("Z") else f"{sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
        )
    return Temporal(like.kind, text, fields, offset, fraction_digits)


def compare(one: Temporal, other: Temporal) -> int | None:
    """-1, 0 or 1; None when the precisions or a missing time zone leave it open, or a Time meets a date."""
    if (one.kind == "Time") != (other.kind == "Time"):
        return None
    left, right = one.fields, other.fields
    if one.offset != other.offset:
        if one.offset is not None and other.offset is not None:
            left, right = utc_fields(one), utc_fields(other)
        elif len(left) > 3 and len(right) > 3:
            return None
    for mine, yours in zip(left, right, strict=False):
        if mine != yours:
            return -1 if mine < yours else 1
    return 0 if len(left) == len(right) else None


@lru_cache(maxsize=10_000)
def utc_fields(value: Temporal) -> tuple[int, ...]:
    """The fields moved to UTC, as many as there are; a value without a zone keeps its own."""
    if value.offset in (None, 0) or len(value.fields) < 4:
        return value.fields
    year, month, day, hour, minute = (*value.fields, 0)[:5]
    try:
        moved = datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(minutes=value.offset or 0)
    except (OverflowError, ValueError):
        return value.fields
    return (moved.year, moved.month, moved.day, moved.hour, moved.minute, *value.fields[5:])[: len(value.fields)]


STEPS = {
    "year": ("year", 12),
    "month": ("month", 1),
    "week": ("day", 7 * 24 * 3600 * SECOND),
    "day": ("day", 24 * 3600 * SECOND),
    "hour": ("hour", 3600 * SECOND),
    "minute": ("minute", 60 * SECOND),
    "second": ("second", SECOND),
    "millisecond": ("second", SECOND // 1000),
}
"""Calendar unit to the field it moves, and its size in months (year, month) or nanoseconds."""

_DAY = 24 * 3600 * SECOND
_FINEST = {1: 365 * _DAY, 2: 30 * _DAY, 3: _DAY, 4: 3600 * SECOND, 5: 60 * SECOND, 6: 1}
"""Nanoseconds in the finest field of a value with so many fields, as date arithmetic of the specification counts."""


def add(value: Temporal, amount: Any, unit: str) -> Temporal | None:
    """The value moved by `amount` (Decimal) calendar units (singular); None when it leaves the years 1 to 9999.

    Fractions count for seconds only; a finer unit than the value knows is first rounded towards zero to its precision.
    """
    size = STEPS[unit][1]
    whole = int(amount * size) if unit in ("second", "millisecond") else int(amount) * size
    if value.kind == "Time":
        return _add_to_time(value, whole * 30 * _DAY if unit in ("year", "month") else whole)
    if unit in ("year", "month"):
        return _add_months(value, whole)
    known = len(value.fields)
    if known < 3:
        per_year, per_month = divmod(abs(whole), _FINEST[known])[0], abs(whole) // _FINEST[2]
        months = per_year * 12 if known == 1 else per_month
        return _add_months(value, months if whole >= 0 else -months)
    return _add_span(value, int(whole / _FINEST[known]) * _FINEST[known] if known < 6 else whole)


def low_boundary(value: Temporal, digits: int | None) -> Temporal | None:
    """The earliest value that this one may be, to so many digits; None when there are no such digits."""
    return _boundary(value, digits, (0, 1, 1, 0, 0, 0), 14 * 60)


def high_boundary(value: Temporal, digits: int | None) -> Temporal | None:
    """The latest value that this one may be, to so many digits; None when there are no such digits."""
    return _boundary(value, digits, (9999, 12, 31, 23, 59, 60 * SECOND - 1_000_000), -12 * 60)


def precision(value: Temporal) -> int:
    """Digits known of the value: 4 for a year, 8 for a date, 17 for a date-time with milliseconds."""
    digits = TIME_DIGITS if value.kind == "Time" else YEAR_DIGITS
    return digits[len(value.fields) - 1] + (3 if value.fraction_digits else 0)


def _boundary(value: Temporal, digits: int | None, extreme: tuple[int, ...], zone: int) -> Temporal | None:
    widths = TIME_DIGITS if value.kind == "Time" else YEAR_DIGITS[:3] if value.kind == "Date" else YEAR_DIGITS
    full = widths[-1] + (0 if value.kind == "Date" else 3)
    wanted = full if digits is None else digits
    if wanted not in (*widths, full):
        return None
    count = len(widths) if wanted == full else widths.index(wanted) + 1
    fields = list(value.fields[:count])
    bounds = extreme[3:] if value.kind == "Time" else extreme
    while len(fields) < count:
        at = len(fields)
        last_day = value.kind != "Time" and at == 2 and bounds[2] == 31
        fields.append(_days_in_month(fields[0], fields[1]) if last_day else bounds[at])
    if wanted == full and value.kind != "Date" and len(value.fields) == count and not value.fraction_digits:
        fields[-1] += bounds[-1] % SECOND
    clocked = value.kind == "DateTime" and count > 3
    offset = (value.offset if value.offset is not None else zone) if clocked else None
    return make(value, tuple(fields), offset=offset, fraction_digits=3 if wanted == full and count in (3, 6) else 0)


def _add_to_time(value: Temporal, span: int) -> Temporal:
    hour, minute, nano = (*value.fields, 0, 0)[:3]
    span = (((hour * 60 + minute) * 60 * SECOND + nano) + span) % _DAY
    minutes, nano = divmod(span, 60 * SECOND)
    fields = (minutes // 60, minutes % 60, nano)[: len(value.fields)]
    return make(value, fields, fraction_digits=value.fraction_digits)


def _add_months(value: Temporal, months: int) -> Temporal | None:
    year, month, *rest = (*value.fields, 1) if len(value.fields) == 1 else value.fields
    count = year * 12 + month - 1 + months
    year, month = count // 12, count % 12 + 1
    if not 1 <= year <= 9999:
        return None
    if rest:
        rest[0] = min(rest[0], _days_in_month(year, month))
    fields = (year, month, *rest)[: len(value.fields)]
    return make(value, fields, offset=value.offset, fraction_digits=value.fraction_digits)


def _add_span(value: Temporal, span: int) -> Temporal | None:
    year, month, day, hour, minute, nano = (*value.fields, 0, 0, 0)[:6]
    minutes, nano = divmod(nano + span, 60 * SECOND)
    try:
        moved = datetime(year, month, day, hour, minute, tzinfo=UTC) + timedelta(minutes=minutes)
    except (OverflowError, ValueError):
        return None
    fields = (moved.year, moved.month, moved.day, moved.hour, moved.minute, nano)[: len(value.fields)]
    return make(value, fields, offset=value.offset, fraction_digits=value.fraction_digits)


def _days_in_month(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1] if year else 31


def _offset(zone: str) -> int:
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone[0] == "-" else minutes
