"""A relation opens a person's data to a party for a time; a denial closes it, though a relation would open it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Relation:
    """`patient` and `party` are keys of resources (or of `sight.EVERYONE`); `source` that of what it follows from.

    `types` and `keys` limit it to resource types and to resources with one of these index keys; None: no limit.
    """

    patient: int
    party: int
    kind: str
    since: datetime
    until: datetime
    source: int
    types: tuple[int, ...] | None = None
    keys: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Denial:
    """What a person hides; None: from everyone, of all types, whatever it is about, for every purpose."""

    patient: int
    recipients: tuple[int, ...] | None
    types: tuple[int, ...] | None
    keys: tuple[int, ...] | None
    purposes: tuple[str, ...] | None
    since: datetime
    until: datetime
    source: int
