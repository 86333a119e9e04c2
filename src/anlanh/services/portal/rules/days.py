"""Days as FHIR writes them. Pure."""

from __future__ import annotations

from datetime import date


def day_of(on: str) -> date | None:
    """The day of a FHIR date; None where it is not as exact as that.

    >>> day_of("2026-11-23T08:00:00+07:00"), day_of("2026-11")
    (datetime.date(2026, 11, 23), None)
    """
    return date.fromisoformat(on[:10]) if len(on) >= 10 else None
