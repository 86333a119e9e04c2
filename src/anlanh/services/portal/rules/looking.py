"""Which results are new to somebody: those that reached the record since they last looked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeAlias

from anlanh.services.portal.rules.days import day_of
from anlanh.services.record.api import ReportLine, ResultLine

Looked: TypeAlias = Mapping[str, datetime]
"""Up to which instant of the record somebody has looked at one test ("system|code"), or at all of them ("")."""

ALL = ""
NEVER_LOOKED_DAYS = 30
"""To somebody who has never opened the results, those of so many days are new, not a whole life's."""


def is_new(line: ResultLine | ReportLine, looked: Looked, today: date) -> bool:
    """Whether a result is new to somebody: they have not looked since it came or was put right."""
    at = line.source.recorded_at
    test = line.key if isinstance(line, ResultLine) else ALL
    if any(at <= looked[each] for each in {ALL, test} if each in looked):
        return False
    day = day_of(line.on)
    return ALL in looked or (day is not None and timedelta(0) <= today - day <= timedelta(days=NEVER_LOOKED_DAYS))


def until(lines: Iterable[ResultLine | ReportLine]) -> datetime | None:
    """Up to which instant of the record somebody has looked who saw these; None: there are none."""
    return max((each.source.recorded_at for each in lines), default=None)
