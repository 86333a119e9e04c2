"""What one value of a FHIR type adds to the index of a resource, by the kind of the search parameter.

LEAVES is the table of R4 search types against data types. Every function takes the value as JSON, the index path's
salt and number, and the index that is being made.

FHIR: search parameter types
Source: https://hl7.org/fhir/R4/search.html#ptypes
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from anlanh.fhir.search.keys import EXACT, IDENTIFIER, OF_TYPE, UCUM, folded_code, hash64, token_keys
from anlanh.fhir.search.values import FUTURE, PAST, NotADate, date_range
from anlanh.kernel import units
from anlanh.kernel.problem import Problem
from anlanh.kernel.vn.fold import fold

LONGEST_STRING = 2000
"""Characters of a string that are indexed."""

VERSIONED = re.compile(r"/_history/[A-Za-z0-9\-.]+$")
PHONE = re.compile(r"[+()\d\s.\-]{6,}")

RangeRow: TypeAlias = tuple[
    int, int | None, float, float, int | None, int | None, int | None, float | None, float | None
]
"""path, key of the composite's discrete parts, low, high, system, code, canonical unit, its low, its high."""

StringRow: TypeAlias = tuple[int, int, bool, str]
"""key, path, whether the value is whole (else one word of it), folded value: one entry of the dictionary of strings."""


@dataclass(slots=True)
class Index:
    """Everything one resource is found by. `refs` are the keys of its references, `keys` all other keys; `patients` the
    rids of those whose data it is, `labels` the keys of its sensitive labels.

    `strings` are the dictionary entries its string keys need: a string is written once per index path, however many
    resources hold it, and a search by prefix looks up the keys of all strings that begin so.
    """

    zone: ZoneInfo
    refs: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    patients: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    ranges: list[RangeRow] = field(default_factory=list)
    strings: list[StringRow] = field(default_factory=list)


Leaf: TypeAlias = Callable[[Any, int, int, Index], None]


def token_code(value: Any, salt: int, path: int, index: Index) -> None:
    index.keys += token_keys(salt, None, value)


def token_boolean(value: Any, salt: int, path: int, index: Index) -> None:
    index.keys += token_keys(salt, None, "true" if value else "false")


def token_number(value: Any, salt: int, path: int, index: Index) -> None:
    index.keys += token_keys(salt, None, str(value))


def token_coding(value: Any, salt: int, path: int, index: Index) -> None:
    index.keys += token_keys(salt, value.get("system"), value.get("code"))
    if display := value.get("display"):
        _text(display, path, index)


def token_concept(value: Any, salt: int, path: int, index: Index) -> None:
    for coding in value.get("coding", ()):
        index.keys += token_keys(salt, coding.get("system"), coding.get("code"))
        if display := coding.get("display"):
            _text(display, path, index)
    if text := value.get("text"):
        _text(text, path, index)


def _text(text: str, path: int, index: Index) -> None:
    """The words people see, for `:text`; kept under the negative of the path's number."""
    _enter(_whole_row(-path, -path, text), index)


@lru_cache(maxsize=65536)
def _whole_row(salt: int, path: int, text: str) -> StringRow:
    folded = fold(text)[:LONGEST_STRING]
    return salt ^ hash64(f"w:{folded}"), path, True, folded


def _enter(row: StringRow, index: Index) -> None:
    index.keys.append(row[0])
    index.strings.append(row)


def token_identifier(value: Any, salt: int, path: int, index: Index) -> None:
    number = value.get("value")
    index.keys += token_keys(salt, value.get("system"), number)
    if kind := value.get("type"):
        for coding in kind.get("coding", ()):
            index.keys.append(of_type_key(salt, coding.get("system") or "", coding.get("code") or "", number or ""))
        if text := kind.get("text"):
            _text(text, path, index)


def of_type_key(salt: int, system: str, code: str, number: str) -> int:
    """Key for `identifier:of-type=system|code|value`."""
    return salt ^ OF_TYPE ^ hash64(f"{system}|{folded_code(system, code)}|{number.casefold()}")


def token_contact_point(value: Any, salt: int, path: int, index: Index) -> None:
    number = value.get("value")
    if number is None:
        return
    index.keys += token_keys(salt, value.get("system"), number)
    if (plain := plain_phone(number)) and plain != number:
        index.keys += token_keys(salt, None, plain)


