"""Invariants: the FHIRPath constraints of types and profiles, compiled once; a few hot ones written out in Python.

FHIR: ElementDefinition.constraint
Source: https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import Compiled, Context, FhirPathProblem
from anlanh.fhir.fhirpath import types as fhirpath_types
from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.model.types import Constraint
from anlanh.fhir.validate import coded
from anlanh.fhir.validate.coded import Terminology
from anlanh.fhir.validate.items import Item
from anlanh.fhir.validate.run import Run, Scope

ELSEWHERE: Final = frozenset({"ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "txt-1", "txt-2", "ref-1"})
"""Checked by `structure`, by the rules for extensions, contained resources, references and narratives."""

BEST_PRACTICE: Final = frozenset({"dom-6"})

CORRECTED: Final = {
    "bdl-8": "fullUrl.exists() implies fullUrl.contains('/_history/').not()",
    "ras-2": "probability.ofType(decimal).empty() or probability.ofType(decimal) <= 100",
    "que-7": "operator = 'exists' implies (answer is boolean)",
    "que-12": "enableWhen.count() > 1 implies enableBehavior.exists()",
    "bdl-7": (
        "(type = 'history') or entry.where(fullUrl.exists())"
        ".select(fullUrl & iif(resource.meta.versionId.exists(), resource.meta.versionId, '')).isDistinct()"
    ),
}
"""Expressions of R4 that do not say what their text says, as later versions of FHIR correct them."""

SWITCHED_OFF: Final = frozenset({"ig-1", "ig-2", "sdf-19"})
"""They ask for %context.definition and the like, which FHIRPath does not have there."""

Conforms = Callable[[Any, str, Scope], bool]


def _period_runs_forward(value: dict[str, Any]) -> bool | None:
    """per-1 where both ends have the same precision and zone; None leaves it to FHIRPath."""
    start, end = value.get("start"), value.get("end")
    if start is None or end is None:
        return True
    comparable = isinstance(start, str) and isinstance(end, str) and len(start) == len(end) and start[19:] == end[19:]
    return start <= end if comparable else None


NATIVE: Final[dict[str, Callable[[dict[str, Any]], bool | None]]] = {
    "per-1": _period_runs_forward,
    "qty-3": lambda value: "code" not in value or "system" in value or "_system" in value or None,
    "cpt-2": lambda value: "value" not in value or "system" in value or "_system" in value or None,
    "att-1": lambda value: "data" not in value or "contentType" in value or "_contentType" in value or None,
    "sqty-1": lambda value: "comparator" not in value or None,
    "obs-6": lambda value: "dataAbsentReason" not in value or None,
    "obs-7": lambda value: "component" not in value or None,
    "drt-1": lambda value: "code" not in value or None,
}
"""Quick answers by key: True holds, None means ask the expression."""


PARTIAL_MATCH: Final = re.compile(r"matches\('(?!\^)((?:[^'\\]|\\.)*)'\)")
"""R4 wrote patterns for a whole match, where FHIRPath has since come to mean a match anywhere; R5 adds the anchors."""


def corrected(constraint: Constraint) -> str:
    """The expression of a constraint of R4 as it was meant."""
    return CORRECTED.get(constraint.key) or PARTIAL_MATCH.sub(r"matches('^(?:\1)$')", constraint.expression)


class Invariant:
    """One constraint, compiled when first evaluated."""

    __slots__ = ("_compiled", "constraint", "quick", "text")

    def __init__(self, constraint: Constraint, text: str) -> None:
        self.constraint = constraint
        self.quick = NATIVE.get(constraint.key)
        self.text = text
        self._compiled: Compiled | None = None

    def check(self, item: Item, scope: Scope, run: Run, owner: Invariants) -> None:
        """Note an issue where the value breaks the constraint; a constraint that cannot be evaluated is a warning."""
        if self.quick is not None and isinstance(item.value, dict) and self.quick(item.value):
            return
        constraint = self.constraint
        if not run.spend(10):
            return
        try:
            if self._compiled is None:
                self._compiled = fhirpath.compile(self.text)
            type_ = fhirpath_types.known(item.type) or fhirpath_types.UNKNOWN
            holds = self._compiled.holds(fhirpath.Element(item.value, type_, item.extra), owner.context(scope, run))
        except FhirPathProblem as problem:
            run.add("invariant-unusable", item.path, key=constraint.key, reason=problem.reason)
            return
        if not holds:
            severity = constraint.severity if constraint.severity in {"error", "warning"} else "error"
            run.add("invariant", item.path, severity, key=constraint.key, human=constraint.human)


class Invariants:
    """The invariants of one validator, and what evaluating them needs."""

    def __init__(self, known: Definitions, terminology: Terminology) -> None:
        self._known = known
        self._terminology = _Membership(terminology)
        self._own: dict[tuple[str, str], Invariant] = {}
        self._core = {
            (constraint.key, constraint.expression)
            for type_ in known.types.values()
            for constraint in (*type_.constraints, *(c for e in type_.elements.values() for c in e.constraints))
        }
        self.conforms: Conforms = lambda value, profile, scope: False

    def of_core(self, constraints: Iterable[Constraint]) -> list[Invariant]:
        """The invariants of a type or element that are to be evaluated, each once."""
        wanted = {each.key: each for each in constraints if each.key not in ELSEWHERE | SWITCHED_OFF}
        return [Invariant(each, corrected(each)) for each in wanted.values()]

    def check_profile(self, constraints: Iterable[Mapping[str, Any]], item: Item, scope: Scope, run: Run) -> None:
        """The constraints that a profile adds to those of the type."""
        for each in constraints:
            key, expression = each.get("key", ""), each.get("expression")
            if not expression or (key, expression) in self._core or key in ELSEWHERE | BEST_PRACTICE:
                continue
            invariant = self._own.get((key, expression))
            if invariant is None:
                made = Constraint(key, each.get("severity", "error"), each.get("human", ""), expression)
                invariant = self._own[(key, expression)] = Invariant(made, expression)
            invariant.check(item, scope, run, self)

    def context(self, scope: Scope, run: Run) -> Context:
        """What an expression may know: made once for each resource."""
        if scope.context is None:
            scope.context = Context(
                resource=scope.resource,
                root_resource=scope.root.resource,
                now=run.options.now,
                resolver=lambda reference: _resolve(reference, scope, run),
                terminology=self._terminology,
                conforms_to=lambda value, profile: self.conforms(value, profile, scope),
            )
        return scope.context


def _resolve(reference: str, scope: Scope, run: Run) -> dict[str, Any] | None:
    for resource, _ in scope.found(reference):
        return resource
    return run.options.fetch(reference) if run.options.fetch and not reference.startswith("#") else None


class _Membership:
    """Terminology as FHIRPath asks for it."""

    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology

    def member_of(self, coded_value: Any, value_set: str) -> bool | None:
        """Whether one of the codes of a code, Coding or CodeableConcept is in the value set."""
        kind = "CodeableConcept" if isinstance(coded_value, dict) and "coding" in coded_value else "Coding"
        answers = [
            self._terminology.member_of(value_set, system, code)
            for system, code in coded.codings_of(Item(coded_value, None, kind, ""))
            if code
        ]
        if any(answers):
            return True
        return None if None in answers else False

    def subsumes(self, one: Any, other: Any) -> bool | None:
        """Only what is the same subsumes, as far as the definitions can tell."""
        return True if one == other else None

    def operation(self, name: str, *arguments: Any) -> None:
        """No operation of a terminology service is at hand here."""
