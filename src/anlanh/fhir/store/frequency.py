"""How many resources have a key, as far as the database has counted: where it is few, a search needs no plan of its own.

The planner decides by the same numbers, at every search anew; that takes longer than a search of few rows itself.

Source: https://www.postgresql.org/docs/18/view-pg-stats.html
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from anlanh.platform.work import Work

FEW = 500
"""Resources that are found and ordered as quickly as any plan could."""
GOOD_FOR_S = 60.0

_COUNTED = (
    "select c.reltuples, s.most_common_elems::text::bigint[], s.most_common_elem_freqs from pg_class c"
    " left join pg_stats s on s.schemaname = current_schema() and s.tablename = 'resource' and s.attname = 'keys'"
    " where c.oid = 'resource'::regclass"
)


@dataclass(slots=True)
class Frequencies:
    """What a process knows of one tenant. `rows`: of the most common keys; `others`: at most so many have another."""

    rows: dict[int, float] = field(default_factory=dict)
    others: float = float("inf")
    _until: float = 0.0

    async def refresh(self, work: Work) -> None:
        """Read again what the database has counted, once a minute."""
        now = time.monotonic()
        if now < self._until:
            return
        self._until = now + GOOD_FOR_S
        total, keys, shares = (await work.by_key(_COUNTED))[0]
        if keys:
            self.rows = {key: share * total for key, share in zip(keys, shares, strict=False)}
            self.others = min(self.rows.values())

    def are_few(self, keys: Iterable[int]) -> bool:
        """Whether few resources have one of the keys."""
        return sum(self.rows.get(key, self.others) for key in keys) <= FEW
