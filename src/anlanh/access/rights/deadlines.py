"""The law's clocks of requests about one's own data. Pure.

Source: Luật 91/2025/QH15 Điều 4, 14; NĐ 356/2025/NĐ-CP: any request is answered within two working days; withdrawing,
restricting, objecting within 15 days (20 where a third party has to act), access, correction, copy within 10 days (15),
erasure within 20 days (30); an extension once, with its reason
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from anlanh.access.audit import inquiry


class Kind(StrEnum):
    """What may be asked."""

    COPY = "copy"
    CORRECT = "correct"
    RESTRICT = "restrict"
    WITHDRAW = "withdraw"
    OBJECT = "object"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Span:
    """Days in which it is done, and after the one extension."""

    days: int
    extended: int


SPANS: dict[Kind, Span] = {
    Kind.COPY: Span(10, 15),
    Kind.CORRECT: Span(10, 15),
    Kind.RESTRICT: Span(15, 20),
    Kind.WITHDRAW: Span(15, 20),
    Kind.OBJECT: Span(15, 20),
    Kind.ERASE: Span(20, 30),
}
"""One row for each right."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Until when a request is answered, and until when it is done."""

    answer_by: datetime
    done_by: datetime


def clock(kind: Kind, asked_at: datetime, zone: ZoneInfo) -> Clock:
    """The clock of a request; each ends with its last day.

    >>> asked = datetime(2026, 11, 20, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    >>> made = clock(Kind.ERASE, asked, ZoneInfo("Asia/Ho_Chi_Minh"))
    >>> str(made.answer_by.date()), str(made.done_by.date())
    ('2026-11-24', '2026-12-10')
    """
    return Clock(inquiry.due(asked_at, zone), _end_of_day(asked_at, SPANS[kind].days, zone))


def extended(kind: Kind, asked_at: datetime, zone: ZoneInfo) -> datetime:
    """Until when it is done after the extension, counted from when it was asked."""
    return _end_of_day(asked_at, SPANS[kind].extended, zone)


def _end_of_day(asked_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    day = asked_at.astimezone(zone) + timedelta(days=days)
    return day.replace(hour=23, minute=59, second=59, microsecond=0)
