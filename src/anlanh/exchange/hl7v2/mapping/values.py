"""OBX-5: the value of an observation, by its type in OBX-2, with the unit of OBX-6.

FHIR: Observation.value[x], Observation.component, Attachment
Source: HL7 Version 2 to FHIR, segment OBX to Observation; HL7 v2.8.2 section 7.4.2
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from anlanh.exchange.hl7v2.codec import Repetition, Segment
from anlanh.exchange.hl7v2.mapping import codes, dates, simple
from anlanh.exchange.hl7v2.mapping.make import Make, Resource
from anlanh.exchange.hl7v2.tables import DEFINITION

ATTACHED = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.valueAttachment"
ORIGINAL = f"{DEFINITION}originalText"

Reader = Callable[[Make, Segment, Repetition], Resource]


def put(make: Make, segment: Segment, observation: Resource) -> None:
    """Give an observation its value; several values become its components."""
    kind = segment.first(2)
    found = segment.repetitions(5)
    if not found:
        return
    read = TYPES.get(kind, _guess)
    if len(found) == 1 or kind in ("TX", "FT", "ST"):
        if len(found) > 1:
            observation["valueString"] = "\n".join(each.text for each in found)
        else:
            _add(observation, read(make, segment, found[0]))
        return
    for each in found:
        component: Resource = {"code": dict(observation.get("code", {}))}
        _add(component, read(make, segment, each))
        for name in ("interpretation", "referenceRange"):
            if name in observation:
                component[name] = observation[name]
        observation.setdefault("component", []).append(component)


def _add(place: Resource, value: Resource) -> None:
    extensions = value.pop("extension", [])
    place.update(value)
    if extensions:
        place.setdefault("extension", []).extend(extensions)


def attachments(make: Make, segment: Segment) -> list[Resource]:
    """OBX of a document: each value as its content."""
    kind = segment.first(2)
    if kind in ("ED", "RP"):
        return [{"attachment": found} for each in segment.repetitions(5) if (found := _attachment(make, kind, each))]
    said = "\n".join(each.text for each in segment.repetitions(5))
    if not said:
        return []
    data = base64.b64encode(said.encode()).decode()
    return [{"attachment": {"contentType": "text/plain", "data": data}}]


def _number(make: Make, segment: Segment, value: Repetition) -> Resource:
    found = simple.number(value.component(1))
    if found is None:
        return _text(make, segment, value)
    return {"valueQuantity": {"value": found} | _unit(make, segment)}


def _unit(make: Make, segment: Segment) -> Resource:
    measured = segment.repetitions(6)
    return (simple.unit(make, measured[0], "") or {}) if measured else {}


def _text(make: Make, segment: Segment, value: Repetition) -> Resource:
    said = value.text.strip()
    return {"valueString": said} if said else {}


def _concept(make: Make, segment: Segment, value: Repetition) -> Resource:
    found = codes.concept(make, value, "")
    return {"valueCodeableConcept": found} if found else {}


def _moment(make: Make, segment: Segment, value: Repetition) -> Resource:
    found = dates.date_time(value.component(1), make.zone)
    return {"valueDateTime": found} if found else _text(make, segment, value)


def _time(make: Make, segment: Segment, value: Repetition) -> Resource:
    found = dates.time_of_day(value.component(1))
    return {"valueTime": found} if found else _text(make, segment, value)


def _period(make: Make, segment: Segment, value: Repetition) -> Resource:
    found = simple.between(make, value, 1, 2)
    return {"valuePeriod": found} if found else {}


def _range(make: Make, segment: Segment, value: Repetition) -> Resource:
    unit = _unit(make, segment)
    low, high = simple.number(value.component(1)), simple.number(value.component(2))
    ends = {name: {"value": each} | unit for name, each in (("low", low), ("high", high)) if each is not None}
    return {"valueRange": ends} if ends else {}


def _from_to(make: Make, segment: Segment, value: Repetition) -> Resource:
    """VR: from one value to another, as text."""
    return {"valueString": f"{value.component(1)}-{value.component(2)}"}


def _structured(make: Make, segment: Segment, value: Repetition) -> Resource:
    """SN: a comparator, a number, a separator, a number."""
    comparator, separator = value.component(1), value.component(3)
    first, second = simple.number(value.component(2)), simple.number(value.component(4))
    unit = _unit(make, segment)
    said = " ".join(part for part in (value.component(at) for at in (1, 2, 3, 4)) if part)
    original = {"extension": [{"url": ORIGINAL, "valueString": said}]}
    if comparator == "<>" or separator == "+" or first is None:
        measured = segment.first(6)
        return {"valueString": f"{said} {measured}".strip()}
    if separator in (":", "/") and second is not None:
        numerator: Resource = {"value": first} | unit
        if comparator in ("<", "<=", ">", ">="):
            numerator["comparator"] = comparator
        return {"valueRatio": {"numerator": numerator, "denominator": {"value": second} | unit} | original}
    if separator == "-" and second is not None:
        return {"valueRange": {"low": {"value": first} | unit, "high": {"value": second} | unit}}
    found: Resource = {"value": first} | unit
    if comparator in ("<", "<=", ">", ">="):
        found["comparator"] = comparator
    return {"valueQuantity": found | (original if separator else {})}


def _array(make: Make, segment: Segment, value: Repetition) -> Resource:
    """NA: numbers in order, as sampled data."""
    numbers = " ".join(value.component(at) or "E" for at in range(1, len(value) + 1))
    return {
        "valueSampledData": {
            "origin": {"value": 0} | _unit(make, segment),
            "period": 1,
            "dimensions": 1,
            "data": numbers,
        }
    }


def _encapsulated(make: Make, segment: Segment, value: Repetition) -> Resource:
    found = _attachment(make, segment.first(2), value)
    return {"extension": [{"url": ATTACHED, "valueAttachment": found}]} if found else {}


def _attachment(make: Make, kind: str, value: Repetition) -> Resource | None:
    """ED: data; RP: a pointer to it."""
    if kind == "RP":
        sort = "/".join(part.lower() for part in (value.component(3), value.component(4)) if part)
        found = {"url": value.component(1)} | ({"contentType": sort} if "/" in sort else {})
        return found if value.has(1) else None
    data = _bytes(value.component(5), value.component(4))
    if data is None:
        return None
    sort = _media(value.component(2), value.component(3))
    return ({"contentType": sort} if sort else {}) | {"data": base64.b64encode(data).decode()}


def _media(sort: str, kind: str) -> str:
    if "/" in kind:
        return kind.lower()
    known = {"AP": "application", "IM": "image", "TEXT": "text", "TX": "text", "": "application"}
    return f"{known.get(sort.upper(), sort.lower())}/{kind.lower()}" if kind else ""


def _bytes(sent: str, encoding: str) -> bytes | None:
    """The data in ED.5 by the encoding in ED.4 (table 0299); None when it is not what it says."""
    try:
        if encoding.upper() == "BASE64":
            return base64.b64decode("".join(sent.split()), validate=True)
        if encoding.upper() == "HEX":
            return bytes.fromhex(sent)
    except (binascii.Error, ValueError):
        return None
    return sent.encode() if sent else None


def _identifier(make: Make, segment: Segment, value: Repetition) -> Resource:
    """EI, CX: what is identified, as a concept."""
    found: dict[str, Any] = {"code": value.component(1)}
    if value.has(2):
        found["display"] = value.component(2)
    return {"valueCodeableConcept": {"coding": [found]}} if value.has(1) else {}


def _guess(make: Make, segment: Segment, value: Repetition) -> Resource:
    """A type that is not known or not told: a number if it is one, otherwise its text."""
    return _text(make, segment, value) if segment.first(2) else _number(make, segment, value)


TYPES: dict[str, Reader] = {
    "NM": _number,
    "SN": _structured,
    "ST": _text,
    "TX": _text,
    "FT": _text,
    "CE": _concept,
    "CWE": _concept,
    "CNE": _concept,
    "CF": _concept,
    "IS": _concept,
    "ID": _concept,
    "DT": _moment,
    "DTM": _moment,
    "TS": _moment,
    "TM": _time,
    "DR": _period,
    "NR": _range,
    "VR": _from_to,
    "NA": _array,
    "MA": _array,
    "ED": _encapsulated,
    "RP": _encapsulated,
    "EI": _identifier,
}
"""OBX-2, HL7 table 0125."""
