"""What an evaluation may know of the world beyond the resource, and how much work it may do.

FHIR: FHIRPath 2.0.0, environment variables; FHIR R4 variables and services
Source: https://hl7.org/fhir/R4/fhirpath.html#variables
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from anlanh.fhir.fhirpath.problems import TooCostly
from anlanh.fhir.fhirpath.values import Items

MAX_STEPS = 2_000_000
"""Items that one evaluation may look at."""
TEXT_STEP = 64
"""Characters of a text that count as one step."""
PATTERN_SECONDS = 1.0
"""Time that the regular expressions of one evaluation may take together."""
MAX_TEXT = 1_000_000
"""Characters that a text made by an expression may have."""


class Terminology(Protocol):
    """What memberOf(), subsumes() and %terminologies ask; None means it cannot be told."""

    def member_of(self, coded: Any, value_set: str) -> bool | None:
        """Whether a code, Coding or CodeableConcept (JSON values) is in the value set."""

    def subsumes(self, one: Any, other: Any) -> bool | None:
        """Whether `one` is the same as `other` or an ancestor of it (JSON values)."""

    def operation(self, name: str, *arguments: Any) -> dict[str, Any] | None:
        """What an operation of %terminologies (`validateVS`, `translate`...) answers: Parameters or a ValueSet."""


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of an evaluation; every part may be missing.

    `resource` and `root_resource` are %resource and %rootResource (default: the focus). `variables` are further
    %constants, JSON values or lists of them. `now` is an aware instant. `resolver` turns a reference into a resource;
    without one, resolve() gives what the reference itself tells: contained resources, entries, the type.
    `conforms_to` is asked with (JSON value, canonical).
    """

    resource: Any = None
    root_resource: Any = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None
    resolver: Callable[[str], dict[str, Any] | None] | None = None
    terminology: Terminology | None = None
    conforms_to: Callable[[Any, str], bool] | None = None
    trace: Callable[[str, Items], None] | None = None


EMPTY = Context()


class Env:
    """The state of one evaluation. `row` is %rowIndex of SQL on FHIR."""

    __slots__ = ("context", "index", "pattern_seconds", "root", "row", "slots", "steps", "total")

    def __init__(self, context: Context, root: Items) -> None:
        self.context = context
        self.root = root
        self.index = 0
        self.row = 0
        self.total: Items = []
        self.slots: dict[int, Items] = {}
        self.steps = MAX_STEPS
        self.pattern_seconds = PATTERN_SECONDS

    def spend(self, steps: int) -> None:
        """Count work done.

        Raises:
            TooCostly: more than MAX_STEPS in all.
        """
        self.steps -= steps
        if self.steps < 0:
            raise TooCostly(f"stopped after {MAX_STEPS} steps")
