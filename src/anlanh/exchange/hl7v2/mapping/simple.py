"""The plain data types: texts, numbers, moments, quantities, and the texts of coded values.

FHIR: primitives, Quantity, Money, Period
Source: HL7 v2.8.2 chapter 2A
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from anlanh.exchange.hl7v2 import tables
from anlanh.exchange.hl7v2.codec import Repetition
from anlanh.exchange.hl7v2.mapping import codes, dates
from anlanh.exchange.hl7v2.mapping.make import Make, Resource


def text(make: Make, value: Repetition, table: str) -> str | None:
    """ST, TX, FT, ID and IS without a table: the text."""
    found = value.text if len(value) == 1 else value.component(1)
    return found.strip() or None


def whole_text(make: Make, value: Repetition, table: str) -> str | None:
    """FT, TX: everything that stands there, separators too."""
    return value.text.strip() or None


def date(make: Make, value: Repetition, table: str) -> str | None:
    return dates.day(value.component(1))


def date_time(make: Make, value: Repetition, table: str) -> str | None:
    return dates.date_time(value.component(1), make.zone)


def instant(make: Make, value: Repetition, table: str) -> str | None:
    return dates.instant(value.component(1), make.zone)


def decimal(make: Make, value: Repetition, table: str) -> Decimal | None:
    """NM. Exact: 1.00 stays 1.00."""
    return number(value.component(1))


def number(found: str) -> Decimal | None:
    """The number in a text, or None. A comma is taken for a decimal point when it can be nothing else."""
    found = found.strip().lstrip("+")
    if found.count(",") == 1 and "." not in found:
        found = found.replace(",", ".")
    try:
        read = Decimal(found)
    except InvalidOperation:
        return None
    return read if read.is_finite() and len(found) < 40 else None


def integer(make: Make, value: Repetition, table: str) -> int | None:
    found = number(value.component(1))
    return int(found) if found is not None and found == int(found) and 0 <= found < 2**31 else None


def boolean(make: Make, value: Repetition, table: str) -> bool | None:
    return {"Y": True, "YES": True, "1": True, "N": False, "NO": False, "0": False}.get(value.component(1).upper())


def days(make: Make, value: Repetition, table: str) -> Resource | None:
    """NM as a length of stay."""
    found = number(value.component(1))
    return (
        None if found is None else {"value": found, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}
    )


def quantity(make: Make, value: Repetition, table: str) -> Resource | None:
    """CQ: a quantity with its unit."""
    found = number(value.component(1))
    measured = unit(make, value.within(2), "") or {}
    return {"value": found} | measured if found is not None else measured or None


def unit(make: Make, value: Repetition, table: str) -> Resource | None:
    """CWE as the unit of a Quantity; its system is told only where it is known."""
    code, said, system = value.component(1), value.component(2), value.component(3)
    if not code and not said:
        return None
    uri = codes.system_of(make.site, system) if system else None
    found: Resource = {"unit": said or code}
    if code and uri is not None:
        found |= {"code": code, "system": uri}
    elif code and said:
        found["code"] = code
    return found


def money(make: Make, value: Repetition, table: str) -> Resource | None:
    """CP: a price."""
    price = value.within(1)
    found = number(price.component(1))
    return None if found is None else {"value": found, "currency": price.component(2) or "VND"}


def between(make: Make, value: Repetition, start: int, end: int) -> Resource | None:
    """A Period of two components."""
    ends = {
        name: moment
        for name, at in (("start", start), ("end", end))
        if value.has(at) and (moment := dates.date_time(value.component(at), make.zone))
    }
    return ends or None


def concept_text(make: Make, value: Repetition, table: str) -> str | None:
    """CWE as a text: what was written originally, or the display, or the code."""
    return value.component(9) or value.component(2) or value.component(5) or value.component(1) or None


def concept_note(make: Make, value: Repetition, table: str) -> str | None:
    """CWE as a note: what was written originally, or code and display."""
    return value.component(9) or ", ".join(part for part in (value.component(1), value.component(2)) if part) or None


def narrative(make: Make, value: Repetition, table: str) -> str | None:
    """ST as XHTML."""
    said = value.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").strip()
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{said}</div>' if said else None


def timing(make: Make, value: Repetition, table: str) -> Resource | None:
    """RPT: a repeat pattern."""
    return (
        {"code": {"coding": [{"system": f"{tables.TERMINOLOGY}v2-0335", "code": value.component(1)}]}}
        if value.has(1)
        else None
    )
