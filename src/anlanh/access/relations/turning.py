"""Denials that begin or end by the clock alone: nothing is written when they do, so copies of the record have to ask.

FHIR: Consent.provision.period
"""

from __future__ import annotations

from datetime import datetime

from anlanh.platform.work import Work


async def people(work: Work, since: datetime) -> list[int]:
    """Keys of the Patients of whom something has been hidden, or is no longer, by a day that came after that instant."""
    rows = await work.connection.fetch(
        "select distinct patient from denial where (since >= $1 and since <= now()) or (until >= $1 and until <= now())"
        " order by patient",
        since,
    )
    return [row["patient"] for row in rows]
