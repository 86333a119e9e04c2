"""What is counted of a day of a member of staff, and when a count is unusual. Pure.

A count is unusual when it is at least the measure's `least`, far above the person's own past four weeks, and far above those of
the same role at the same facility. Far is 3.5 of Iglewicz and Hoaglin's modified z-scores: (count − median) / (1.4826 × MAD);
the spread is taken as no less than a quarter of the median and no less than 2, so that whoever always does the same may do a
little more. Where one of the two pasts is too short the other decides; where both are, the count must be three times `least`.

Source: Iglewicz, Hoaglin, How to Detect and Handle Outliers (ASQC 1993), 3.5; OWASP ASVS 4.0.3, 8.1.4, 11.1.7, 11.1.8
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is counted. Below `least` nothing is unusual."""

    name: str
    least: int


MEASURES = (
    Measure("persons", 40),
    Measure("lookups", 60),
    Measure("night", 20),
    Measure("emergencies", 6),
    Measure("colleagues", 6),
)
"""Persons whose record was opened; times somebody was looked for among all; persons opened between 22:00 and 5:00; persons
opened in an emergency, without a relation; persons opened who work at the same facility."""

FAR = 3.5
PER_MAD = 1.4826
LEAST_SPREAD, SHARE_OF_MEDIAN = 2.0, 0.25
OWN_DAYS = 5
"""Days with a look that a past of one's own needs."""
PEER_DAYS = 10
"""Days of others, by two of them at least, that a past of the role needs."""
UNKNOWN = 3
"""So many times `least` is unusual where nothing is known."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An unusual count; `own` and `peers` are the medians of the two pasts, None: too short."""

    measure: str
    count: int
    own: float | None
    peers: float | None


def limit(past: Sequence[int]) -> float:
    """The count above which one is far from that past.

    >>> limit([10, 12, 11, 10, 9, 11]), limit([0, 0, 0, 0, 0])
    (19.6875, 7.0)
    """
    middle = median(past)
    spread = PER_MAD * median(abs(each - middle) for each in past)
    return middle + FAR * max(spread, SHARE_OF_MEDIAN * middle, LEAST_SPREAD)


def findings(counts: Sequence[int], own: Sequence[Sequence[int]], peers: Sequence[Sequence[int]]) -> list[Finding]:
    """What is unusual of the counts of a day, in the order of MEASURES. `own`: the counts of one's own earlier days; `peers`:
    those of others in the role, or nothing where they are too few."""
    found = []
    for at, measure in enumerate(MEASURES):
        count = counts[at]
        pasts = [
            [day[at] for day in past] if len(past) >= enough else None
            for past, enough in ((own, OWN_DAYS), (peers, PEER_DAYS))
        ]
        limits = [limit(past) for past in pasts if past is not None] or [float(UNKNOWN * measure.least - 1)]
        if count >= measure.least and count > max(limits):
            found.append(Finding(measure.name, count, *(None if past is None else median(past) for past in pasts)))
    return found
