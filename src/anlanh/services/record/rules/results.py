"""Results and measurements: values in words, what lies outside its range, and courses over time.

FHIR: Observation
Source: https://hl7.org/fhir/R4/observation.html, http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from anlanh.kernel.problem import Problem
from anlanh.kernel.units import convert
from anlanh.services.record.model import Bounds, Flag, Point, Result, ResultLine, Series
from anlanh.services.record.rules import words
from anlanh.services.record.rules.words import Names, Resource

INTERPRETATIONS = {
    "N": Flag.NORMAL, "L": Flag.LOW, "LU": Flag.LOW, "H": Flag.HIGH, "HU": Flag.HIGH, "LL": Flag.CRITICAL,
    "HH": Flag.CRITICAL, "AA": Flag.CRITICAL, "A": Flag.ABNORMAL, "POS": Flag.POSITIVE, "DET": Flag.POSITIVE,
    "R": Flag.ABNORMAL, "NEG": Flag.NORMAL, "ND": Flag.NORMAL,
}  # fmt: skip
NOT_SO = frozenset(("entered-in-error", "cancelled", "registered"))
UNITS = {"mm[Hg]": "mmHg", "Cel": "°C", "/min": "lần/phút", "umol/L": "µmol/L", "kg/m2": "kg/m²", "10*9/L": "G/L",
         "10*12/L": "T/L", "{copies}/mL": "bản sao/mL", "/uL": "/µL"}  # fmt: skip
"""Units of UCUM as people write them here."""


def of(resources: Sequence[Resource], names: Names) -> tuple[ResultLine, ...]:
    """Every result, the latest first."""
    return tuple(line(each, names) for each in words.latest_first(resources) if each.get("status") not in NOT_SO)


def line(resource: Resource, names: Names) -> ResultLine:
    """One Observation; one with components tells them as parts, and in its value when it has no value of its own."""
    bounds = _bounds(resource)
    number, unit = _quantity(resource)
    parts = tuple(
        (words.concept(each.get("code")), f"{value(each)} {unit_words(each)}".strip())
        for each in resource.get("component", ())
    )
    told = value(resource)
    if not told and parts:
        told, unit = _together(resource["component"]), unit_words(resource["component"][0])
    return ResultLine(
        words.source(resource, names), key(resource), words.concept(resource.get("code")), told, number,
        unit_words(resource) or unit, bounds, _flag(resource, number, bounds), words.on(resource), parts,
    )  # fmt: skip


def key(resource: Mapping[str, Any]) -> str:
    """What is measured, as `system|code`; its words where it has no code."""
    coding = next((each for each in resource.get("code", {}).get("coding", ()) if each.get("code")), None)
    return f"{coding.get('system', '')}|{coding['code']}" if coding else words.concept(resource.get("code"))


def _together(components: Sequence[Resource]) -> str:
    return "/".join(each for each in map(value, components) if each)


def value(resource: Mapping[str, Any]) -> str:
    """A value in words, without its unit."""
    number, _ = _quantity(resource)
    if number is not None:
        return f"{resource['valueQuantity'].get('comparator', '')}{decimal(number)}"
    if "valueBoolean" in resource:
        return "Có" if resource["valueBoolean"] else "Không"
    plain = next((resource[name] for name in ("valueString", "valueInteger", "valueDateTime") if name in resource), "")
    return (
        str(plain)
        or words.concept(resource.get("valueCodeableConcept"))
        or words.concept(resource.get("dataAbsentReason"))
    )


def decimal(number: Decimal) -> str:
    """A number with a comma, as it is written here, with the digits it came with.

    >>> decimal(Decimal("5.40"))
    '5,40'
    """
    return format(number, "f").replace(".", ",")


def _quantity(resource: Mapping[str, Any]) -> tuple[Decimal | None, str]:
    found = resource.get("valueQuantity")
    if not isinstance(found, dict) or "value" not in found:
        return None, ""
    return Decimal(str(found["value"])), str(found.get("code") or found.get("unit", ""))


def unit_words(resource: Mapping[str, Any]) -> str:
    """The unit as people write it."""
    found = resource.get("valueQuantity", {})
    code = str(found.get("code", ""))
    return UNITS.get(code) or str(found.get("unit", "") or code)


def _bounds(resource: Mapping[str, Any]) -> Bounds:
    """The first reference range that is for everybody or normal."""
    ranges = [
        each
        for each in resource.get("referenceRange", ())
        if not each.get("type") or "normal" in words.codes(each.get("type"))
    ]
    found: Resource = next(iter(ranges), {})
    low, high = (
        Decimal(str(found[side]["value"])) if "value" in found.get(side, {}) else None for side in ("low", "high")
    )
    return Bounds(low, high, str(found.get("text") or _range_words(low, high)))


def _range_words(low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and high is not None:
        return f"{decimal(low)} – {decimal(high)}"
    if low is not None:
        return f"≥ {decimal(low)}"
    return f"≤ {decimal(high)}" if high is not None else ""


def _flag(resource: Mapping[str, Any], number: Decimal | None, bounds: Bounds) -> Flag:
    """What the laboratory says; where it says nothing, what its own range says."""
    told = [INTERPRETATIONS[each] for each in words.codes(resource.get("interpretation")) if each in INTERPRETATIONS]
    told += [
        INTERPRETATIONS[each] for each in words.codes(resource.get("valueCodeableConcept")) if each in INTERPRETATIONS
    ]
    if told:
        return told[0]
    if number is None:
        return Flag.NORMAL
    if bounds.low is not None and number < bounds.low:
        return Flag.LOW
    return Flag.HIGH if bounds.high is not None and number > bounds.high else Flag.NORMAL


def latest(lines: Sequence[ResultLine]) -> tuple[Result, ...]:
    """Of each thing that is measured its latest result, in the order in which they came; `lines` the latest first."""
    groups: dict[str, list[ResultLine]] = {}
    for each in lines:
        groups.setdefault(each.key, []).append(each)
    return tuple(Result(each[0], len(each)) for each in groups.values())


def course(resources: Sequence[Resource], names: Names) -> tuple[Series, ...]:
    """Courses of what has numbers, a course for each component of what has several. Values are put into the unit of the
    latest where UCUM can; what it cannot is left out of the drawing (it stays in the table of results)."""
    found: dict[str, list[tuple[str, ResultLine]]] = {}
    for resource in words.latest_first(resources):
        if resource.get("status") in NOT_SO:
            continue
        for part in resource.get("component", ()) or (resource,):
            whole = {**resource, **part, "component": ()}
            made = line(whole, names)
            unit = _quantity(part)[1]
            if made.number is not None:
                found.setdefault(made.key, []).append((unit, made))
    return tuple(_series(each) for each in found.values())


def _series(measured: Sequence[tuple[str, ResultLine]]) -> Series:
    unit, first = measured[0]
    points = []
    for its_unit, each in reversed(measured):
        number = each.number if its_unit == unit else _converted(each.number, its_unit, unit)
        if number is not None:
            points.append(Point(each.on, number, each.flag, each.source))
    return Series(first.key, first.title, first.unit, tuple(points), first.bounds)


def _converted(number: Decimal | None, unit: str, wanted: str) -> Decimal | None:
    try:
        return None if number is None else convert(number, unit, wanted)
    except (Problem, ArithmeticError):
        return None
