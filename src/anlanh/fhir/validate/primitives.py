"""The forms of the primitive types: one check per type, which finds nothing wrong or says what is.

Dates are checked against the calendar, whole numbers against their range, texts against control characters.

FHIR: primitive types
Source: https://hl7.org/fhir/R4/datatypes.html#primitive
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

LONGEST_STRING: Final = 1024 * 1024
"""Strings SHALL NOT exceed 1 MB; base64Binary and xhtml are not strings in this sense."""


@dataclass(slots=True)
class Fault:
    """A rule broken at a place; `path` is relative and grows from the inside out."""

    rule: str
    facts: dict[str, object] = field(default_factory=dict)
    path: str = ""


Check = Callable[[Any], list[Fault] | None]
"""None when the value is right, so that the common case costs nothing."""

EVENT_MARKS: Final = (" on", "\ton", "\non", '"on', "'on", "/on")
_EVENT = re.compile(r"""<[a-z][^<>]*[\s"'/]on[a-z]+\s*=""").search
_YEAR = "(?!0000)[0-9]{4}"
_MONTH = "(?:0[1-9]|1[0-2])"
_DAY = "(0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
_DATE = re.compile(f"{_YEAR}(?:-{_MONTH}(?:-{_DAY})?)?").fullmatch
_DATE_TIME = re.compile(f"{_YEAR}(?:-{_MONTH}(?:-{_DAY}(?:T{_TIME}{_ZONE})?)?)?").fullmatch
_INSTANT = re.compile(f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}").fullmatch
_TIME_OF_DAY = re.compile(_TIME).fullmatch
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_CODE = re.compile(r"[^\s]+(?:\s[^\s]+)*").fullmatch
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+").fullmatch
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_BASE64 = re.compile(r"[0-9a-zA-Z+/\s]*=?\s*=?\s*").fullmatch
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]").search
_SPACE = re.compile(r"\s").search
_LONG_MONTHS = frozenset({"01", "03", "05", "07", "08", "10", "12"})


def check_boolean(value: Any) -> list[Fault] | None:
    return None if value is True or value is False else _wrong_type("boolean", "true or false", value)


def check_string(value: Any) -> list[Fault] | None:
    """A string or markdown: something visible, no control characters, at most 1 MB."""
    if type(value) is not str:
        return _wrong_type("string", "text", value)
    if not value or value.isspace():
        return [Fault("empty-string")]
    if not value.isprintable() and _CONTROL(value):
        return [Fault("control-character")]
    if len(value) > LONGEST_STRING:
        return [Fault("too-long", {"limit": LONGEST_STRING})]
    return None


def check_xhtml(value: Any) -> list[Fault] | None:
    """A narrative in outline: markup, and nothing in it that a browser would run. Full validation reads it closely."""
    if type(value) is not str:
        return _wrong_type("xhtml", "text", value)
    if not value.lstrip().startswith("<"):
        return _wrong_form("xhtml", value)
    return [Fault("narrative-active")] if _may_run(value.lower()) else None


def _may_run(lower: str) -> bool:
    if "<script" in lower or "<iframe" in lower or "javascript:" in lower:
        return True
    return any(mark in lower for mark in EVENT_MARKS) and _EVENT(lower) is not None


def check_uri(value: Any) -> list[Fault] | None:
    """A uri, url or canonical: not empty, no white space."""
    if type(value) is not str:
        return _wrong_type("uri", "text", value)
    if value.isprintable() and value and " " not in value and not (not value.isascii() and _SPACE(value)):
        return None
    return _wrong_form("uri", value)


def check_base64(value: Any) -> list[Fault] | None:
    if type(value) is not str:
        return _wrong_type("base64Binary", "text", value)
    if not value:
        return [Fault("empty-string")]
    if len(value) % 4 and len("".join(value.split())) % 4:
        return _wrong_form("base64Binary", value[:40])
    return None if _BASE64(value) else _wrong_form("base64Binary", value[:40])


def check_decimal(value: Any) -> list[Fault] | None:
    kind = type(value)
    if kind is Decimal or kind is int:
        return None
    return _wrong_type("decimal", "number", value)


