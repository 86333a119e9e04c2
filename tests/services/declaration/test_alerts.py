"""A red declaration on a record with access control: the station is told once, and sees what the rules show it."""

from __future__ import annotations

from typing import Any

import pytest

from anlanh.access import principals
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.declaration.actions import alerts, filling, forms, guests, telling
from anlanh.services.declaration.model import NoSuchDeclaration
from anlanh.services.notify import api as notify
from tests.access.relations.test_consent import consent
from tests.access.stage import AN, BINH, CDC, MOTHER, STATION, Stage
from tests.services.declaration.test_on_the_record import SAFE, citizen, declare, guest, run

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
