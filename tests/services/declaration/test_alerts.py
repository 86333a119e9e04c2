"""A red declaration on a record with access control: the station is told once, sees what the rules show it, and notes
whether it called."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anlanh.access import principals
from anlanh.fhir.store import read
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.declaration.actions import alerts, calling, filling, forms, guests, telling
from anlanh.services.declaration.model import NoSuchCall, NoSuchDeclaration
from anlanh.services.declaration.rules import calling as rules
from anlanh.services.declaration.store import calls
from anlanh.services.notify import api as notify
from tests.access.relations.test_consent import consent
from tests.access.stage import AN, BINH, CDC, MOTHER, STATION, Stage
from tests.services.declaration.test_on_the_record import SAFE, citizen, declare, guest, run, with_database

RED: dict[str, Any] = {"ho": ("true",), "dau-hieu": ("tim-tai",)}
NEAR = "Organization/station-near"
HOME = "Xã Phú Đình"


@pytest.fixture(autouse=True, scope="module")
def _the_forms_are_there_and_the_commune_has_a_station(stage: Stage) -> None:
    run(stage, forms.enter_shipped)
    address = [{"city": HOME, "state": "Tỉnh Thái Nguyên"}]
    station = {"resourceType": "Organization", "id": "station-near", "name": f"Trạm Y tế {HOME}"}
    stage.put({**station, "address": address})
    stage.put({**station, "id": "elsewhere", "address": [{"city": "Xã Văn Lang"}]})


def at(station: str) -> Any:
    """Somebody who works at a station."""
    return principals.principal("Practitioner/at", "station-worker", organizations=(station,), assurance=2)


def inbox(stage: Stage, station: str) -> list[notify.Letter]:
    """What a station was told."""
    return run(stage, lambda work, record: notify.newest(work, record), at(station))


def opened(stage: Stage, station: str, alert: str) -> alerts.Alert:
    """What a station sees of it."""
    return run(stage, lambda work, record: alerts.opened(work, record, SAFE, alert), at(station))


def test_the_station_of_registration_is_told_once_and_sees_what_was_declared(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "red-1", **RED)
    declare(stage, citizen(AN), AN, "red-1", **RED)
    told = [each for each in inbox(stage, STATION) if each.link.endswith(made)]
    assert [(each.title, each.kind) for each in told] == [("Tờ khai đỏ: cần xem ngay", "alert")]
    assert "Nguyễn" not in told[0].title + told[0].text
    shown = opened(stage, STATION, made)
    assert shown.found
    assert shown.found.rule
    assert (shown.found.rule.colour, shown.caller.name, shown.caller.phone) == ("red", "Nguyễn Thị an", "0912345678")
    mine = run(stage, lambda work, record: filling.declared(work, record, made), citizen(AN))
    assert mine.entry.told == STATION


def test_what_is_changed_afterwards_tells_nobody_anew(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "red-2", **RED)
    before = len(inbox(stage, STATION))

    async def better(work: Work, record: Record) -> str:
        found = await filling.again(work, record, made)
        changed = filling.show(work, found.open, {**found.typed, "ho": ("false",), "dau-hieu": ()})
        sent = filling.Filled(found.open, changed.typed, changed.nodes, made, found.version)
        return await filling.save(work, record, sent, AN, "unused", finished=True)

    run(stage, better, citizen(AN))
    assert len(inbox(stage, STATION)) == before
    shown = opened(stage, STATION, made)
    assert shown.found
    assert shown.found.entry.colour != "red"


def test_what_is_not_red_is_told_nobody(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "green-1")
    assert [each for each in inbox(stage, STATION) if each.link.endswith(made)] == []


def test_who_is_registered_nowhere_is_told_to_the_station_of_the_commune_which_sees_only_who_it_is(
    stage: Stage,
) -> None:
    made = declare(stage, citizen(BINH), BINH, "red-3", **RED)
    assert f"{telling.PAGE}/{made}" in [each.link for each in inbox(stage, NEAR)]
    shown = opened(stage, NEAR, made)
    assert (shown.found, shown.caller.name, shown.caller.phone) == (None, "Nguyễn Thị binh", "")


def test_another_station_neither_hears_of_it_nor_opens_it(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "red-4", **RED)
    assert inbox(stage, CDC) == []
    with pytest.raises(NoSuchDeclaration):
        opened(stage, CDC, made)


def test_a_station_that_a_person_hides_from_is_not_told(stage: Stage) -> None:
    stage.put(consent("hide-all", AN, type="deny"))
    made = declare(stage, citizen(AN), AN, "red-5", **RED)
    stage.delete("Consent/hide-all")
    assert [each for each in inbox(stage, STATION) if each.link.endswith(made)] == []
    mine = run(stage, lambda work, record: filling.declared(work, record, made), citizen(AN))
    assert mine.entry.told == ""


def test_a_guest_is_told_to_the_station_of_the_commune_without_a_name_and_stays_so_when_claimed(stage: Stage) -> None:
    guest(stage, "red-receipt", **RED)
    letter = inbox(stage, NEAR)[0]
    assert "Khách" not in letter.title + letter.text
    alert = letter.link.rpartition("/")[2]
    shown = opened(stage, NEAR, alert)
    assert (shown.caller.name, shown.caller.phone, shown.caller.record) == ("Nông Văn Khách", "0912345678", "")
    assert shown.found
    assert shown.found.nodes
    run(stage, lambda work, record: guests.claim(work, record, SAFE, "red-receipt"), citizen(MOTHER))
    assert opened(stage, NEAR, alert).caller.name == "Nguyễn Thị mother"


def test_a_guest_s_second_sending_changes_and_tells_nothing(stage: Stage) -> None:
    before = len(inbox(stage, NEAR))
    guest(stage, "calm-receipt")
    guest(stage, "calm-receipt", **RED)
    assert len(inbox(stage, NEAR)) == before


def test_what_was_erased_is_not_opened_any_more(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "red-6", **RED)
    run(stage, lambda work, record: filling.erase(work, record, made), citizen(AN))
    with pytest.raises(NoSuchDeclaration):
        opened(stage, STATION, made)


def note(stage: Stage, alert: str, code: str, words: str = "", seen: int = 0, station: str = STATION) -> None:
    """Somebody at a station notes a call."""
    run(stage, lambda work, record: calling.note(work, record, alert, code, words, seen), at(station))


def test_what_a_station_notes_of_its_calls_is_seen_by_it_and_by_who_declared(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "call-1", **RED)
    note(stage, made, "not-reached")
    note(stage, made, "called", "hẹn khám 14 giờ", seen=1)
    shown = opened(stage, STATION, made)
    assert ([each.text for each in shown.calls], shown.call) == (["Chưa gọi được", "Đã gọi: hẹn khám 14 giờ"], "called")
    assert run(stage, lambda work, record: filling.declared(work, record, made), citizen(AN)).entry.call == "called"
    task = run(stage, lambda work, record: read.read(work, record, "Task", rules.id_of(made)), citizen(AN))
    kept = json.loads(task.content)
    assert (kept["status"], kept["for"]["reference"], kept["owner"]["reference"]) == ("completed", AN, STATION)
    assert kept["focus"]["reference"] == f"QuestionnaireResponse/{made}"


def test_a_call_that_is_noted_by_a_double_tap_is_one(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "call-2", **RED)
    note(stage, made, "not-reached", "máy bận")
    note(stage, made, "not-reached", "máy bận")
    note(stage, made, "not-reached", "máy bận", seen=1)
    assert len(opened(stage, STATION, made).calls) == 2


def test_who_works_elsewhere_notes_no_call_and_nobody_an_outcome_that_is_none(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "call-3", **RED)
    with pytest.raises(NoSuchDeclaration):
        note(stage, made, "called", station=CDC)
    with pytest.raises(NoSuchCall):
        note(stage, made, "maybe")
    assert opened(stage, STATION, made).calls == ()


def test_who_noted_a_call_is_in_the_access_log(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "call-4", **RED)

    async def noted(work: Work, record: Record) -> list[tuple[str, str]]:
        await calling.note(work, record, made, "called", "", 0)
        return [(each.deed, each.type) for each in work.seen]

    assert ("U", "Task") in run(stage, noted, at(STATION))


def test_a_call_to_a_guest_goes_with_the_declaration_when_it_is_claimed(stage: Stage) -> None:
    guest(stage, "call-receipt", **RED)
    alert = inbox(stage, NEAR)[0].link.rpartition("/")[2]
    note(stage, alert, "sent-to-emergency", station=NEAR)
    seen = run(stage, lambda work, record: guests.declared(work, record, SAFE, "call-receipt"))
    assert seen.entry.call == "sent-to-emergency"
    made = run(stage, lambda work, record: guests.claim(work, record, SAFE, "call-receipt"), citizen(MOTHER))
    assert opened(stage, NEAR, alert).call == "sent-to-emergency"
    task = run(stage, lambda work, record: read.read(work, record, "Task", rules.id_of(alert)), citizen(MOTHER))
    assert json.loads(task.content)["focus"]["reference"] == f"QuestionnaireResponse/{made}"


def test_what_was_noted_is_erased_with_the_declaration(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "call-5", **RED)
    note(stage, made, "called", "đau ngực")
    run(stage, lambda work, record: filling.erase(work, record, made), citizen(AN))
    assert run(stage, lambda work, record: calls.task(work, record, made)) is None
    with pytest.raises(NoSuchDeclaration):
        note(stage, made, "called")


def test_a_station_is_reminded_once_by_day_of_what_nobody_called_about(stage: Stage) -> None:
    quiet = declare(stage, citizen(AN), AN, "remind-1", **RED)
    tried = declare(stage, citizen(AN), AN, "remind-2", **RED)
    note(stage, tried, "not-reached")
    told_at = datetime(2031, 3, 4, 2, tzinfo=UTC)
    run(stage, lambda work, record: _told_at(work, (quiet, tried), told_at))

    def reminded(after: timedelta) -> int:
        return with_database(stage, lambda database, record: calling.remind_due(database, record, told_at + after))

    assert reminded(timedelta(minutes=29)) == 0
    assert reminded(timedelta(hours=13)) == 0
    assert [reminded(timedelta(minutes=31)), reminded(timedelta(minutes=32))] == [1, 0]
    letters = [each for each in inbox(stage, STATION) if each.title == rules.REMINDED]
    assert [each.link for each in letters] == [f"{telling.PAGE}/{quiet}"]
    assert "09:00 04/03/2031" in letters[0].text
    assert "Nguyễn" not in letters[0].text


async def _told_at(work: Work, ids: tuple[str, ...], at: datetime) -> None:
    await work.connection.execute("update declaration_entry set told_at = $2 where id = any($1)", list(ids), at)