def plain_phone(number: str) -> str | None:
    """A Vietnamese phone number as dialled at home: `+84 912-345.678` is `0912345678`. None when it is no phone number."""
    if not PHONE.fullmatch(number):
        return None
    digits = re.sub(r"\D", "", number)
    return "0" + digits[2:] if digits.startswith("84") and len(digits) > 9 else digits


def reference(value: Any, salt: int, path: int, index: Index) -> None:
    target = value.get("reference")
    if target and target[0] != "#":
        index.refs.append(salt ^ hash64(VERSIONED.sub("", target) if "/_history/" in target else target))
    if identifier := value.get("identifier"):
        index.keys += token_keys(salt ^ IDENTIFIER, identifier.get("system"), identifier.get("value"))


def reference_canonical(value: Any, salt: int, path: int, index: Index) -> None:
    index.refs.append(salt ^ hash64(value))
    url, bar, _ = value.partition("|")
    if bar:
        index.refs.append(salt ^ hash64(url))


def reference_resource(value: Any, salt: int, path: int, index: Index) -> None:
    if "id" in value:
        index.refs.append(salt ^ hash64(f"{value['resourceType']}/{value['id']}"))


def uri(value: Any, salt: int, path: int, index: Index) -> None:
    _enter((salt ^ hash64(value), path, True, value[:LONGEST_STRING]), index)
    url, bar, _ = value.partition("|")
    if bar:
        index.keys.append(salt ^ hash64(url))


def string(value: Any, salt: int, path: int, index: Index) -> None:
    text = value if isinstance(value, str) else str(value)
    index.keys.append(salt ^ EXACT ^ hash64(text))
    _enter(_whole_row(salt, path, text), index)


def string_with_words(value: Any, salt: int, path: int, index: Index) -> None:
    """Part of a person's name: whole, and each word of it when there are several."""
    index.keys.append(salt ^ EXACT ^ hash64(value))
    for row in _name_rows(salt, path, value):
        _enter(row, index)


@lru_cache(maxsize=65536)
def _name_rows(salt: int, path: int, text: str) -> tuple[StringRow, ...]:
    whole = _whole_row(salt, path, text)
    parts = ((salt ^ hash64(f"p:{word}"), path, False, word) for word in name_words(whole[3]) if word != whole[3])
    return (whole, *parts)


def name_words(folded: str) -> list[str]:
    """The words of a folded name; a hyphen parts them too (`Smith-Jones`)."""
    return [word for word in folded.replace("-", " ").split(" ") if word]


def string_human_name(value: Any, salt: int, path: int, index: Index) -> None:
    for part in ("text", "family"):
        if text := value.get(part):
            string_with_words(text, salt, path, index)
    for part in ("given", "prefix", "suffix"):
        for text in value.get(part, ()):
            if text:
                string_with_words(text, salt, path, index)


def string_address(value: Any, salt: int, path: int, index: Index) -> None:
    for part in ("text", "city", "district", "state", "postalCode", "country"):
        if text := value.get(part):
            string(text, salt, path, index)
    for text in value.get("line", ()):
        if text:
            string(text, salt, path, index)


def date(value: Any, salt: int, path: int, index: Index) -> None:
    try:
        low, high = date_range(value, index.zone)
    except NotADate:
        return
    index.ranges.append((path, None, low, high, None, None, None, None, None))


def period_range(value: Any, zone: ZoneInfo) -> tuple[float, float] | None:
    """A Period in ticks; an open end reaches for ever."""
    try:
        low = date_range(value["start"], zone)[0] if "start" in value else PAST
        high = date_range(value["end"], zone)[1] if "end" in value else FUTURE
    except NotADate:
        return None
    return low, high


def date_period(value: Any, salt: int, path: int, index: Index) -> None:
    if found := period_range(value, index.zone):
        index.ranges.append((path, None, *found, None, None, None, None, None))


def date_timing(value: Any, salt: int, path: int, index: Index) -> None:
    """The outer limits of all events and of the bounds of a repetition, as one range."""
    found = [date_range(each, index.zone) for each in value.get("event", ()) if each]
    if (bounds := value.get("repeat", {}).get("boundsPeriod")) and (period := period_range(bounds, index.zone)):
        found.append(period)
    if found:
        low, high = min(low for low, _ in found), max(high for _, high in found)
        index.ranges.append((path, None, low, high, None, None, None, None, None))


def number(value: Any, salt: int, path: int, index: Index) -> None:
    index.ranges.append((path, None, float(value), float(value), None, None, None, None, None))


