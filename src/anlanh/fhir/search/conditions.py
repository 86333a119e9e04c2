"""What a search asks for, as a small tree. `criteria` makes it of parameters, `sql` writes it as SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class HasKey:
    """At least one of these keys. `narrow`: few resources have one: a reference, an identifier, what is known to be rare.
    `person`: the key of the Patient whom it names, as far as one can tell from the request."""

    keys: tuple[int, ...]
    narrow: bool = False
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A string whose folded value begins with, holds, or is above `text`, in any of these index paths.

    `words` True: each word of the text begins some word of the value, in any order.
    """

    paths: tuple[int, ...]
    text: str
    how: Literal["starts", "contains"]
    words: bool = False
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Columns of one row of the range table against numbers: (column, operator, value) all true."""

    tests: tuple[tuple[str, str, float | int], ...]


@dataclass(frozen=True, slots=True)
class InRange:
    """A row of the range table of one of these paths (under one of these composite keys) passes one of the comparisons.

    `long`: rows of a greater extent have an index of their own; None when that is of no use. `single`: a resource has
    at most one such row, so that two of these conditions are about the same row.
    """

    paths: tuple[int, ...]
    any_of: tuple[Comparison, ...]
    keys: tuple[int, ...] | None = None
    long: float | None = None
    single: bool = False


@dataclass(frozen=True, slots=True)
class Combined:
    """Composite whose discrete parts need a look-up of strings first: keys of `text` combined with `others`."""

    salt: int
    parts: tuple[tuple[int, ...] | Text, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the resource row: `id` in a list, or `updated_at` compared."""

    name: Literal["id", "updated_at", "rid"]
    operator: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of these; none: nothing matches."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite, among resources of the type asked for."""

    of: Condition


@dataclass(frozen=True, slots=True)
class RefersTo:
    """Chaining: refers, by a path with one of these salts, to a resource of `type` that meets the condition.

    `many`: it is known that many meet it; then each candidate's references are looked up, not the other way round.
    """

    salts: tuple[int, ...]
    type: str
    condition: Condition
    many: bool = False


@dataclass(frozen=True, slots=True)
class ReferredBy:
    """Reverse chaining (_has): a resource of `type` that meets the condition refers here by one of these salts.

    `many`: it is known that many meet it; then each candidate's referrers are looked up, not the other way round.
    """

    salts: tuple[int, ...]
    type: str
    condition: Condition
    many: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """Within `distance_m` of a place; `latitude_path` and `longitude_path` number the two rows of a position."""

    latitude_path: int
    longitude_path: int
    latitude: float
    longitude: float
    distance_m: float


@dataclass(frozen=True, slots=True)
class Where:
    """SQL of a floor above about `{row}`, with `{0}`, `{1}`… for its values, which are (value, SQL type). `alone`: what is
    enough when the row is about nobody but `{person}`, and quicker to ask; where it does not hold, `sql` still may."""

    sql: str
    values: tuple[tuple[object, str], ...] = ()
    alone: str = ""


Condition = HasKey | Text | InRange | Combined | Column | All | Any | Not | RefersTo | ReferredBy | Near | Where

NOTHING = Any(())
EVERYTHING = All(())


def goes_by_keys(condition: Condition) -> bool:
    """Whether keys or strings narrow it, and it goes through no chain."""
    keyed = False
    for each in conjuncts(condition):
        if isinstance(each, KEYED):
            keyed = True
        elif _is_chained(each):
            return False
        elif not keyed:
            keyed = is_narrow(each)
    return keyed


KEYED = (HasKey, Text, Combined)


def is_narrow(condition: Condition) -> bool:
    """Whether few resources can meet it, whatever the values: then one plan is good for all of them."""
    if isinstance(condition, HasKey):
        return condition.narrow
    if isinstance(condition, All):
        return any(map(is_narrow, condition.of))
    return isinstance(condition, Any) and bool(condition.of) and all(map(is_narrow, condition.of))


def person_of(condition: Condition) -> int | None:
    """The key of the Patient whom every match names, as far as one can tell."""
    if isinstance(condition, HasKey):
        return condition.person
    if isinstance(condition, All):
        return next((found for each in condition.of if (found := person_of(each)) is not None), None)
    return person_of(condition.of[0]) if isinstance(condition, Any) and len(condition.of) == 1 else None


def conjuncts(condition: Condition) -> list[Condition]:
    """What must all hold."""
    if not isinstance(condition, All):
        return [condition]
    found: list[Condition] = []
    for each in condition.of:
        if isinstance(each, All):
            found += conjuncts(each)
        else:
            found.append(each)
    return found


def _is_chained(condition: Condition) -> bool:
    match condition:
        case All(of) | Any(of):
            return any(map(_is_chained, of))
        case Not(inner):
            return _is_chained(inner)
        case _:
            return isinstance(condition, RefersTo | ReferredBy)
