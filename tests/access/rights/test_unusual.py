"""Looks that are far from usual are noticed, once for each person and day; nobody is accused for a few."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from anlanh.access import principals
from anlanh.access.rights.problems import NothingToSay
from anlanh.access.rights.unusual import cases, measures
from anlanh.access.rights.unusual.cases import Case, NoSuchCase, OwnCase
from anlanh.access.rights.unusual.measures import MEASURES, Finding
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import write
from anlanh.fhir.store.record import Record
from anlanh.fhir.vn.systems import PERSONAL_ID
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from tests.conftest import Ground

TODAY = date(2026, 11, 23)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOSPITAL = "Organization/h"
WHO = "Practitioner/curious"
QUIET = [(n, 5, 0, 0, 0) for n in (18, 22, 20, 25, 19, 21)]
BUSY = [(n, 5, 0, 0, 0) for n in (60, 75, 90, 66, 80, 71, 85, 78, 69, 88)]


def counts(**some: int) -> tuple[int, ...]:
    """The counts of a day, nought where not named."""
    return tuple(some.get(measure.name, 0) for measure in MEASURES)


@pytest.mark.parametrize(
    ("day", "own", "peers", "noticed"),
    [
        (counts(persons=120), QUIET, QUIET * 2, ["persons"]),
        (counts(persons=30), QUIET, QUIET * 2, []),
        (counts(persons=95), QUIET, BUSY, []),
        (counts(persons=95), BUSY, QUIET * 2, []),
        (counts(persons=100), QUIET[:2], [], []),
        (counts(persons=130), QUIET[:2], [], ["persons"]),
        (counts(colleagues=5, emergencies=5), QUIET, QUIET * 2, []),
        (counts(colleagues=9, emergencies=8), QUIET, QUIET * 2, ["emergencies", "colleagues"]),
        (counts(night=40), [counts(night=35)] * 6, [], []),
    ],
)
def test_a_count_is_unusual_when_it_is_far_from_ones_own_past_and_from_the_roles(
    day: Sequence[int], own: Sequence[Sequence[int]], peers: Sequence[Sequence[int]], noticed: list[str]
) -> None:
    assert [each.measure for each in measures.findings(day, own, peers)] == noticed


def test_a_finding_says_what_is_usual_where_that_is_known() -> None:
    assert measures.findings(counts(persons=120), QUIET, []) == [Finding("persons", 120, 20.5, None)]


async def log(work: Work, who: str, day: date, people: int, *, hour: int = 9, rule: str = "treatment") -> None:
    """Somebody looks at so many people on a day."""
    await work.connection.execute(
        "insert into access_log (at, patients, deed, resources, subject, role, organization, client, purpose, rule,"
        " interaction, query, request, network) select $1::timestamptz + n * interval '1 second', array[n::bigint], 'R', '',"
        " $2, 'doctor', $3, '', 'TREAT', $4, 'read', '', 'r' || n, '' from generate_series(1, $5::int) n",
        datetime.combine(day, time(hour), ZONE), who, HOSPITAL, rule, people,
    )  # fmt: skip


async def past(work: Work, record: Record) -> None:
    """Three doctors look at twenty people a day for a week; that is counted."""
    for back in range(1, 8):
        for number, each in enumerate((WHO, "Practitioner/b", "Practitioner/c")):
            await log(work, each, TODAY - timedelta(days=back), 20 + number)
        await cases.step(work, record, TODAY - timedelta(days=back))


async def noticed(work: Work, record: Record) -> list[Case]:
    """What waits after the day was counted twice."""
    await cases.step(work, record, TODAY)
    await cases.step(work, record, TODAY)
    return await cases.waiting(work)


def test_who_looks_at_far_more_than_usual_is_noted_once_with_the_newest_numbers(ground: Ground) -> None:
    async def body(work: Work) -> list[Case]:
        await past(work, ground.record)
        await log(work, WHO, TODAY, 90)
        await log(work, "Practitioner/b", TODAY, 24)
        assert await cases.step(work, ground.record, TODAY) == 1
        await log(work, WHO, TODAY, 130)
        return await noticed(work, ground.record)

    (found,) = ground.run(body, transaction=True)
    assert (found.subject, found.day, found.organization) == (WHO, TODAY, HOSPITAL)
    assert found.findings == (Finding("persons", 130, 20, 21.5),)


def test_looking_for_people_is_counted_by_times_and_nights_and_emergencies_by_people(ground: Ground) -> None:
    async def body(work: Work) -> list[Case]:
        await past(work, ground.record)
        await log(work, WHO, TODAY, 70, rule="identification")
        await log(work, WHO, TODAY, 8, rule="emergency")
        await log(work, "Practitioner/b", TODAY, 39, hour=23)
        return await noticed(work, ground.record)

    found = ground.run(body, transaction=True)
    assert {(each.subject, finding.measure, finding.count) for each in found for finding in each.findings} == {
        (WHO, "lookups", 70), (WHO, "emergencies", 8), ("Practitioner/b", "night", 39),
    }  # fmt: skip


def test_programs_and_citizens_are_not_watched(ground: Ground) -> None:
    async def body(work: Work) -> list[Case]:
        await log(work, "system:x", TODAY, 500)
        await work.connection.execute("update access_log set role = 'system'")
        return await noticed(work, ground.record)

    assert ground.run(body, transaction=True) == []


def test_looks_at_the_records_of_colleagues_are_counted(ground: Ground) -> None:
    numbers = {f"019190{n:06}": n for n in range(8)}

    async def body(work: Work) -> list[Case]:
        for number, n in numbers.items():
            identifier = [{"system": PERSONAL_ID, "value": number}]
            for kind in ("Practitioner", "Patient"):
                resource = {"resourceType": kind, "id": f"staff-{n}", "identifier": identifier}
                await write.put(work, ground.record, write.prepare(ground.record, resource, resource["id"]))
            await log(work, f"Practitioner/staff-{n}", TODAY, 1)
        await past(work, ground.record)
        await cases.step(work, ground.record, TODAY)
        await log(work, WHO, TODAY, 10)
        rids = [rid_of("Patient", f"staff-{n}") for n in numbers.values()]
        await work.connection.execute(
            "update access_log set patients = array[($1::bigint[])[patients[1]]] where subject = $2 and at >= $3 and patients[1] < 9",
            rids, WHO, datetime.combine(TODAY, time(), ZONE),
        )  # fmt: skip
        return await noticed(work, ground.record)

    (found,) = ground.run(body, transaction=True)
    assert [(each.measure, each.count) for each in found.findings] == [("colleagues", 8)]


def decided(ground: Ground, who: str, *steps: tuple[str, str]) -> list[Case]:
    """A privacy officer decides on a case of WHO; what waits then."""

    async def main(database: Database) -> list[Case]:
        officer = principals.principal(who, "privacy-officer", assurance=2)
        async with works.begin(database, officer, "HCOMPL") as work:
            await work.connection.execute("delete from access_log")
            await work.connection.execute("delete from unusual_case")
            await log(work, WHO, TODAY, 200)
            (case,) = await noticed(work, ground.record)
            for state, words in steps:
                await cases.decide(work, case.id, state, words)
            return await cases.waiting(work)

    return ground.open(main)


def test_a_case_is_dismissed_or_looked_into_with_a_reason_and_not_decided_twice(ground: Ground) -> None:
    (open_,) = decided(ground, "Practitioner/officer", ("inquiry", "Đã hỏi trưởng khoa"))
    assert (open_.state, open_.words) == ("inquiry", "Đã hỏi trưởng khoa")
    assert decided(ground, "Practitioner/officer", ("dismissed", "Trực thay hai người")) == []
    assert decided(ground, "Practitioner/officer", ("inquiry", "Hỏi"), ("confirmed", "Không có lý do")) == []
    with pytest.raises(NothingToSay):
        decided(ground, "Practitioner/officer", ("dismissed", " "))
    with pytest.raises(NoSuchCase):
        decided(ground, "Practitioner/officer", ("confirmed", "Vội"))
    with pytest.raises(NoSuchCase):
        decided(ground, "Practitioner/officer", ("dismissed", "Được"), ("inquiry", "Lại"))


def test_nobody_decides_on_their_own_case(ground: Ground) -> None:
    with pytest.raises(OwnCase):
        decided(ground, WHO, ("dismissed", "Tôi biết tại sao"))
