"""What other systems merge is merged here: a hospital that closes one of its records in favour of another (ADT^A40) says
that both are one person; what was written for the one is then found with the other.

FHIR: Patient.link
Source: HL7 v2.8.2 section 3.3.40 (A40, merge patient)
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from anlanh.access.identity import joining, merging, pairs
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read
from anlanh.fhir.store.record import Record
from anlanh.fhir.subscriptions.hearing import News
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work

log = logging.getLogger(__name__)


async def closed(work: Work, record: Record, news: Sequence[News]) -> None:
    """Merge each Patient that was closed in favour of another into that one. Safe to repeat; what cannot be merged is left
    to the steward, who finds the link on both."""
    rids = [rid_of("Patient", each.id) for each in news if not each.deleted]
    for stored in (await read.current(work, record, rids)).values():
        target = joining.replaced_by(json.decode_fast(stored.content))
        if not target or await pairs.told_apart(work, pairs.ordered(stored.rid, rid_of("Patient", target))):
            continue
        try:
            async with work.connection.transaction():
                await merging.merge(work, record, stored.id, target, how="message")
        except Problem as problem:
            log.warning("A record closed elsewhere was not merged", extra={"reason": type(problem).__name__})
