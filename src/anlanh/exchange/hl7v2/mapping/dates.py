"""Dates and times of HL7 v2 as those of FHIR: the precision that was sent is kept, a zone is added only where FHIR needs one.

FHIR: date, dateTime, instant, time
Source: HL7 v2.8.2 section 2A.2.22 (DTM); https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

_DTM = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?\s*([+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_TM = re.compile(r"(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?([+-]\d{4})?", re.ASCII)


def date_time(text: str, zone: ZoneInfo) -> str | None:
    """A FHIR dateTime with the precision sent; None for what is no moment (0000, 00010101, 20210230, words)."""
    found = _DTM.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    if not _exists(year, month, day):
        return None
    if hour is None:
        return "-".join(part for part in (year, month, day) if part)
    if int(hour) > 23 or int(minute or 0) > 59 or int(second or 0) > 59:
        return f"{year}-{month}-{day}"
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute or 0), tzinfo=zone)
    at = offset_of(offset) or _local_offset(moment)
    seconds = f"{second or '00'}{f'.{fraction}' if fraction else ''}"
    return f"{year}-{month}-{day}T{hour}:{minute or '00'}:{seconds}{at}"


def day(text: str) -> str | None:
    """A FHIR date with the precision sent, at most days."""
    found = _DTM.fullmatch(text.strip())
    if found is None or not _exists(*found.groups()[:3]):
        return None
    return "-".join(part for part in found.groups()[:3] if part)


def instant(text: str, zone: ZoneInfo) -> str | None:
    """A FHIR instant; None when the time of day was not sent."""
    found = date_time(text, zone)
    return found if found and "T" in found else None


def time_of_day(text: str) -> str | None:
    """A FHIR time."""
    found = _TM.fullmatch(text.strip())
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59 or int(found[3] or 0) > 59:
        return None
    return f"{found[1]}:{found[2] or '00'}:{found[3] or '00'}{f'.{found[4]}' if found[4] else ''}"


def offset_of(text: str | None) -> str | None:
    """+0700 as +07:00, UTC as Z; None when there is none or it cannot be."""
    if not text:
        return None
    digits = text[1:].replace(":", "")
    if int(digits[:2]) > 14 or int(digits[2:]) > 59:
        return None
    return "Z" if digits == "0000" else f"{text[0]}{digits[:2]}:{digits[2:]}"


def _exists(year: str, month: str | None, day: str | None) -> bool:
    """Years up to 1850 are what systems send for "not known"; so are month 00 and day 00."""
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return False
    return int(year) > 1850


def _local_offset(moment: datetime) -> str:
    found = moment.utcoffset()
    minutes = int(found.total_seconds() // 60) if found is not None else 0
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" if minutes else "Z"
