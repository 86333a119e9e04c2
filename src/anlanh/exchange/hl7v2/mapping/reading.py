"""How far the reading of a message is: what was made of the segments so far, for those that belong to it.

HL7's message grammars differ by version and by vendor; what a segment belongs to does not: it is what was read last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from anlanh.exchange.hl7v2.codec import Message, Segment
from anlanh.exchange.hl7v2.mapping import rows
from anlanh.exchange.hl7v2.mapping.make import Make, Resource

ORDERED = frozenset(("OBR", "RXO", "RXE", "RXD", "RXA", "RXG"))
"""Segments that say what an ORC before them orders."""
ENDS_AN_ORDER = ORDERED | {"ORC", "PID", "FT1"}


@dataclass(slots=True)
class Reading:
    """The state. Resources are those of the current person, stay, order…; None before the first."""

    make: Make
    message: Message
    kind: str
    event: str
    header: Resource = field(default_factory=dict)
    patient: Resource | None = None
    encounter: Resource | None = None
    account: Resource | None = None
    coverage: Resource | None = None
    holder: Resource | None = None
    request: Resource | None = None
    report: Resource | None = None
    specimen: Resource | None = None
    observation: Resource | None = None
    procedure: Resource | None = None
    document: Resource | None = None
    appointment: Resource | None = None
    treatment: Resource | None = None
    treatment_type: str = ""
    noted: Resource | None = None
    orc: Segment | None = None
    at: int = 0

    def fill(self, block: str, segment: Segment, resource: Resource, **beside: Segment) -> Resource:
        """Fill a resource from a segment by a block of the table."""
        return rows.fill(self.make, block, segment, resource, beside)

    def about(self, resource: Resource, subject: str = "subject", encounter: str = "encounter") -> Resource:
        """Say whom a resource is about, and in which stay."""
        if subject and self.patient is not None:
            resource[subject] = self.make.reference(self.patient)
        if encounter and self.encounter is not None:
            resource[encounter] = self.make.reference(self.encounter)
        return resource

    def following(self, names: frozenset[str] | Sequence[str], until: frozenset[str]) -> Segment | None:
        """The first of the segments of those names that comes before one of `until`."""
        for segment in self.message.segments[self.at + 1 :]:
            if segment.name in names:
                return segment
            if segment.name in until:
                return None
        return None


def pure(resource: dict[str, Any]) -> bool:
    """Whether nothing was filled into a resource but its type."""
    return resource.keys() <= {"resourceType"}
