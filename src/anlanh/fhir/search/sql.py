"""Conditions as SQL over the tables of `store`. Text with numbered parameters; nothing is run here.

Strings are looked up in the dictionary first (`lookups`), so that the planner sees real keys and their frequency.

Source: https://www.postgresql.org/docs/18/gin.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from anlanh.fhir.search.conditions import (
    All,
    Any,
    Column,
    Combined,
    Comparison,
    Condition,
    HasKey,
    InRange,
    Near,
    Not,
    ReferredBy,
    RefersTo,
    Text,
    Where,
    conjuncts,
)
from anlanh.fhir.search.extract import combined_key
from anlanh.fhir.search.keys import hash64
from anlanh.fhir.search.leaves import name_words
from anlanh.fhir.search.problems import TooMuch

LOOKED_UP = 128
"""Characters of a string that its index holds."""

SENT_APART = 8
"""So many keys of a list are sent one by one."""

MOST_STRINGS = 20_000
"""Different strings one search word may stand for."""

EARTH_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Lookup:
    """Dictionary entries of these paths that begin with, or hold, `text`."""

    paths: tuple[int, ...]
    text: str
    how: str
    whole: bool


def lookups(condition: Condition) -> Iterator[Lookup]:
    """Every look-up in the dictionary of strings that the condition needs before it can be written as SQL."""
    match condition:
        case Text():
            yield from _lookups_of(condition)
        case Combined(_, parts):
            for part in parts:
                if isinstance(part, Text):
                    yield from _lookups_of(part)
        case All(of) | Any(of):
            for each in of:
                yield from lookups(each)
        case Not(inner) | RefersTo(_, _, inner) | ReferredBy(_, _, inner):
            yield from lookups(inner)
        case _:
            return


def _lookups_of(text: Text) -> list[Lookup]:
    if text.words:
        return [Lookup(text.paths, word, "starts", False) for word in name_words(text.text)] or [
            Lookup(text.paths, text.text, "starts", False)
        ]
    return [Lookup(text.paths, text.text, text.how, True)]


def lookup_sql(lookup: Lookup) -> tuple[str, list[object]]:
    """SQL and parameters that give the keys of a look-up, in no order that matters (ordered by key to be the same twice)."""
    parts, values = ["path = any($1::int[])"], [list(lookup.paths)]  # type: tuple[list[str], list[object]]
    if lookup.how == "contains":
        values.append(f"%{_like(lookup.text)}%")
        parts.append("value like $2")
    else:
        begin = lookup.text[:LOOKED_UP]
        values.append(begin)
        parts.append("left(value, 128) >= $2")
        if (end := _after(begin)) is not None:
            values.append(end)
            parts.append("left(value, 128) < $3")
        if len(lookup.text) > LOOKED_UP:
            values.append(lookup.text)
            parts.append(f"starts_with(value, ${len(values)})")
    # A name of several words begins with a word that has an entry of its own: the few words will do.
    parts.append("whole" if lookup.whole else "strpos(value, ' ') = 0")
    return (
        f"select key, value from string_value where {' and '.join(parts)} order by key limit {MOST_STRINGS + 1}",
        values,
    )


def _like(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _after(text: str) -> str | None:
    """The least string greater than every one that begins with `text`; None when there is none."""
    for at in range(len(text) - 1, -1, -1):
        following = ord(text[at]) + 1
        if following == 0xD800:
            following = 0xE000
        if following <= 0x10FFFF:
            return text[:at] + chr(following)
    return None


Found = dict[Lookup, list[tuple[int, str]]]
"""Look-up to the (key, value) entries that it found."""


@dataclass
class Writer:
    """Collects parameters while a condition is written. `type_number` maps a resource type to its number."""

    type_number: Callable[[str], int]
    found: Found = field(default_factory=dict)
    values: list[object] = field(default_factory=list)
    _aliases: int = 0
    _person: str = ""
    _given: dict[tuple[object, str], str] = field(default_factory=dict)

    def param(self, value: object, cast: str) -> str:
        """A numbered parameter with its type."""
        self.values.append(value)
        return f"${len(self.values)}::{cast}"

    def _shared(self, value: object, cast: str) -> str:
        """A parameter that may stand in several conditions; of a few keys each, for a list takes longer to be sent."""
        if cast == "bigint[]" and isinstance(value, tuple) and len(value) <= SENT_APART:
            return f"array[{', '.join(self._shared(each, 'bigint') for each in value)}]::bigint[]"
        known = self._given.get((value, cast))
        if known is None:
            known = self._given[value, cast] = self.param(list(value) if isinstance(value, tuple) else value, cast)
        return known

    def alias(self) -> str:
        """A table alias not used yet."""
        self._aliases += 1
        return f"t{self._aliases}"

    def where(self, condition: Condition, row: str, resource_type: str | None) -> str:
        """The condition about `row`, an alias of `resource`, with its type when that does not follow from the keys."""
        parts = merged(condition)
        required = [part.keys[0] for part in parts if isinstance(part, HasKey) and len(part.keys) == 1]
        out = []
        if len(required) > 0:
            out.append(f"{row}.keys @> {self.param(required, 'bigint[]')}")
        out += [self._sql(p, row) for p in parts if not (isinstance(p, HasKey) and len(p.keys) == 1)]
        positive = any(
            isinstance(part, HasKey | Text | Combined) or (isinstance(part, RefersTo) and not part.many)
            for part in parts
        )
        if resource_type is not None and not positive:
            out.insert(0, f"{row}.type = {self.type_number(resource_type)} and not {row}.deleted")
        elif resource_type is None:
            out.insert(0, f"not {row}.deleted")
        return " and ".join(out) or "true"

    def test(self, condition: Condition, row: str) -> str:
        """The condition alone, whatever the type of the row and though it be deleted."""
        return self._sql(condition, row)

    def first_of(self, choices: Sequence[Condition], row: str) -> str:
        """The number of the first condition that the row meets; null when it meets none."""
        whens = " ".join(f"when {self._sql(each, row)} then {number}" for number, each in enumerate(choices))
        return f"(case {whens} end)" if whens else "null::int"

    def surely(self, condition: Condition, row: str, person: str) -> str:
        """0 for a row about that person only of which it is quickly seen that it meets the condition; null for others."""
        self._person = person
        test = f"cardinality({row}.patients) = 1 and {self._sql(condition, row)}"
        self._person = ""
        if person != f"{row}.patients[1]":
            test = f"{row}.patients[1] = {person} and {test}"
        return f"(case when {test} then 0 end)"

    def _sql(self, condition: Condition, row: str) -> str:
        match condition:
            case HasKey(keys):
                return self._any_key(keys, row)
            case Text():
                return self._text(condition, row)
            case Combined(salt, parts):
                choices = [self._values(p) if isinstance(p, Text) else list(p) for p in parts]
                return self._any_key(tuple(combined_key(salt, each) for each in product(*choices)), row)
            case InRange():
                return self._in_range(condition, row)
            case Column():
                return self._column(condition, row)
            case All(of):
                return "(" + (" and ".join(self._sql(each, row) for each in of) or "true") + ")"
            case Any(of):
                return "(" + (" or ".join(self._sql(each, row) for each in of) or "false") + ")"
            case Not(inner):
                return f"not {self._sql(inner, row)}"
            case RefersTo():
                return self._refers_to(condition, row)
            case ReferredBy():
                return self._referred_by(condition, row)
            case Near():
                return self._near(condition, row)
            case Where(text, values, alone):
                said = alone if alone and self._person else text
                used = [f"{{{at}}}" in said for at in range(len(values))]
                params = [self._shared(*each) if use else "" for each, use in zip(values, used, strict=True)]
                return said.format(*params, row=row, person=self._person)

    def _any_key(self, keys: tuple[int, ...], row: str) -> str:
        if not keys:
            return "false"
        operator = "@>" if len(keys) == 1 else "&&"
        return f"{row}.keys {operator} {self.param(list(keys), 'bigint[]')}"

    def _text(self, text: Text, row: str) -> str:
        return "(" + " and ".join(self._any_key(each.keys, row) for each in self.keys_of(text)) + ")"

    def keys_of(self, text: Text) -> list[HasKey]:
        """A text as the keys of the strings it stands for, one list for each of its words.

        Raises:
            TooMuch: it stands for too many.
        """
        return [HasKey(tuple(key for key, _ in self._entries(lookup))) for lookup in _lookups_of(text)]

    def _entries(self, lookup: Lookup) -> list[tuple[int, str]]:
        entries = self.found[lookup]
        if len(entries) > MOST_STRINGS:
            raise TooMuch(
                found=f"over {MOST_STRINGS}",
                what=f"different strings for {len(lookup.text)} letters",
                limit=MOST_STRINGS,
            )
        return entries

    def _values(self, text: Text) -> list[int]:
        return [hash64(f"w:{value}") for lookup in _lookups_of(text) for _, value in self._entries(lookup)]

    def _in_range(self, condition: InRange, row: str) -> str:
        x = self.alias()
        paths = self.param(list(condition.paths), "int[]") if len(condition.paths) > 1 else ""
        on_path = f"= any({paths})" if paths else f"= {condition.paths[0]}"
        on_key = "is null"
        if condition.keys is not None:
            on_key = f"= any({self.param(list(condition.keys), 'bigint[]')})"
        return (
            f"exists (select from range_index {x} where {x}.rid = {row}.rid and {x}.path {on_path}"
            f" and {x}.key {on_key} and {self.row_tests(condition, x)})"
        )

    def row_tests(self, condition: InRange, x: str) -> str:
        """The comparisons about `x`, a row of the range table, and the bounds that follow from them for an index."""
        alternatives = [
            " and ".join(
                f"{x}.{column} {operator} {self.param(value, _CASTS[column])}" for column, operator, value in c.tests
            )
            for c in condition.any_of
        ]
        tests = " or ".join(f"({each})" for each in alternatives)
        return " and ".join([f"({tests})", *self._bounds(condition, x)])

    def _bounds(self, condition: InRange, x: str) -> list[str]:
        """A row's low end is below its high end, and not far below unless the row is one of the long ones."""
        if condition.long is None or condition.keys is not None:
            return []
        low, high = _ends(condition)
        found = []
        if (most := _bound(condition, {high: ("<", "<="), low: ("<", "<=")}, min, max)) is not None:
            found.append(f"{x}.{low} <= {self.param(most, 'float8')}")
        if (least := lowest(condition)) is not None:
            extent = (
                f"{x}.{high} > {x}.{low}" if condition.long == 0 else f"{x}.{high} - {x}.{low} > {condition.long:.0f}"
            )
            least_param = self.param(least, "float8")
            short = f"{x}.{low} >= {least_param} - {condition.long:.0f}"
            found.append(f"({short} or {extent} and {x}.{high} >= {least_param})")
        return found

    def _column(self, column: Column, row: str) -> str:
        if column.name == "id":
            return f"{row}.id = any({self.param(list(column.values), 'text[]')})"
        if column.name == "rid":
            return f"{row}.rid = any({self.param(list(column.values), 'bigint[]')})"
        return f"{row}.updated_at {column.operator} {self.param(column.values[0], 'timestamptz')}"

    def _refers_to(self, chain: RefersTo, row: str) -> str:
        t, salts = self.alias(), self.param(list(chain.salts), "bigint[]")
        where = self.where(chain.condition, t, chain.type)
        if chain.many:
            return (
                f"exists (select from unnest({row}.keys[1:{row}.refs]) k, unnest({salts}) x(salt), resource {t}"
                f" where {t}.rid = k # x.salt and {where})"
            )
        keys = f"select {t}.rid # x.salt as k from resource {t}, unnest({salts}) x(salt) where {where}"
        return f"{row}.keys && (select coalesce(array_agg(k), '{{}}') from ({keys}) u)"

    def _referred_by(self, chain: ReferredBy, row: str) -> str:
        t, salts = self.alias(), self.param(list(chain.salts), "bigint[]")
        where = self.where(chain.condition, t, chain.type)
        if chain.many:
            keys = f"(select array_agg(x.salt # {row}.rid) from unnest({salts}) x(salt))"
            return f"exists (select from resource {t} where {t}.keys && {keys} and {where})"
        refs = f"unnest({t}.keys[1:{t}.refs]) k, unnest({salts}) x(salt)"
        return f"{row}.rid in (select k # x.salt from resource {t}, {refs} where {where})"

    def _near(self, near: Near, row: str) -> str:
        a, b = self.alias(), self.alias()
        lat, lon = self.param(near.latitude, "float8"), self.param(near.longitude, "float8")
        distance = self.param(near.distance_m, "float8")
        reach = near.distance_m / 111_000 * 1.01 + 1e-9
        south, north = self.param(near.latitude - reach, "float8"), self.param(near.latitude + reach, "float8")
        haversine = (
            f"2 * {EARTH_M} * asin(least(1, sqrt(sin(radians({a}.low - {lat}) / 2) ^ 2 + cos(radians({lat}))"
            f" * cos(radians({a}.low)) * sin(radians({b}.low - {lon}) / 2) ^ 2)))"
        )
        return (
            f"exists (select from range_index {a} join range_index {b} on {b}.rid = {a}.rid and {b}.path = {near.longitude_path}"
            f" where {a}.rid = {row}.rid and {a}.path = {near.latitude_path} and {a}.key is null"
            f" and {a}.low between {south} and {north} and {haversine} <= {distance})"
        )


