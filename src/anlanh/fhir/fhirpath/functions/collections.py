"""Existence, filtering, subsetting, combining and tree navigation, as far as they take no criteria.

FHIR: FHIRPath 2.0.0, sections 5.1 to 5.4 and 5.8
Source: http://hl7.org/fhirpath/N1/#existence
"""

from __future__ import annotations

from anlanh.fhir.fhirpath import equality, navigation
from anlanh.fhir.fhirpath.context import Env
from anlanh.fhir.fhirpath.functions.registry import KINDS, checked, on_items, on_items_with_env
from anlanh.fhir.fhirpath.problems import EvaluationProblem
from anlanh.fhir.fhirpath.values import Element, Items, system


@on_items("empty", result="Boolean", one=True)
def empty(items: Items) -> Items:
    return [not items]


@on_items("not", result="Boolean", one=True)
def not_(items: Items) -> Items:
    if not items:
        return []
    if len(items) > 1:
        raise EvaluationProblem(f"not() expects a single item, there are {len(items)}")
    value = system(items[0])
    return [not value] if type(value) is bool else [False]


@on_items("allTrue", result="Boolean", one=True)
def all_true(items: Items) -> Items:
    return [all(_booleans(items))]


@on_items("anyTrue", result="Boolean", one=True)
def any_true(items: Items) -> Items:
    return [any(_booleans(items))]


@on_items("allFalse", result="Boolean", one=True)
def all_false(items: Items) -> Items:
    return [not any(_booleans(items))]


@on_items("anyFalse", result="Boolean", one=True)
def any_false(items: Items) -> Items:
    return [not all(_booleans(items))]


@on_items("count", result="Integer", one=True)
def count(items: Items) -> Items:
    return [len(items)]


@on_items("distinct")
def distinct(items: Items) -> Items:
    return equality.distinct(items)


@on_items("isDistinct", result="Boolean", one=True)
def is_distinct(items: Items) -> Items:
    return [len(equality.distinct(items)) == len(items)]


@on_items("subsetOf", 1, result="Boolean", one=True)
def subset_of(items: Items, other: Items) -> Items:
    return [{equality.key(item) for item in items} <= {equality.key(item) for item in other}]


@on_items("supersetOf", 1, result="Boolean", one=True)
def superset_of(items: Items, other: Items) -> Items:
    return subset_of(other, items)


@on_items("single", one=True)
def single(items: Items) -> Items:
    if len(items) > 1:
        raise EvaluationProblem(f"single() found {len(items)} items")
    return items


@on_items("first", one=True)
def first(items: Items) -> Items:
    return items[:1]


@on_items("last", one=True)
def last(items: Items) -> Items:
    return items[-1:]


@on_items("tail")
def tail(items: Items) -> Items:
    return items[1:]


@on_items("skip", 1)
def skip(items: Items, number: Items) -> Items:
    return items[max(0, _count(number, "skip")) :]


@on_items("take", 1)
def take(items: Items, number: Items) -> Items:
    return items[: max(0, _count(number, "take"))]


@on_items("intersect", 1)
def intersect(items: Items, other: Items) -> Items:
    keys = {equality.key(item) for item in other}
    return [item for item in equality.distinct(items) if equality.key(item) in keys]


@on_items("exclude", 1)
def exclude(items: Items, other: Items) -> Items:
    keys = {equality.key(item) for item in other}
    return [item for item in items if equality.key(item) not in keys]


@on_items("union", 1)
def union(items: Items, other: Items) -> Items:
    return equality.distinct(items + other)


@on_items_with_env("combine", 1, 2)
def combine(env: Env, items: Items, other: Items, _preserve_order: Items | None = None) -> Items:
    env.spend(len(items) + len(other))
    return items + other


@on_items_with_env("children")
def children(env: Env, items: Items) -> Items:
    out: Items = []
    for item in items:
        navigation.children(item, out)
    env.spend(len(out))
    return out


@on_items_with_env("descendants")
def descendants(env: Env, items: Items) -> Items:
    out: Items = []
    at = items
    while at:
        at = children(env, at)
        out += at
    return out


@on_items("hasValue", result="Boolean", one=True)
def has_value(items: Items) -> Items:
    if len(items) != 1:
        return [False]
    item = items[0]
    return [type(item) is not Element or (bool(item.type.system) and item.value is not None)]


@on_items("getValue", one=True)
def get_value(items: Items) -> Items:
    return [system(items[0])] if has_value(items)[0] else []


@on_items_with_env("extension", 1)
def extension(env: Env, items: Items, url: Items) -> Items:
    wanted = checked(url, KINDS["String"], "String", "extension")
    out: Items = []
    for item in items:
        navigation.step(item, "extension", out)
    return [found for found in out if type(found.value) is dict and found.value.get("url") == wanted]


@on_items_with_env("hasExtension", 1, result="Boolean")
def has_extension(env: Env, items: Items, url: Items) -> Items:
    return [bool(extension(env, items, url))] if items else []


def _booleans(items: Items) -> list[bool]:
    values = [system(item) for item in items]
    for value in values:
        if type(value) is not bool:
            raise EvaluationProblem("expects Booleans only")
    return values


def _count(number: Items, name: str) -> int:
    value = checked(number, KINDS["Integer"], "Integer", name)
    if value is None:
        raise EvaluationProblem(f"{name}() needs a number")
    return int(value)
