"""A search URL, read: conditions, order, page, and what is to be included.

FHIR: search, result parameters
Source: https://hl7.org/fhir/R4/search.html#table
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anlanh.fhir.search import filter as filter_grammar
from anlanh.fhir.search.conditions import All, Any, Condition
from anlanh.fhir.search.criteria import Criteria
from anlanh.fhir.search.criteria_text import split
from anlanh.fhir.search.problems import BadValue, TooMuch, UnknownParameter

DEFAULT_COUNT = 20
LARGEST_COUNT = 1000
MOST_PARAMETERS = 200

RESULT_PARAMETERS = frozenset(
    ("_sort", "_count", "_include", "_revinclude", "_summary", "_elements", "_total", "_contained", "_containedType",
     "_format", "_pretty", "_type", "_cursor", "_score", "_graph")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SortKey:
    """One parameter to order by."""

    code: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """`_include` (forward) or `_revinclude`. `source` `*` or `parameter` `*`: all; `target` None: any type."""

    forward: bool
    source: str
    parameter: str
    target: str | None
    iterate: bool


@dataclass(frozen=True)
class Query:
    """What was asked for. `used` are the pairs that count, for the self link."""

    types: tuple[str, ...]
    conditions: dict[str, Condition]
    sort: tuple[SortKey, ...]
    count: int
    total: str
    summary: str
    elements: tuple[str, ...]
    includes: tuple[Include, ...]
    cursor: str | None
    used: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    list_id: str | None


def read(
    criteria: Criteria, types: Sequence[str], pairs: Sequence[tuple[str, str]], *, lenient: bool = False,
    within: Condition | None = None,
) -> Query:  # fmt: skip
    """The query of `pairs`, decoded names and values, on one type or several. `within`: a compartment or other limit.

    Raises:
        Problem: of a parameter that is not known (unless lenient), or has a wrong modifier or value.
    """
    if len(pairs) > MOST_PARAMETERS:
        raise TooMuch(found=len(pairs), what="parameters", limit=MOST_PARAMETERS)
    result = {name.partition(":")[0]: value for name, value in pairs if name.partition(":")[0] in RESULT_PARAMETERS}
    if result.get("_type"):
        types = _types(criteria, result["_type"])
    used: list[tuple[str, str]] = []
    ignored: list[str] = []
    conditions: dict[str, list[Condition]] = {each: [] for each in types}
    list_id = None
    for name, value in pairs:
        if name.partition(":")[0] in RESULT_PARAMETERS:
            if name.partition(":")[0] not in ("_cursor", "_format", "_pretty"):
                used.append((name, value))
            continue
        if value == "":
            ignored.append(name)
            continue
        if name == "_list":
            list_id = value
            used.append((name, value))
            continue
        try:
            for each in types:
                conditions[each].append(_condition(criteria, each, name, value))
        except UnknownParameter:
            if not lenient:
                raise
            ignored.append(name)
            continue
        used.append((name, value))
    return Query(
        types=tuple(types),
        conditions={each: All((*(c for c in (within,) if c), *parts)) for each, parts in conditions.items()},
        sort=_sort(criteria, types, result.get("_sort"), lenient=lenient),
        count=_count(result.get("_count")),
        total=_one_of("_total", result.get("_total", "none"), ("none", "estimate", "accurate")),
        summary=_one_of("_summary", result.get("_summary", "false"), ("true", "false", "text", "data", "count")),
        elements=tuple(part.strip() for part in result.get("_elements", "").split(",") if part.strip()),
        includes=tuple(
            _include(criteria, types, name, value) for name, value in pairs if name.split(":")[0] in _INCLUDES
        ),
        cursor=result.get("_cursor"),
        used=tuple(used),
        ignored=tuple(ignored),
        list_id=list_id,
    )


_INCLUDES = ("_include", "_revinclude")


def _condition(criteria: Criteria, resource_type: str, name: str, value: str) -> Condition:
    if name == "_filter":
        return filter_grammar.parse(criteria, resource_type, value)
    return criteria.condition(resource_type, name, value)


def _types(criteria: Criteria, text: str) -> tuple[str, ...]:
    types = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for each in types:
        known = criteria.parameters.definitions.types.get(each)
        if known is None or known.kind != "resource":
            raise BadValue(found=each, name="_type", kind="token", wanted="names of resource types")
    return types


def _count(text: str | None) -> int:
    if text is None:
        return DEFAULT_COUNT
    if not text.isascii() or not text.isdigit():
        raise BadValue(found=text, name="_count", kind="number", wanted="a whole number")
    return LARGEST_COUNT if len(text) > 9 else min(int(text), LARGEST_COUNT)


def _one_of(name: str, value: str, possible: tuple[str, ...]) -> str:
    if value not in possible:
        raise BadValue(found=value, name=name, kind="token", wanted=" or ".join(possible))
    return value


def _sort(criteria: Criteria, types: Sequence[str], text: str | None, *, lenient: bool) -> tuple[SortKey, ...]:
    keys: dict[str, SortKey] = {}
    for part in (text or "").split(","):
        key = SortKey(part.lstrip("-"), part.startswith("-"))
        if not part or key.code in keys:
            continue  # what is in order already is not ordered again
        try:
            parameters = [criteria.parameter(each, key.code) for each in types]
        except UnknownParameter:
            if not lenient:
                raise
            continue
        for parameter in parameters:
            if parameter.kind in ("special", "composite") or key.code in ("_text", "_content"):
                raise BadValue(found=part, name="_sort", kind="string", wanted="a parameter with one value to order by")
        keys[key.code] = key
    return tuple(keys.values())


def _include(criteria: Criteria, types: Sequence[str], name: str, value: str) -> Include:
    head, _, modifier = name.partition(":")
    if modifier not in ("", "iterate", "recurse"):
        raise BadValue(found=name, name=head, kind="special", wanted=f"{head} or {head}:iterate")
    forward = head == "_include"
    if value == "*":
        return Include(forward, "*", "*", None, bool(modifier))
    parts = split(value, ":")
    if len(parts) not in (2, 3):
        raise BadValue(found=value, name=head, kind="special", wanted="Type:parameter or Type:parameter:Target")
    source, parameter, target = parts[0], parts[1], parts[2] if len(parts) == 3 and parts[2] else None
    if source not in criteria.parameters.definitions.types:
        raise BadValue(found=source, name=head, kind="special", wanted="the name of a resource type before the colon")
    if parameter != "*" and criteria.parameter(source, parameter).kind != "reference":
        raise BadValue(found=value, name=head, kind="special", wanted="a reference parameter")
    return Include(forward, source, parameter, target, bool(modifier))


def no_condition(types: Sequence[str]) -> dict[str, Condition]:
    """Everything of these types."""
    return dict.fromkeys(types, All(()))


__all__ = ["Any", "Include", "Query", "SortKey", "read"]
