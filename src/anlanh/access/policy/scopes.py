"""SMART scopes: `patient/Observation.rs?category=laboratory` and the like, read and held against what is asked.

FHIR: SMART App Launch 2.2, scopes and launch context
Source: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast
from urllib.parse import parse_qsl

from anlanh.fhir.store.sight import Action
from anlanh.kernel.problem import Problem

Level = Literal["patient", "user", "system"]

_SCOPE = re.compile(
    r"(?P<level>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]+)\.(?P<may>\*|read|write|c?r?u?d?s?)(?:\?(?P<query>[^#]*))?"
)
V1 = {"read": "rs", "write": "cud", "*": "cruds"}
"""The verbs of SMART 1.0, as version 2 reads them."""


class BadScope(Problem):
    issue = "invalid"
    says = "The scope {scope} is not one of SMART App Launch."
    hint = "Write patient|user|system/[type or *].[c][r][u][d][s], with search parameters after a question mark if need be."


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope on resources. `type` may be `*`; `query` are the search parameters that limit it."""

    level: Level
    type: str
    may: tuple[Action, ...]
    query: tuple[tuple[str, str], ...] = ()

    def covers(self, action: Action, resource_type: str) -> bool:
        """Whether it speaks of that action on that type."""
        return action in self.may and self.type in ("*", resource_type)


@lru_cache(maxsize=4096)
def read(text: str) -> Scope | None:
    """A scope on resources; None: it is of another kind (`openid`, `launch`…).

    Raises:
        BadScope: it begins like one, and is none.
    """
    if "/" not in text or text.startswith(("http:", "https:", "launch/")):
        return None
    found = _SCOPE.fullmatch(text)
    if found is None or not found["may"]:
        raise BadScope(scope=text[:100])
    may = V1.get(found["may"], found["may"])
    query = tuple(parse_qsl(found["query"] or "", keep_blank_values=True))
    return Scope(cast("Level", found["level"]), found["type"], cast("tuple[Action, ...]", tuple(may)), query)


def of(scopes: Sequence[str]) -> tuple[Scope, ...]:
    """Those of a token's scopes that are about resources.

    Raises:
        BadScope: one is malformed.
    """
    return tuple(each for each in map(read, scopes) if each is not None)
