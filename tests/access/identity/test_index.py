"""The index follows every write; the jobs compare and merge; a steward is asked about the rest."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from anlanh.access import control
from anlanh.access.identity import index, jobs, merging, pairs, person
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import write
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work, instant
from tests.access.identity import planted
from tests.conftest import TESTER, Ground

A, B, C = (rid_of("Patient", name) for name in "abc")


def _patient(name: str, text: str = "Nông Văn Thành", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient", "id": name, "name": [{"text": text}], "gender": "male", "birthDate": "1959-04-12",
        "telecom": [{"system": "phone", "value": "0950000001"}],
        "address": [{"line": ["Thôn Pác Nghè"], "city": "Xã Chợ Rã"}], **more,
    }  # fmt: skip


def _wait(ground: Ground, *patients: dict[str, Any]) -> Any:
    """Write, let the time pass after which they are compared, and do the background work. Pairs with their state."""

    async def main(database: Database) -> Any:
        control.put_on(database, ground.record)
        earlier = instant() - 2 * index.SETTLED
        async with works.begin(database, TESTER, works.TREATMENT, at=earlier) as work:
            for each in patients:
                await write.put(work, ground.record, write.prepare(ground.record, copy.deepcopy(each), each["id"]))
        while await jobs.compare(database):
            pass
        await jobs.merge(database, ground.record)
        async with works.begin(database, TESTER, works.TREATMENT) as work:
            rows = await work.connection.fetch("select one, two, state, decided_by from person_pair order by one, two")
            return {(row["one"], row["two"]): (row["state"], row["decided_by"]) for row in rows}

    return ground.open(main)


def _active(ground: Ground) -> list[str]:
    async def body(work: Work) -> list[str]:
        rows = await work.connection.fetch(
            "select r.id from person_key k join resource r on r.rid = k.rid where k.keys <> '{}' order by r.id"
        )
        return [row["id"] for row in rows]

    return ground.run(body)


def test_who_is_surely_one_person_is_merged_without_asking(ground: Ground) -> None:
    found = _wait(ground, _patient("a"), _patient("b", "NONG VAN THANH"))
    assert found == {pairs.ordered(A, B): ("automatic", "system:identity")}
    assert _active(ground) == ["a"]


def test_who_may_be_one_person_waits_for_a_steward(ground: Ground) -> None:
    found = _wait(ground, _patient("a", "Nông Thị Hà"), _patient("b", "Nông Thị Hạ"))
    assert found == {pairs.ordered(A, B): ("waiting", None)}
    assert _active(ground) == ["a", "b"]


def test_a_record_that_fits_two_people_is_not_merged_with_either(ground: Ground) -> None:
    twins = (_patient("a", "Nông Bảo Anh"), _patient("b", "Nông Gia Anh"))
    found = _wait(ground, *twins, _patient("c", "Nông Anh"))
    assert {state for state, _ in found.values()} == {"waiting"}
    assert _active(ground) == ["a", "b", "c"]


def test_who_was_told_apart_by_a_steward_is_not_merged_again(ground: Ground) -> None:
    _wait(ground, _patient("a"), _patient("b"))

    async def undo(work: Work) -> None:
        merge_id = await work.connection.fetchval("select id::text from person_merge")
        await merging.unmerge(work, ground.record, merge_id)

    async def later(database: Database) -> None:
        control.put_on(database, ground.record)
        async with works.begin(database, TESTER, works.TREATMENT) as work:
            await undo(work)

    ground.open(later)
    found = _wait(ground, _patient("a", maritalStatus={"text": "x"}))
    assert found == {pairs.ordered(A, B): ("different", "test")}
    assert _active(ground) == ["a", "b"]


def test_what_was_just_written_is_left_alone_for_a_minute(ground: Ground) -> None:
    async def main(database: Database) -> int:
        control.put_on(database, ground.record)
        async with works.begin(database, TESTER, works.TREATMENT) as work:
            await write.create(work, ground.record, _patient("a"))
        return await jobs.compare(database)

    assert ground.open(main) == 0


def test_a_deleted_or_closed_patient_is_found_no_more(ground: Ground) -> None:
    _wait(ground, _patient("a"), _patient("b", active=False))

    async def main(database: Database) -> None:
        control.put_on(database, ground.record)
        async with works.begin(database, TESTER, works.TREATMENT) as work:
            await write.delete(work, ground.record, "Patient", "a")

    assert _active(ground) == ["a"]
    ground.open(main)
    assert _active(ground) == []


def test_patients_of_before_the_index_are_taken_in(ground: Ground) -> None:
    async def before(work: Work) -> None:
        await write.put(work, ground.record, write.prepare(ground.record, _patient("a"), "a"))

    async def fill(work: Work) -> tuple[int, int]:
        return await index.fill(work, ground.record), await index.fill(work, ground.record)

    ground.run(before, transaction=True)
    assert ground.run(fill, transaction=True) == (1, 0)
    assert _active(ground) == ["a"]


def test_a_telephone_of_more_than_a_hundred_says_nothing(ground: Ground) -> None:
    crowd = [
        _patient(f"p{at}", f"Người Số{at}", birthDate=f"19{at % 90 + 10}-0{at % 8 + 1}-{at % 19 + 10}", address=[])
        for at in range(index.MOST_SHARING + 2)
    ]

    async def main(database: Database) -> list[int]:
        control.put_on(database, ground.record)
        async with works.begin(database, TESTER, works.TREATMENT) as work:
            prepared = [write.prepare(ground.record, each, each["id"]) for each in crowd]
            await write.add_new(work, ground.record, prepared)
            return await index.sharing(work, person.of(_patient("x", address=[])))

    assert ground.open(main) == []


@pytest.mark.parametrize("count", [600])
def test_a_batch_of_the_made_up_province_ends_with_one_patient_for_each_person(ground: Ground, count: int) -> None:
    world = planted.world(count, seed=5)
    _wait(ground, *world.patients.values())

    async def body(work: Work) -> Any:
        return await work.connection.fetch(
            "select s.id as source, t.id as target from person_merge m join resource s on s.rid = m.source"
            " join resource t on t.rid = m.target order by s.id"
        )

    merged = {tuple(sorted((row["source"], row["target"]))) for row in ground.run(body)}
    truth = {tuple(sorted(pair)) for pair in world.same}
    assert merged <= truth
    assert len(merged) >= 0.9 * len(truth)
