"""Tells both sides when somebody's access as family has ended: a delegation past its day, a child grown up.

Runs daily; safe to run twice: each end is told once to each.

FHIR: Communication
Source: Luật 91/2025/QH15 Điều 24; Luật 15/2023/QH15 Điều 8
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from anlanh.access.rights import notices
from anlanh.fhir.store.record import Record
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work

CLERK = Principal("system:rights", "system")
EVERY_S = 24 * 3600.0
LOOK_BACK = timedelta(days=30)
"""So far back ends are looked for: so long may the program stand still."""

SAYS = {
    "delegate": (
        "Việc ủy quyền xem hồ sơ sức khỏe của ông/bà cho một người đã hết hạn.",
        "Việc ông/bà được ủy quyền xem hồ sơ sức khỏe của một người đã hết hạn.",
    ),
    "parent": (
        "Bạn đã đủ 18 tuổi: cha, mẹ, người giám hộ không còn tự xem được hồ sơ sức khỏe của bạn.",
        "Con của ông/bà đã đủ 18 tuổi: ông/bà không còn tự xem được hồ sơ sức khỏe của con.",
    ),
}
"""To the person, and to the other side."""


async def run(database: Database, record: Record) -> None:
    """Work until cancelled."""
    while True:
        async with works.begin(database, CLERK, works.OPERATIONS) as work:
            await step(work, record)
        await asyncio.sleep(EVERY_S)


async def step(work: Work, record: Record) -> int:
    """Tell of what has ended; how many messages were written. Safe to repeat."""
    rows = await work.connection.fetch(
        "select distinct a.kind, a.until, a.patient, a.party, p.id as person, o.id as other from relation a"
        " join resource p on p.rid = a.patient and not p.deleted join resource o on o.rid = a.party and not o.deleted"
        " where a.kind = any($1::text[]) and a.until > $2 and a.until <= $3 order by a.until, a.patient, a.party, a.kind",
        list(SAYS), work.at - LOOK_BACK, work.at,
    )  # fmt: skip
    told = 0
    for row in rows:
        to_person, to_other = SAYS[row["kind"]]
        occasion = f"ended {row['kind']} {row['person']} {row['other']} {row['until'].isoformat()}"
        told += await notices.tell(work, record, f"Patient/{row['person']}", to_person, occasion)
        told += await notices.tell(work, record, f"Patient/{row['other']}", to_other, occasion)
    return told
