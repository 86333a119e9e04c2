"""Who was merged by the hospital's own system is one person here too, and stays two when a steward says so."""

from __future__ import annotations

from typing import Any

from anlanh.access.identity import merges, merging
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read, write
from anlanh.fhir.subscriptions.hearing import News
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work
from anlanh.services.identity import jobs
from anlanh.tenant import open_tenant
from tests.conftest import Ground

HOSPITAL = Principal("service:hl7v2", "system")
LINK = [{"other": {"reference": "Patient/kept"}, "type": "replaced-by"}]


def patient(name: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": name, "name": [{"text": "Phạm Thu Hà"}], "birthDate": "1993-11-14", **more}


async def hears(work: Work, record: Any) -> None:
    await jobs.closed(work, record, [News("Patient", "gone", 2, "PUT", False)])


async def subject_of(work: Work, record: Any) -> str:
    stored = await read.read(work, record, "Observation", "measured")
    return str(stored.content)


def test_a_record_closed_in_favour_of_another_goes_with_all_that_is_its_own(ground: Ground) -> None:
    async def body(database: Database) -> None:
        own, record = await open_tenant(ground.settings, ground.url, connections=3)
        try:
            async with works.begin(own, HOSPITAL, works.OPERATIONS) as work:
                for each in (
                    patient("kept"),
                    patient("gone", link=LINK),
                    {
                        "resourceType": "Observation", "id": "measured", "status": "final", "code": {"text": "x"},
                        "subject": {"reference": "Patient/gone"},
                    },
                ):  # fmt: skip
                    await write.put(work, record, write.prepare(record, each, each["id"]))
            async with works.begin(own, HOSPITAL, works.OPERATIONS) as work:
                await hears(work, record)
                assert "Patient/kept" in await subject_of(work, record)
                done = await merges.in_force(work, rid_of("Patient", "gone"))
                assert done is not None
                assert done.how == "message"
            async with works.begin(own, HOSPITAL, works.OPERATIONS) as work:
                await hears(work, record)
                assert await merges.in_force(work, rid_of("Patient", "gone")) == done
            async with works.begin(own, HOSPITAL, works.OPERATIONS) as work:
                for each in (
                    patient("third"),
                    patient("gone", link=[{**LINK[0], "other": {"reference": "Patient/third"}}]),
                ):
                    await write.put(work, record, write.prepare(record, each, each["id"]))
                await hears(work, record)  # closed again in favour of somebody else: left to the steward
                assert await merges.in_force(work, rid_of("Patient", "gone")) == done
                await write.put(work, record, write.prepare(record, patient("gone", link=LINK), "gone"))
            async with works.begin(own, Principal("Practitioner/s", "steward", assurance=2), works.OPERATIONS) as work:
                await merging.unmerge(work, record, done.id)
            async with works.begin(own, HOSPITAL, works.OPERATIONS) as work:
                await hears(work, record)
                assert "Patient/gone" in await subject_of(work, record)
        finally:
            await own.close()

    ground.open(body)
