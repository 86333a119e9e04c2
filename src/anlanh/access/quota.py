"""How much one account or app may ask by FHIR within a minute and within a day: so much is read, so much is written.

The counts lie in a file that all web workers of a machine have in memory, so that nobody gets more by asking several of
them, or again after a restart. Two workers that count for one client in the same moment may lose a count: the limit is one
against taking away the record, not a meter. Several machines count each for themselves.

The system's own role and exports and imports have none; those without a token have a limit of their own (`public.py`).
"""

from __future__ import annotations

import fcntl
import mmap
import os
import time
from collections.abc import Callable
from hashlib import blake2b
from math import ceil
from pathlib import Path
from struct import Struct
from typing import NamedTuple

from anlanh.access.policy import rules
from anlanh.fhir.rest.exchange import Ask
from anlanh.kernel.problem import Problem

MINUTE_S, DAY_S = 60, 86_400
PLACES = 2**15
"""Rows of the file: two for each account and app; who has not asked for two days makes room."""

PROBED = 64
"""Rows in which a kind of counts may lie; where all of them are in use, the first begins anew."""

_ROW = Struct("=QIIIIII")
_KEY = Struct("=Q")
_REMEMBERED = 4 * PLACES
UNCOUNTED = ("system", "nobody", rules.PUBLIC)
APART = ("_bulk", "$export", "$import")


class ReadQuotaSpent(Problem):
    issue = "throttled"
    says = "No more than {most} reads within {window_s} seconds are answered for one account or app."
    hint = (
        "Try again in {retry_after_s} seconds; ask for an export of large amounts, or the operator for a larger quota."
    )


class WriteQuotaSpent(Problem):
    issue = "throttled"
    says = (
        "No more than {most} writes within {window_s} seconds are taken from one account or app; nothing was written."
    )
    hint = "Try again in {retry_after_s} seconds, or ask the operator for a larger quota."


class Limits(NamedTuple):
    """How much within a minute and within a day."""

    minute: int
    day: int


class Row(NamedTuple):
    """One kind of counts. Of minute and day the number since 1970, what was counted in it and in the one before."""

    key: int
    minute: int
    in_minute: int
    minute_before: int
    day: int
    in_day: int
    day_before: int


class Quota:
    """Counts requests of accounts and apps in `path`, a file that the processes of a machine share."""

    def __init__(self, path: Path, reads: Limits, writes: Limits, *, now: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, PLACES * _ROW.size)
        self._rows = mmap.mmap(self._file, PLACES * _ROW.size)
        self._reads, self._writes = reads, writes
        self._now = now
        self._places: dict[tuple[str, str, bool], tuple[int, int]] = {}

    def check(self, ask: Ask) -> None:
        """Count a request; the entries of a Bundle count each. A Bundle larger than the quota is let through when nothing was
        asked before it.

        Raises:
            ReadQuotaSpent, WriteQuotaSpent: it is let through again after `retry_after_s`; it was not counted.
        """
        who = ask.principal
        if who.role in UNCOUNTED or (ask.path and (ask.path[0] in APART or ask.path[-1] in APART)):
            return
        if not ask.path and ask.method == "POST":
            reads, writes = _of_bundle(ask.resource)
        else:
            reads, writes = (1, 0) if _reads(ask.method, ask.path[-1] if ask.path else "") else (0, 1)
        if reads:
            self._count(who.subject, who.client, False, reads)
        if writes:
            self._count(who.subject, who.client, True, writes)

    def _count(self, subject: str, client: str, writing: bool, amount: int) -> None:
        now, limits = self._now(), self._writes if writing else self._reads
        minute, day = int(now // MINUTE_S), int(now // DAY_S)
        name = (subject, client, writing)
        place, key = self._places.get(name) or self._find(name, day)
        row = _ROW.unpack_from(self._rows, place)
        if row[0] != key:  # taken by another since, because nothing was counted here for two days
            del self._places[name]
            place, key = self._find(name, day)
            row = _ROW.unpack_from(self._rows, place)
        _, at_minute, in_minute, minute_before, at_day, in_day, day_before = row
        if at_minute != minute:
            in_minute, minute_before = 0, in_minute if at_minute == minute - 1 else 0
        if at_day != day:
            in_day, day_before = 0, in_day if at_day == day - 1 else 0
        inside, inside_day = now % MINUTE_S / MINUTE_S, now % DAY_S / DAY_S
        if in_minute + minute_before * (1 - inside) + amount > limits.minute and in_minute + minute_before:
            raise _spent(writing, limits.minute, MINUTE_S, in_minute, minute_before, inside, amount)
        if in_day + day_before * (1 - inside_day) + amount > limits.day and in_day + day_before:
            raise _spent(writing, limits.day, DAY_S, in_day, day_before, inside_day, amount)
        _ROW.pack_into(
            self._rows, place, key, minute, in_minute + amount, minute_before, day, in_day + amount, day_before
        )

    def _find(self, name: tuple[str, str, bool], day: int) -> tuple[int, int]:
        """The place of a kind of counts, and its key: its own, or the first that nobody has counted in since yesterday."""
        subject, client, writing = name
        digest = blake2b(f"{subject}\0{client}\0{writing}".encode(), digest_size=_KEY.size).digest()
        key = _KEY.unpack(digest)[0] or 1
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            place = self._search(key, day)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        if len(self._places) >= _REMEMBERED:
            self._places.clear()
        found = self._places[name] = (place, key)
        return found

    def _search(self, key: int, day: int) -> int:
        free: int | None = None
        for step in range(PROBED):
            place = (key + step) % PLACES * _ROW.size
            row = Row(*_ROW.unpack_from(self._rows, place))
            if row.key == key:
                return place
            if free is None and row.day < day - 1:
                free = place
            if not row.key:
                break
        if free is None:
            free = key % PLACES * _ROW.size
        _ROW.pack_into(self._rows, free, key, 0, 0, 0, day, 0, 0)
        return free


def _reads(method: str, last: str) -> bool:
    """Operations count as reads."""
    return method in ("GET", "HEAD") or last == "_search" or last.startswith("$")


def _of_bundle(resource: object) -> tuple[int, int]:
    entries = resource.get("entry") if isinstance(resource, dict) else None
    if not isinstance(entries, list):
        return 0, 1
    requests = [each.get("request") for each in entries if isinstance(each, dict)]
    methods = [str(each.get("method")) for each in requests if isinstance(each, dict)]
    reads = sum(each in ("GET", "HEAD") for each in methods)
    return reads, max(len(entries) - reads, 0)


def _spent(
    writing: bool, most: int, window_s: int, count: int, before: int, inside: float, amount: int
) -> ReadQuotaSpent | WriteQuotaSpent:
    """Told with the seconds until as much is let through again, at most two windows."""
    left = most - amount
    if count <= left:  # within this window: when enough of the one before has passed
        wait = window_s * (1 - max(left - count, 0) / before - inside)
    else:  # in the next one, when enough of this one has passed
        wait = window_s * (1 - inside) + window_s * (1 - max(left, 0) / count)
    kind = WriteQuotaSpent if writing else ReadQuotaSpent
    return kind(most=most, window_s=window_s, retry_after_s=max(1, ceil(wait)))
