"""`Observation/$stats`: count, average, median and the like of the values of one patient's observations.

FHIR: Observation/$stats
Source: https://hl7.org/fhir/R4/observation-operation-stats.html
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.operations.call import Answer, BadParameter, Call
from anlanh.fhir.search import query as queries
from anlanh.fhir.store import find
from anlanh.fhir.store.record import Record
from anlanh.kernel import units
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work

CODES = "http://terminology.hl7.org/CodeSystem/observation-statistics"
DIGITS = 6

Values = Sequence[Decimal]


def _quantile(parts: int, at: int) -> Callable[[Values], Decimal]:
    return lambda values: (
        Decimal(statistics.quantiles(values, n=parts, method="inclusive")[at - 1]) if len(values) > 1 else values[0]
    )


STATISTICS: dict[str, Callable[[Values], Decimal | int]] = {
    "average": lambda values: sum(values, Decimal(0)) / len(values),
    "maximum": max,
    "minimum": min,
    "count": len,
    "median": statistics.median,
    "std-dev": lambda values: statistics.stdev(values) if len(values) > 1 else Decimal(0),
    "sum": lambda values: sum(values, Decimal(0)),
    "variance": lambda values: statistics.variance(values) if len(values) > 1 else Decimal(0),
    "20-percent": _quantile(5, 1),
    "80-percent": _quantile(5, 4),
    "4-lower": _quantile(4, 1),
    "4-upper": _quantile(4, 3),
}
"""Code of the value set `observation-statistics` to its formula."""


async def stats(work: Work, record: Record, call: Call) -> Answer:
    """An Observation per code with the statistics asked for as components. Values of comparable units are converted.

    Raises:
        BadParameter: subject, code or statistic is missing or not known.
    """
    subject, codes = call.one("subject"), [value for name, value in call.strings if name == "code"]
    wanted = [each for name, value in call.strings if name == "statistic" for each in value.split(",")]
    if not subject or not codes:
        raise BadParameter(name="subject, code", operation=call.name, why="both are needed")
    for each in wanted or ("",):
        if each not in STATISTICS:
            raise BadParameter(name="statistic", operation=call.name, why=f"it is one of {', '.join(STATISTICS)}")
    system = call.one("system")
    made = [await _observation(work, record, call, subject, code, system, wanted) for code in codes]
    parameters = [{"name": "statistics", "resource": each} for each in made]
    return Answer(json.encode({"resourceType": "Parameters", "parameter": parameters}))


async def _observation(
    work: Work, record: Record, call: Call, subject: str, code: str, system: str | None, wanted: list[str]
) -> dict[str, Any]:
    values, unit = await _values(work, record, call, subject, f"{system}|{code}" if system else code)
    components = [
        {
            "code": {"coding": [{"system": CODES, "code": each}]},
            "valueQuantity": {"value": _round(STATISTICS[each](values))} | ({} if each in ("count",) else unit),
        }
        for each in wanted
        if values or each in ("count", "sum")
    ]
    coding = {"system": system, "code": code} if system else {"code": code}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [coding]},
        "subject": {"reference": subject if "/" in subject else f"Patient/{subject}"},
        "component": components,
    }


async def _values(
    work: Work, record: Record, call: Call, subject: str, code: str
) -> tuple[list[Decimal], dict[str, Any]]:
    pairs = [("subject", subject), ("code", code), ("_count", str(queries.LARGEST_COUNT)), ("_sort", "date")]
    for prefix, name in (("ge", "start"), ("le", "end")):
        if limit := call.one(name):
            pairs.append(("date", prefix + limit))
    criteria = record.criteria(call.base, record.sight(work))
    query = queries.read(criteria, ("Observation",), pairs)
    values: list[Decimal] = []
    unit: dict[str, Any] = {}
    while True:
        page = await find.find(work, record, criteria, query)
        for each in page.matches:
            quantity = json.decode_fast(each.content).get("valueQuantity", {})
            if "value" not in quantity:
                continue
            unit = unit or {name: quantity[name] for name in ("unit", "system", "code") if name in quantity}
            value = _in_unit(Decimal(quantity["value"]), quantity.get("code"), unit.get("code"))
            if value is not None:
                values.append(value)
        if page.next is None:
            return values, unit
        query = replace(query, cursor=page.next)


def _in_unit(value: Decimal, code: str | None, wanted: str | None) -> Decimal | None:
    if code == wanted or code is None or wanted is None:
        return value
    try:
        return units.convert(value, code, wanted)
    except Problem:
        return None


def _round(value: Decimal | int) -> Decimal | int:
    return value if isinstance(value, int) else round(value, DIGITS).normalize()