def number_range(value: Any, salt: int, path: int, index: Index) -> None:
    low, high = _bounds(value)
    index.ranges.append((path, None, low, high, None, None, None, None, None))


def _bounds(value: Any) -> tuple[float, float]:
    low = value.get("low", {}).get("value")
    high = value.get("high", {}).get("value")
    return (PAST if low is None else float(low)), (FUTURE if high is None else float(high))


def quantity(value: Any, salt: int, path: int, index: Index) -> None:
    amount = value.get("value")
    if amount is None:
        return
    system, code = value.get("system"), value.get("code")
    unit, factor_value = canonical_quantity(amount, system, code)
    index.ranges.append(
        (
            path, None, float(amount), float(amount), number_of(system), number_of(code or value.get("unit")),
            unit, factor_value, factor_value,
        )
    )  # fmt: skip


def quantity_money(value: Any, salt: int, path: int, index: Index) -> None:
    amount = value.get("value")
    if amount is not None:
        system, code = "urn:iso:std:iso:4217", value.get("currency")
        index.ranges.append(
            (path, None, float(amount), float(amount), number_of(system), number_of(code), None, None, None)
        )


def quantity_range(value: Any, salt: int, path: int, index: Index) -> None:
    low, high = _bounds(value)
    part = value.get("low") or value.get("high") or {}
    system, code = part.get("system"), part.get("code")
    unit, unit_low = canonical_quantity(Decimal(repr(low)), system, code) if low != PAST else (None, PAST)
    if high != FUTURE:
        unit, unit_high = canonical_quantity(Decimal(repr(high)), system, code)
    else:
        unit_high = FUTURE
    index.ranges.append((path, None, low, high, number_of(system), number_of(code), unit, unit_low, unit_high))


def quantity_sampled(value: Any, salt: int, path: int, index: Index) -> None:
    if origin := value.get("origin"):
        quantity(origin, salt, path, index)


@lru_cache(maxsize=4096)
def number_of(text: str | None) -> int | None:
    """31 bits of a system or unit code, to filter rows that an index has already narrowed."""
    return None if text is None else hash64(f"unit:{text}") & 0x7FFFFFFF


def canonical_quantity(amount: Decimal | int, system: str | None, code: str | None) -> tuple[int | None, float | None]:
    """A UCUM quantity in base units: number of the base unit, and the amount in it. (None, None) for other systems."""
    if system != UCUM or code is None:
        return None, None
    try:
        value, unit = units.canonical(Decimal(amount), code)
    except Problem:
        return None, None
    return number_of(unit), float(value)


STRINGS = dict.fromkeys(
    ("string", "markdown", "code", "uri", "url", "id", "canonical", "xhtml", "integer", "decimal"), string
)
QUANTITIES = dict.fromkeys(
    ("Quantity", "Age", "Count", "Distance", "Duration", "SimpleQuantity", "MoneyQuantity"), quantity
)

LEAVES: dict[str, dict[str, Leaf]] = {
    "token": {
        **dict.fromkeys(("code", "string", "uri", "id", "url", "canonical", "oid", "uuid", "markdown"), token_code),
        "boolean": token_boolean,
        **dict.fromkeys(("integer", "positiveInt", "unsignedInt", "decimal"), token_number),
        "Coding": token_coding,
        "CodeableConcept": token_concept,
        "Identifier": token_identifier,
        "ContactPoint": token_contact_point,
    },
    "reference": {
        "Reference": reference,
        **dict.fromkeys(("canonical", "uri", "url"), reference_canonical),
        "Resource": reference_resource,
    },
    "string": {**STRINGS, "HumanName": string_human_name, "Address": string_address},
    "uri": dict.fromkeys(("uri", "url", "canonical", "oid", "uuid"), uri),
    "date": {
        **dict.fromkeys(("date", "dateTime", "instant"), date),
        "Period": date_period,
        "Timing": date_timing,
    },
    "number": {
        **dict.fromkeys(("integer", "positiveInt", "unsignedInt", "decimal"), number),
        "Range": number_range,
    },
    "quantity": {**QUANTITIES, "Money": quantity_money, "Range": quantity_range, "SampledData": quantity_sampled},
}
"""Search parameter type to data type to what it adds."""

RANGED = frozenset({"date", "number", "quantity"})
"""Kinds that live in the range table; the others can be combined into one key."""