def check_date(value: Any) -> list[Fault] | None:
    return _check_moment(value, "date", _DATE)


def check_date_time(value: Any) -> list[Fault] | None:
    return _check_moment(value, "dateTime", _DATE_TIME)


def check_instant(value: Any) -> list[Fault] | None:
    return _check_moment(value, "instant", _INSTANT)


def _check_moment(value: Any, name: str, matches: Callable[[str], re.Match[str] | None]) -> list[Fault] | None:
    if type(value) is not str:
        return _wrong_type(name, "text", value)
    found = matches(value)
    if found is None:
        return _wrong_form(name, value)
    day = found[1]
    if day is not None and day > "28" and not _is_day(value[:4], value[5:7], day):
        return [Fault("no-such-day", {"found": value[:10]})]
    return None


def _is_day(year: str, month: str, day: str) -> bool:
    """Whether the 29th, 30th or 31st is a day of that month."""
    if month != "02":
        return day != "31" or month in _LONG_MONTHS
    number = int(year)
    return day == "29" and number % 4 == 0 and (number % 100 != 0 or number % 400 == 0)


def _whole_number(name: str, low: int) -> Check:
    high = 2**31 - 1

    def check(value: Any) -> list[Fault] | None:
        if type(value) is not int:
            return _wrong_type(name, "whole number", value)
        if low <= value <= high:
            return None
        return [Fault("out-of-range", {"type": name, "found": value, "low": low, "high": high})]

    return check


def _pattern(name: str, matches: Callable[[str], object]) -> Check:
    def check(value: Any) -> list[Fault] | None:
        if type(value) is str and matches(value):
            return None
        return _wrong_type(name, "text", value) if type(value) is not str else _wrong_form(name, value)

    return check


check_id = _pattern("id", _ID)
check_code = _pattern("code", _CODE)

CHECKS: Final[dict[str, Check]] = {
    "base64Binary": check_base64,
    "boolean": check_boolean,
    "canonical": check_uri,
    "code": check_code,
    "date": check_date,
    "dateTime": check_date_time,
    "decimal": check_decimal,
    "id": check_id,
    "instant": check_instant,
    "integer": _whole_number("integer", -(2**31)),
    "markdown": check_string,
    "oid": _pattern("oid", _OID),
    "positiveInt": _whole_number("positiveInt", 1),
    "string": check_string,
    "time": _pattern("time", _TIME_OF_DAY),
    "unsignedInt": _whole_number("unsignedInt", 0),
    "uri": check_uri,
    "url": check_uri,
    "uuid": _pattern("uuid", _UUID),
    "xhtml": check_xhtml,
}

EXAMPLES: Final = {
    "base64Binary": "SGVsbG8=",
    "code": "final",
    "date": "2023-02-28",
    "dateTime": "2023-02-28T08:30:00+07:00",
    "id": "a-1",
    "instant": "2023-02-28T08:30:00.000+07:00",
    "oid": "urn:oid:1.2.3",
    "time": "08:30:00",
    "uri": "http://example.org/a",
    "uuid": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
    "xhtml": '<div xmlns="http://www.w3.org/1999/xhtml">…</div>',
}

_JSON_KINDS: Final = {dict: "an object", list: "an array", str: "text", bool: "true or false", type(None): "null"}


def json_kind(value: object) -> str:
    """What JSON calls a value: text, an object, null …"""
    return _JSON_KINDS.get(type(value), "a number")


def _wrong_type(name: str, wanted: str, value: object) -> list[Fault]:
    if value is None:
        return [Fault("null-value")]
    if type(value) is list:
        return [Fault("not-a-single-value", {"name": name})]
    return [Fault("wrong-json-type", {"type": name, "wanted": wanted, "found": json_kind(value)})]


def _wrong_form(name: str, value: str) -> list[Fault]:
    if not value:
        return [Fault("empty-string")]
    return [Fault("primitive-form", {"type": name, "found": value, "example": EXAMPLES[name]})]
