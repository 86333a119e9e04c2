"""One search parameter with its modifier and values, as a condition.

FHIR: search parameter types, modifiers, prefixes, chaining, composites
Source: https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import Protocol
from zoneinfo import ZoneInfo

from anlanh.fhir.search import ranges
from anlanh.fhir.search.conditions import (
    EVERYTHING,
    All,
    Any,
    Column,
    Combined,
    Condition,
    HasKey,
    InRange,
    Not,
    ReferredBy,
    RefersTo,
    Text,
)
from anlanh.fhir.search.criteria_text import split, unescape
from anlanh.fhir.search.cursors import Cursors
from anlanh.fhir.search.extract import OF_PATIENT, combined_key, compartment_salt
from anlanh.fhir.search.keys import PRESENT, rid_of
from anlanh.fhir.search.kinds import KINDS, SPECIAL, any_, bad_modifier
from anlanh.fhir.search.leaves import RANGED
from anlanh.fhir.search.parameters import Branch, CompositeBranch, Parameter, Parameters
from anlanh.fhir.search.problems import BadChain, BadValue, StillIndexing, TooMuch, UnknownParameter
from anlanh.kernel.vn.fold import fold

MOST_VALUES = 1000
DEEPEST_CHAIN = 8

Codes = Iterable[tuple[str, str]]


class Terminology(Protocol):
    """What search asks of terminology. Each answer is (system, code) pairs."""

    def codes_of(self, value_set: str) -> Codes:
        """All codes of a value set. Raises a Problem when it is not known or too large."""

    def below(self, system: str, code: str) -> Codes:
        """The code and all its descendants."""

    def above(self, system: str, code: str) -> Codes:
        """The code and all its ancestors."""


@dataclass(frozen=True)
class Criteria:
    """Turns parameters into conditions. `base` is the address of this server, to know its own absolute references;
    `searchable` says which rows the reader may find by a parameter (None: all); `cursors` opens the place of a page."""

    parameters: Parameters
    zone: ZoneInfo
    terminology: Terminology
    cursors: Cursors
    base: str = ""
    indexing: frozenset[str] = frozenset()
    searchable: Callable[[Parameter], Condition] | None = None

    def condition(self, resource_type: str, name: str, value: str, depth: int = 0) -> Condition:
        """The condition of `name=value`, where the name may carry a modifier or a chain.

        Raises:
            UnknownParameter, BadModifier, BadValue, BadChain, TooMuch: with what is possible instead.
        """
        if name.startswith("_has:"):
            return self._has(name, value, depth)
        parameter = self.parameter(resource_type, name.partition(".")[0].partition(":")[0])
        return self.among_searchable(parameter, self._condition(parameter, name, value, depth))

    def among_searchable(self, parameter: Parameter, condition: Condition) -> Condition:
        """The condition, on those rows only that the reader may find by the parameter."""
        if self.searchable is None:
            return condition
        limit = self.searchable(parameter)
        return condition if limit is EVERYTHING else All((condition, limit))

    def _condition(self, parameter: Parameter, name: str, value: str, depth: int) -> Condition:
        resource_type = parameter.type
        head, dot, rest = name.partition(".")
        code, _, modifier = head.partition(":")
        if dot:
            return self._chain(parameter, modifier, rest, value, depth)
        if modifier == "missing":
            return self._missing(parameter, value)
        options = split(value, ",")
        if len(options) > MOST_VALUES:
            raise TooMuch(found=len(options), what="values", limit=MOST_VALUES)
        if parameter.code in SPECIAL:
            return SPECIAL[parameter.code](self, parameter, modifier, options)
        if parameter.kind == "composite":
            return self._composite(parameter, modifier, options)
        make = KINDS.get(parameter.kind)
        if make is None:
            raise UnknownParameter(type=resource_type, name=code, known=self._known(resource_type))
        if modifier in ("not", "not-in"):
            positive = {"not": "", "not-in": "in"}[modifier]
            if parameter.kind != "token":
                raise bad_modifier(parameter, modifier)
            return Not(any_(make(self, parameter, positive, unescape(each)) for each in options))
        return any_(
            make(self, parameter, modifier, each if parameter.kind == "token" else unescape(each)) for each in options
        )

    def parameter(self, resource_type: str, code: str) -> Parameter:
        """The parameter of that name.

        Raises:
            UnknownParameter: the type has none.
        """
        found = self.parameters.of(resource_type).get(code)
        if found is None or (not found.branches and not found.composites and found.code not in SPECIAL):
            raise UnknownParameter(type=resource_type, name=code, known=self._known(resource_type))
        if found.url in self.indexing:
            raise StillIndexing(type=resource_type, name=code)
        return found

    def _known(self, resource_type: str) -> str:
        return ", ".join(
            sorted(code for code, p in self.parameters.of(resource_type).items() if p.branches or p.composites)
        )

    def _missing(self, parameter: Parameter, value: str) -> Condition:
        if value not in ("true", "false"):
            raise BadValue(found=value, name=f"{parameter.code}:missing", kind="boolean", wanted="true or false")
        present: Condition
        if parameter.composites:
            parts = [
                [b.path.salt ^ PRESENT for b in part] for c in parameter.composites if c.root for part in c.components
            ]
            present = All(tuple(HasKey(tuple(keys)) for keys in parts))
        elif parameter.branches:
            present = HasKey(tuple(branch.path.salt ^ PRESENT for branch in parameter.branches))
        elif parameter.code in ("_id", "_lastUpdated"):
            present = All(())
        else:
            raise bad_modifier(parameter, "missing")
        return present if value == "false" else Not(present)

    def _chain(self, parameter: Parameter, modifier: str, rest: str, value: str, depth: int) -> Condition:
        if depth >= DEEPEST_CHAIN:
            raise TooMuch(found=depth + 1, what="links in its chain", limit=DEEPEST_CHAIN)
        if parameter.kind != "reference":
            raise BadChain(name=parameter.code, why=f"it is a {parameter.kind} parameter, not a reference")
        targets = self._targets(parameter)
        if modifier:
            if modifier not in targets:
                raise BadChain(name=parameter.code, why=f"it does not refer to {modifier}")
            targets = [modifier]
        found: list[Condition] = []
        fault: UnknownParameter | None = None
        for target in targets:
            try:
                inner = self.condition(target, rest, value, depth + 1)
            except UnknownParameter as problem:
                fault = problem
                continue
            salts = tuple(b.path.salt for b in parameter.branches if not b.targets or target in b.targets)
            found.append(RefersTo(salts, target, inner))
        if not found and fault:
            raise fault
        return any_(found)

    def _has(self, name: str, value: str, depth: int) -> Condition:
        if depth >= DEEPEST_CHAIN:
            raise TooMuch(found=depth + 1, what="links in its chain", limit=DEEPEST_CHAIN)
        parts = name.split(":", 3)
        if len(parts) != 4 or parts[1] not in self.parameters.definitions.types:
            raise BadChain(
                name=name, why="it needs a type, a reference and a parameter, as in _has:Observation:patient:code"
            )
        _, source, reference, rest = parts
        parameter = self.parameter(source, reference)
        if parameter.kind != "reference":
            raise BadChain(name=reference, why=f"it is a {parameter.kind} parameter, not a reference")
        salts = tuple(branch.path.salt for branch in parameter.branches)
        inner = self.condition(source, rest, value, depth + 1)
        return ReferredBy(salts, source, self.among_searchable(parameter, inner))

    def _targets(self, parameter: Parameter) -> list[str]:
        limited = {target for branch in parameter.branches for target in branch.targets}
        if limited and all(branch.targets for branch in parameter.branches):
            return sorted(limited)
        return list(parameter.targets) or self.parameters.definitions.resource_types

    def _composite(self, parameter: Parameter, modifier: str, options: list[str]) -> Condition:
        if modifier:
            raise bad_modifier(parameter, modifier)
        return any_(
            self._composite_branch(parameter, branch, option) for option in options for branch in parameter.composites
        )

    def _composite_branch(self, parameter: Parameter, branch: CompositeBranch, option: str) -> Condition:
        values = split(option, "$")
        if len(values) != len(branch.components):
            wanted = "$".join(parameter.component_kinds)
            raise BadValue(found=option, name=parameter.code, kind="composite", wanted=wanted)
        kinds = parameter.component_kinds
        if (
            kinds == ("token", "reference")
            and "/" in values[0].partition("|")[0]
            and "/" not in values[1].partition("|")[0]
        ):
            values.reverse()  # see docs/readings/composite-order.md
        if branch.root:
            return All(
                tuple(
                    KINDS[kind](self, _part(parameter, kind, part), "", value if kind == "token" else unescape(value))
                    for kind, part, value in zip(kinds, branch.components, values, strict=True)
                )
            )
        discrete: list[tuple[int, ...] | Text] = []
        ranged: list[tuple[str, str]] = []
        for kind, part, value in zip(kinds, branch.components, values, strict=True):
            if kind in RANGED:
                ranged.append((kind, unescape(value)))
            elif kind == "string":
                discrete.append(Text(tuple(b.path.id for b in part), fold(unescape(value)), "starts"))
            else:
                plain = Parameter(parameter.type, parameter.code, kind, "", (), tuple(_unsalted(b) for b in part))
                inner = KINDS[kind](self, plain, "", value if kind == "token" else unescape(value))
                discrete.append(_keys_of(inner))
        return self._element(parameter, branch, discrete, ranged)

    def _element(
        self,
        parameter: Parameter,
        branch: CompositeBranch,
        discrete: list[tuple[int, ...] | Text],
        ranged: list[tuple[str, str]],
    ) -> Condition:
        if not ranged:
            if any(isinstance(part, Text) for part in discrete):
                return Combined(branch.salt, tuple(discrete))
            return HasKey(tuple(combined_key(branch.salt, each) for each in product(*_plain(discrete))))
        keys = tuple(combined_key(branch.salt, each) for each in product(*_plain(discrete)))
        if len(ranged) == 1:
            kind, value = ranged[0]
            return InRange((branch.id,), ranges.comparisons(kind, parameter.code, value, self.zone), keys)
        low = ranges.comparisons(ranged[0][0], parameter.code, ranged[0][1], self.zone, high="low")
        high = ranges.comparisons(ranged[1][0], parameter.code, ranged[1][1], self.zone, low="high")
        both = tuple(ranges.both(one, other) for one in low for other in high)
        return InRange((branch.id,), both, keys)


def in_compartment(compartment: str, resource_id: str) -> Condition:
    """Resources of a compartment, the one that names it included."""
    rid = rid_of(compartment, resource_id)
    if compartment == "Patient":  # a patient has the key of its own compartment; resources of all types have it
        return Any((HasKey((OF_PATIENT ^ rid,), narrow=True, person=rid),))
    return Any((HasKey((compartment_salt(compartment) ^ rid,)), Column("rid", "=", (rid,))))


def _part(parameter: Parameter, kind: str, branches: tuple[Branch, ...]) -> Parameter:
    return Parameter(parameter.type, parameter.code, kind, "", (), branches)


def _unsalted(branch: Branch) -> Branch:
    """Keys of parts are combined before they are salted."""
    return Branch(replace(branch.path, salted=False), branch.targets)


def _keys_of(condition: Condition) -> tuple[int, ...]:
    match condition:
        case HasKey(keys):
            return keys
        case Any(conditions):
            return tuple(key for each in conditions for key in _keys_of(each))
        case _:
            return ()


def _plain(parts: list[tuple[int, ...] | Text]) -> list[tuple[int, ...]]:
    return [part for part in parts if not isinstance(part, Text)]
