"""Merging and undoing it: references, numbers, accounts, history; byte for byte; two at once; killed in the middle."""

from __future__ import annotations

import asyncio
import copy
import os
import re
import signal
import subprocess
import sys
from typing import Any

import pytest

from anlanh.access import control
from anlanh.access.accounts import ledger
from anlanh.access.identity import merges, merging, pairs
from anlanh.access.identity.problems import AlreadyReplaced, MergedFurther, NotASteward, SamePatient, TwoNumbers
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read, write
from anlanh.kernel.problem import Problem
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work
from tests.conftest import TESTER, Ground

CCCD, MRN = "http://fhir.vn/sid/cccd", "http://benh-vien.example/mrn"
STEWARD = Principal("Practitioner/steward", "steward", assurance=2, purpose="PATADMIN")
META = re.compile(rb'"versionId":"\d+","lastUpdated":"[^"]+"')
OLD, NEW = rid_of("Patient", "old"), rid_of("Patient", "new")


def _patient(name: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient", "id": name, "active": True, "name": [{"text": "Nông Văn Thành"}], "gender": "male",
        "identifier": [{"system": MRN, "value": f"BN-{name}"}], "birthDate": "1959-04-12", **more,
    }  # fmt: skip


def _resources() -> list[dict[str, Any]]:
    about = {"reference": "Patient/old"}
    code = {"text": "x"}
    return [
        _patient("old", telecom=[{"system": "phone", "value": "0950000001"}]),
        _patient("new", identifier=[{"system": MRN, "value": "BN-new"}, {"system": CCCD, "value": "006059000001"}]),
        {
            "resourceType": "Observation", "id": "o", "status": "final", "code": code, "subject": about, "performer": [about],
            "valueQuantity": {"value": 1.20}, "extension": [{"url": "http://x.example/e", "valueReference": about}],
        },
        {"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "AMB"}, "subject": about},
        {"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": [{"entity": about}]},
        {"resourceType": "List", "id": "l", "status": "current", "mode": "working", "entry": [{"item": about}]},
        {
            "resourceType": "Appointment", "id": "a", "status": "booked",
            "participant": [{"actor": about, "status": "accepted"}],
        },
        {"resourceType": "Provenance", "id": "p", "target": [about], "recorded": "2026-11-20T08:00:00Z", "agent": [{"who": about}]},
        {"resourceType": "Patient", "id": "child", "link": [{"type": "seealso", "other": about}]},
    ]  # fmt: skip


@pytest.fixture
def filled(ground: Ground) -> Ground:
    async def fill(work: Work) -> None:
        for each in _resources():
            await write.put(work, ground.record, write.prepare(ground.record, copy.deepcopy(each), each["id"]))

    ground.open(_controlled(ground, fill))
    return ground


def _controlled(ground: Ground, body: Any, who: Principal = TESTER) -> Any:
    """A body for `Ground.open`: in a transaction of somebody, with access control on."""

    async def main(database: Database) -> Any:
        control.put_on(database, ground.record)
        async with works.begin(database, who, who.purpose) as work:
            return await body(work)

    return main


def _as_steward(ground: Ground, body: Any) -> Any:
    return ground.open(_controlled(ground, body, STEWARD))


async def _everything(work: Work) -> dict[str, bytes]:
    rows = await work.connection.fetch("select type, id, content from resource where not deleted order by rid")
    return {f"{row['type']}/{row['id']}": META.sub(b"", row["content"]) for row in rows}


async def _get(work: Work, ground: Ground, resource_type: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.decode_fast((await read.read(work, ground.record, resource_type, name)).content)
    return found


def test_all_that_was_the_sources_is_the_targets(filled: Ground) -> None:
    async def body(work: Work) -> tuple[Any, ...]:
        done = await merging.merge(work, filled.record, "old", "new")
        work.principal = TESTER
        left = [
            name
            for name, content in (await _everything(work)).items()
            if b'"Patient/old"' in content and not content.startswith(b'{"resourceType":"Patient","id":"new"')
        ]
        return done, left, await _get(work, filled, "Patient", "new"), await _get(work, filled, "Patient", "old")

    done, left, target, source = _as_steward(filled, body)
    assert done.redirected == 7
    assert left == []
    assert {(each["value"], each.get("use")) for each in target["identifier"]} == {
        ("BN-new", None), ("006059000001", None), ("BN-old", "old"),
    }  # fmt: skip
    assert target["telecom"] == [{"system": "phone", "value": "0950000001"}]
    assert target["link"] == [{"other": {"reference": "Patient/old"}, "type": "replaces"}]
    assert source["active"] is False
    assert source["link"] == [{"other": {"reference": "Patient/new"}, "type": "replaced-by"}]
    assert [each["use"] for each in source["identifier"]] == ["old"]


def test_undoing_brings_back_every_byte(filled: Ground) -> None:
    async def body(work: Work) -> tuple[Any, ...]:
        before = await _everything(work)
        done = await merging.merge(work, filled.record, "old", "new")
        between = await _everything(work)
        back = await merging.unmerge(work, filled.record, done.id)
        return before, between, await _everything(work), back

    before, between, after, back = _as_steward(filled, body)
    assert before == after != between
    assert (back.restored, back.changed_since, back.newer) == (9, [], [])


def test_what_was_changed_since_keeps_the_change_and_is_named(filled: Ground) -> None:
    async def body(work: Work) -> tuple[Any, ...]:
        record = filled.record
        done = await merging.merge(work, record, "old", "new")
        work.principal = TESTER
        encounter = {**await _get(work, filled, "Encounter", "e"), "status": "cancelled"}
        await write.put(work, record, write.prepare(record, encounter, "e"))
        target = await _get(work, filled, "Patient", "new")
        target["telecom"].append({"system": "email", "value": "thanh@anlanh.example"})
        await write.put(work, record, write.prepare(record, target, "new"))
        newer = {
            "resourceType": "Flag",
            "id": "f",
            "status": "active",
            "code": {},
            "subject": {"reference": "Patient/new"},
        }
        await write.put(work, record, write.prepare(record, newer, "f"))
        work.principal = STEWARD
        back = await merging.unmerge(work, record, done.id)
        work.principal = TESTER
        return back, await _get(work, filled, "Encounter", "e"), await _get(work, filled, "Patient", "new")

    back, encounter, target = _as_steward(filled, body)
    assert back.restored == 7
    assert sorted(back.changed_since) == ["Encounter/e", "Patient/new"]
    assert back.newer == ["Flag/f"]
    assert (encounter["status"], encounter["subject"]["reference"]) == ("cancelled", "Patient/old")
    assert target["telecom"] == [{"system": "email", "value": "thanh@anlanh.example"}]
    assert "link" not in target
    assert [each["value"] for each in target["identifier"]] == ["BN-new", "006059000001"]


def test_both_may_be_repeated(filled: Ground) -> None:
    async def body(work: Work) -> tuple[Any, ...]:
        first = await merging.merge(work, filled.record, "old", "new")
        again = await merging.merge(work, filled.record, "old", "new")
        await merging.unmerge(work, filled.record, first.id)
        return first, again, await merging.unmerge(work, filled.record, first.id)

    first, again, back = _as_steward(filled, body)
    assert (again.id, again.again, again.redirected) == (first.id, True, first.redirected)
    assert back.again


def test_a_preview_changes_nothing(filled: Ground) -> None:
    async def body(work: Work) -> tuple[Any, ...]:
        before = await _everything(work)
        done = await merging.merge(work, filled.record, "old", "new", preview=True)
        return before == await _everything(work), done.redirected

    assert _as_steward(filled, body) == (True, 7)


def test_the_log_tells_that_the_steward_did_it_and_under_which_keys_a_person_is_known(filled: Ground) -> None:
    async def body(work: Work) -> list[int]:
        await merging.merge(work, filled.record, "old", "new")
        return await merges.all_keys(work, NEW)

    async def rows(work: Work) -> Any:
        return await work.connection.fetch(
            "select distinct subject, rule from access_log where deed = 'U' and subject <> 'test' order by subject, rule"
        )

    assert _as_steward(filled, body) == [NEW, OLD]
    assert [tuple(row) for row in filled.run(rows)] == [("Practitioner/steward", "stewardship")]


def test_the_account_goes_with_the_person_and_comes_back(filled: Ground) -> None:
    async def body(work: Work) -> tuple[Any, ...]:
        account = await ledger.citizen(work, "Patient/old")
        done = await merging.merge(work, filled.record, "old", "new")
        moved = await ledger.of_person(work, "Patient/new")
        await merging.unmerge(work, filled.record, done.id)
        back = await ledger.of_person(work, "Patient/old")
        return account.id, moved and moved.id, back and back.id

    mine, moved, back = _as_steward(filled, body)
    assert mine == moved == back


def test_of_two_accounts_that_of_the_source_is_closed(filled: Ground) -> None:
    async def body(work: Work) -> Any:
        await ledger.citizen(work, "Patient/old")
        await ledger.citizen(work, "Patient/new")
        done = await merging.merge(work, filled.record, "old", "new")
        closed = await ledger.of_person(work, "Patient/old")
        await merging.unmerge(work, filled.record, done.id)
        opened = await ledger.of_person(work, "Patient/old")
        return closed, opened

    closed, opened = _as_steward(filled, body)
    assert (closed.state, opened.state) == ("disabled", "active")


def test_a_merge_of_a_merge_is_undone_first(filled: Ground) -> None:
    async def body(work: Work) -> tuple[Any, ...]:
        record = filled.record
        before = await _everything(work)
        first = await merging.merge(work, record, "old", "new")
        second = await merging.merge(work, record, "new", "child")
        known = await merges.all_keys(work, rid_of("Patient", "child"))
        today = await merges.today(work, OLD)
        with pytest.raises(MergedFurther):
            await merging.unmerge(work, record, first.id)
        await merging.unmerge(work, record, second.id)
        await merging.unmerge(work, record, first.id)
        return known, today, before == await _everything(work)

    known, today, same = _as_steward(filled, body)
    assert known == [rid_of("Patient", "child"), NEW, OLD]
    assert today == rid_of("Patient", "child")
    assert same


def test_whoever_was_told_apart_from_the_source_is_apart_from_the_target(filled: Ground) -> None:
    child = rid_of("Patient", "child")

    async def body(work: Work) -> Any:
        await pairs.decide(work, (OLD, child), "different")
        await merging.merge(work, filled.record, "old", "new")
        return await work.connection.fetchval(
            "select state from person_pair where one = $1 and two = $2", *pairs.ordered(NEW, child)
        )

    assert _as_steward(filled, body) == "different"


@pytest.mark.parametrize(
    ("source", "target", "who", "problem"),
    [
        ("old", "old", STEWARD, SamePatient),
        ("old", "new", Principal("Practitioner/d", "doctor", assurance=2), NotASteward),
        ("old", "new", Principal("Practitioner/steward", "steward", assurance=1), NotASteward),
        ("numbered", "new", STEWARD, TwoNumbers),
        ("gone", "new", STEWARD, AlreadyReplaced),
        ("old", "gone", STEWARD, AlreadyReplaced),
    ],
)
def test_what_may_not_be_merged_is_refused(
    filled: Ground, source: str, target: str, who: Principal, problem: type[Problem]
) -> None:
    async def more(work: Work) -> None:
        for each in (
            _patient("numbered", identifier=[{"system": CCCD, "value": "006059000002"}]),
            _patient("gone", active=False),
        ):
            await write.put(work, filled.record, write.prepare(filled.record, each, each["id"]))

    async def body(work: Work) -> None:
        with pytest.raises(problem):
            await merging.merge(work, filled.record, source, target)

    filled.open(_controlled(filled, more))
    filled.open(_controlled(filled, body, who))


def test_of_two_merges_against_each_other_one_happens(filled: Ground) -> None:
    async def race(database: Database) -> list[Any]:
        control.put_on(database, filled.record)

        async def one(source: str, target: str) -> str:
            async with works.begin(database, STEWARD, "PATADMIN") as work:
                return (await merging.merge(work, filled.record, source, target)).id

        return await asyncio.gather(one("old", "new"), one("new", "old"), return_exceptions=True)

    async def in_force(work: Work) -> Any:
        return await work.connection.fetchval("select count(*) from person_merge")

    found = filled.open(race, connections=4)
    assert sorted(type(each).__name__ for each in found) == ["AlreadyReplaced", "str"]
    assert filled.run(in_force) == 1


KILLED = """
import asyncio, os, signal, sys
from anlanh.access import control
from anlanh.access.identity import merging
from anlanh.fhir.store import record as records, write
from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.platform.database import open_database
from anlanh.platform.work import Principal

async def main():
    settings = settings_.read({})
    record = records.new(settings.zone)
    database = await open_database(settings, sys.argv[1])
    control.put_on(database, record)
    put, left = write.put, [int(sys.argv[2])]
    async def killed(*given, **more):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return await put(*given, **more)
    write.put = killed
    async with works.begin(database, Principal("x", "system"), "TREAT") as work:
        await merging.merge(work, record, "old", "new")

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 8])
def test_a_merge_that_is_killed_in_the_middle_leaves_nothing(filled: Ground, after: int) -> None:
    before = filled.run(_everything)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, filled.url, str(after)], check=False, env=os.environ, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert filled.run(_everything) == before


def test_references_of_fifty_types_lead_to_the_target(filled: Ground) -> None:
    """Every type that can belong to a Patient, with nothing but the element by which it does."""
    record = filled.record
    known = record.known
    made = [
        each
        for name in sorted(known.compartments["Patient"])
        if known.compartments["Patient"][name] and name not in ("Patient", "AuditEvent")
        for each in [_belonging(record, name)]
        if each is not None
    ]

    async def fill(work: Work) -> None:
        for each in made:
            await write.put(work, record, write.prepare(record, each, each["id"]))

    async def body(work: Work) -> list[str]:
        await merging.merge(work, record, "old", "new")
        found = await _everything(work)
        return [name for name, content in found.items() if b'"Patient/old"' in content and b'"many"' in content]

    filled.open(_controlled(filled, fill))
    assert len(made) >= 50
    assert _as_steward(filled, body) == []


def _belonging(record: Any, name: str) -> dict[str, Any] | None:
    """A resource of the type that is in the compartment of the source; None where the path is not a plain one."""
    for parameter in record.known.compartments["Patient"][name]:
        for branch in record.parameters.of(name)[parameter].branches:
            path = branch.path.name.rpartition("|")[2]
            if re.fullmatch(rf"{name}(\.[a-z][A-Za-z]+)+", path):
                value = _made(record, name, path.split(".")[1:])
                return {"resourceType": name, "id": "many", **value}
    return None


def _made(record: Any, type_name: str, names: list[str]) -> dict[str, Any]:
    first, *rest = names
    element = record.known.types[type_name].elements[first]
    value = _made(record, element.path, rest) if rest else {"reference": "Patient/old"}
    return {first: [value] if element.repeats else value}
