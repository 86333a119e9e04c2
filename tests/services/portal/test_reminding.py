"""Reminders on a record with access control: of doses on their day, of tomorrow's appointments, each once."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from anlanh.access import principals
from anlanh.fhir.store.record import Record
from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal
from anlanh.services.notify import api as notify
from anlanh.services.portal.actions import reminding
from anlanh.services.portal.rules import reminding as rules
from anlanh.services.record.api import Awaited, Due, DueLine
from anlanh.tenant import open_tenant
from tests.access.stage import AN, LABELS, MOTHER, STATION, TEEN, Stage, link, parent, person

NOON = datetime(2031, 5, 20, 5, tzinfo=UTC)
SYSTEM = Principal("script:system", "system")
BABY = "Patient/baby"
SOON = date(2031, 5, 20)


def remind(stage: Stage, at: datetime) -> int:
    """Let the round of that day go; how many were told."""

    async def main() -> int:
        database, record = await open_tenant(settings_.read({}), stage.url, connections=3)
        try:
            return await reminding.round_of_today(database, record, at)
        finally:
            await database.close()

    return asyncio.run(main())


def told(stage: Stage, who: str) -> list[notify.Letter]:
    """What somebody was told, the newest first."""

    async def main() -> list[notify.Letter]:
        database, record = await open_tenant(settings_.read({}), stage.url, connections=2)
        try:
            return await _letters(database, record, who)
        finally:
            await database.close()

    return asyncio.run(main())


async def _letters(database: Database, record: Record, who: str) -> list[notify.Letter]:
    principal = principals.principal(who, "citizen", patient=who, assurance=2)
    async with works.begin(database, principal, principal.purpose) as work:
        return await notify.newest(work, record)


def dose(name: str, patient: str, vaccine: str, on: str) -> dict[str, Any]:
    """An Immunization of the national programme."""
    system = "https://yte.thainguyen.gov.vn/fhir/CodeSystem/tcmr-vac-xin"
    return {
        "resourceType": "Immunization", "id": name, "status": "completed", "patient": {"reference": patient},
        "vaccineCode": {"coding": [{"system": system, "code": vaccine}]}, "occurrenceDateTime": on,
        "protocolApplied": [{"doseNumberPositiveInt": 1}],
    }  # fmt: skip


def visit(name: str, patient: str, start: str, **more: Any) -> dict[str, Any]:
    """An Appointment at the station."""
    return {
        "resourceType": "Appointment", "id": name, "status": "booked", "start": start, "description": "Tái khám",
        "participant": [{"actor": {"reference": each}, "status": "accepted"} for each in (patient, STATION)], **more,
    }  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _a_mother_has_a_baby(stage: Stage) -> None:
    stage.put(person("baby", "2031-02-20"))
    stage.put(person("mama", "2001-02-03", link=link("mama-of-baby")))
    stage.put(parent("mama-of-baby", BABY, "Patient/mama"))
    stage.put(dose("baby-1", BABY, "DPT-VGB-HIB", "2031-04-25"))
    stage.put(dose("baby-2", BABY, "BOPV", "2031-04-22"))


@pytest.fixture(autouse=True)
def _no_day_has_had_its_reminders(stage: Stage) -> None:
    async def main() -> None:
        database, _record = await open_tenant(settings_.read({}), stage.url, connections=2)
        async with works.begin(database, SYSTEM, works.OPERATIONS) as work:
            await work.connection.execute("delete from portal_round")
        await database.close()

    asyncio.run(main())


def test_a_parent_is_called_on_the_day_a_dose_comes_due_and_once(stage: Stage) -> None:
    assert remind(stage, NOON) == 1
    assert remind(stage, NOON) == 0
    letter = next(each for each in told(stage, "Patient/mama") if "20/05/2031" in each.text)
    assert (letter.kind, letter.link) == ("reminder", "/cua-toi/tiem-chung#baby")
    assert "Nguyễn Thị baby" in letter.text
    assert "bại liệt" in letter.text.lower()
    assert "DPT" not in letter.text
    assert told(stage, BABY) == []


def test_the_interval_after_the_dose_before_decides_where_it_ends_later_and_days_are_caught_up(stage: Stage) -> None:
    remind(stage, NOON)
    assert remind(stage, NOON + timedelta(days=5)) == 2
    texts = [each.text for each in told(stage, "Patient/mama") if each.title == "Đến hẹn tiêm chủng"]
    assert len([each for each in texts if "hẹn từ 23/05/2031" in each]) == 1


def test_what_is_overdue_is_called_for_once_more(stage: Stage) -> None:
    remind(stage, NOON)
    remind(stage, NOON + timedelta(days=31))
    assert "Đã quá hẹn tiêm chủng" in [each.title for each in told(stage, "Patient/mama")]


def test_tomorrow_s_appointment_is_told_the_day_before_and_anew_when_it_moves(stage: Stage) -> None:
    at = NOON + timedelta(days=200)
    stage.put(visit("visit-1", AN, "2031-12-07T02:00:00Z"))
    stage.put(visit("visit-2", AN, "2031-12-09T02:00:00Z"))
    remind(stage, at)
    assert [each.text for each in told(stage, AN)] == ["Nguyễn Thị an: 09:00 ngày 07/12/2031. Tái khám."]
    stage.put(visit("visit-1", AN, "2031-12-08T03:30:00Z"))
    remind(stage, at + timedelta(days=1))
    assert next(each.text[:40] for each in told(stage, AN)) == "Nguyễn Thị an: 10:30 ngày 08/12/2031. Tá"


def test_parents_are_told_of_a_child_s_appointment_but_not_of_a_sensitive_one(stage: Stage) -> None:
    stage.put(visit("visit-teen", TEEN, "2027-01-05T02:00:00Z"))
    secret = {"meta": {"security": [{"system": LABELS, "code": "SDV"}]}}
    stage.put(visit("visit-secret", TEEN, "2027-01-05T03:00:00Z", **secret))
    remind(stage, datetime(2027, 1, 4, 5, tzinfo=UTC))
    assert sorted(each.text[17:22] for each in told(stage, TEEN)) == ["09:00", "10:00"]
    assert [each.link for each in told(stage, MOTHER)] == ["/cua-toi/luot-kham?nguoi=teen"]


def test_nothing_is_told_before_seven_in_the_morning(stage: Stage) -> None:
    assert remind(stage, datetime(2032, 1, 1, 23, 30, tzinfo=UTC)) == 0


def test_on_the_first_day_nobody_is_told_of_years_gone_by() -> None:
    assert rules.days_to_do(None, SOON) == [SOON]
    assert len(rules.days_to_do(date(2020, 1, 1), SOON)) == rules.CATCHES_UP
    assert rules.days_to_do(SOON, SOON) == []


def test_what_comes_due_on_one_day_is_one_message() -> None:
    lines = tuple(DueLine(name, name, 1, SOON, Due.DUE) for name in ("A", "B"))
    coming = DueLine("C", "C", 1, SOON + timedelta(days=9), Due.COMING)
    found = rules.of_doses(Awaited(BABY, "Bé", (*lines, coming)), MOTHER, rules.due_days([SOON]))
    assert [each.text for each in found] == [f"Bé: A (mũi 1), B (mũi 1), hẹn từ 20/05/2031. {rules.WHERE}"]