_CASTS = {
    "low": "float8",
    "high": "float8",
    "unit_low": "float8",
    "unit_high": "float8",
    "unit": "int",
    "system": "int",
    "code": "int",
}


def _ends(condition: InRange) -> tuple[str, str]:
    canonical = any(column == "unit" for c in condition.any_of for column, _, _ in c.tests)
    return ("unit_low", "unit_high") if canonical else ("low", "high")


def lowest(condition: InRange) -> float | None:
    """What the high end of every row that passes is not below; None when there is no such bound."""
    low, high = _ends(condition)
    return _bound(condition, {high: (">", ">="), low: (">", ">=")}, max, min)


def _bound(
    condition: InRange, operators: Mapping[str, tuple[str, ...]], of_one: Callable[[list[float]], float],
    of_all: Callable[[list[float]], float],
) -> float | None:  # fmt: skip
    """The bound that follows from all alternatives together."""
    bounds = [
        [value for column, operator, value in c.tests if operator in operators.get(column, ())]
        for c in condition.any_of
    ]
    return of_all([of_one(each) for each in bounds]) if all(bounds) else None


MOST_MERGED = 16


def merged(condition: Condition) -> list[Condition]:
    """What must all hold; two ranges about the same single row become one, so that an index is bounded at both ends."""
    found: list[Condition] = []
    for part in conjuncts(condition):
        at = next((at for at, each in enumerate(found) if _same_row(each, part)), None)
        if at is None:
            found.append(part)
            continue
        one, other = found[at], part
        assert isinstance(one, InRange)
        assert isinstance(other, InRange)
        both = tuple(Comparison((*a.tests, *b.tests)) for a, b in product(one.any_of, other.any_of))
        found[at] = replace(one, any_of=both)
    return found


def _same_row(one: Condition, other: Condition) -> bool:
    return (
        isinstance(one, InRange)
        and isinstance(other, InRange)
        and one.single
        and other.single
        and one.paths == other.paths
        and len(one.any_of) * len(other.any_of) <= MOST_MERGED
    )


FEW_KEYS = 8


def is_predictable(condition: Condition) -> bool:
    """Whether the planner can tell how many rows match: only then may it walk through all resources in order."""
    match condition:
        case All(of) | Any(of):
            return all(map(is_predictable, of))
        case Not(inner):
            return is_predictable(inner)
        case HasKey(keys):
            return len(keys) <= FEW_KEYS
        case InRange() | Column() | Where():
            return True
        case RefersTo(many=many) | ReferredBy(many=many):
            return many
        case _:
            return False
