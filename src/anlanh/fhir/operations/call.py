"""What an operation is called with, and what it answers.

FHIR: executing an operation
Source: https://hl7.org/fhir/R4/operations.html#executing
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work


class BadParameter(Problem):
    issue = "invalid"
    says = "The parameter {name} of ${operation} is not right: {why}."
    hint = "See the OperationDefinition that [base]/metadata names."


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `pairs` are query parameters; `body` the Parameters (or the one resource) that was sent;
    `url` the whole address asked for."""

    name: str
    resource_type: str
    resource_id: str
    pairs: tuple[tuple[str, str], ...]
    body: Any
    base: str
    lenient: bool = False
    language: str | None = None
    url: str = ""
    accept: str = ""

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """All parameters in the form of Parameters.parameter: those of the body, then those of the query as strings."""
        sent = (
            self.body.get("parameter", [])
            if isinstance(self.body, dict) and self.body.get("resourceType") == "Parameters"
            else []
        )
        own = [each for each in sent if isinstance(each, dict)] if isinstance(sent, list) else []
        return own + [{"name": name, "valueString": value} for name, value in self.pairs]

    @property
    def strings(self) -> list[tuple[str, str]]:
        """Name and text of every parameter with a primitive value."""
        found = []
        for each in self.parameters:
            for name, value in each.items():
                if name.startswith("value") and not isinstance(value, dict | list):
                    found.append((str(each.get("name")), str(value).lower() if isinstance(value, bool) else str(value)))
        return found

    def one(self, name: str) -> str | None:
        """The text of a parameter, the first if there are several."""
        return next((value for key, value in self.strings if key == name), None)

    def resource(self, name: str) -> Any:
        """The resource of a parameter; or the body itself, when it is a resource and not Parameters."""
        if isinstance(self.body, dict) and self.body.get("resourceType") != "Parameters":
            return self.body
        return next(
            (each.get("resource") for each in self.parameters if each.get("name") == name and "resource" in each), None
        )


Pieces: TypeAlias = Callable[[Work], Awaitable[bytes | None]]


@dataclass(slots=True)
class Answer:
    """What an operation answers: JSON bytes of a resource, and the status.

    A long answer comes in `pieces` instead: asked again and again, each time with a unit of work, until there is None.
    """

    content: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media: str = ""
    pieces: Pieces | None = None


Handler: TypeAlias = Callable[[Work, Record, Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `levels` are system, type and instance; `types` those it is for, ("*",) for all.

    `own_media`: it answers in formats of its own, which it chooses by Accept and `_format` itself.
    """

    name: str
    handle: Handler
    levels: tuple[str, ...]
    definition: str
    types: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ("GET", "POST")
    writes: bool = False
    own_media: bool = False
