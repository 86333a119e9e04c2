"""Every look is written down before it is shown; the log is told as AuditEvents, sealed, and tampering shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from anlanh.access.audit import inquiry, looks, seal
from anlanh.access.audit.rows import COLUMNS, resources_of
from anlanh.fhir.store.record import Record
from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work
from anlanh.tenant import open_tenant
from tests.access.stage import AN, BINH, DOCTOR, HOSPITAL, Actor, Stage, condition

T = TypeVar("T")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SELF = Principal(AN, "citizen", patient=AN, purpose="PATRQT")


def run(stage: Stage, body: Callable[[Work, Record], Awaitable[T]], who: Principal = SELF) -> T:
    """The result of a body in a transaction."""

    async def main() -> T:
        database, record = await open_tenant(settings_.read({}), stage.url, connections=2)
        try:
            async with works.begin(database, who, who.purpose) as work:
                return await body(work, record)
        finally:
            await database.close()

    return asyncio.run(main())


def rows(stage: Stage, where: str = "true") -> list[asyncpg.Record]:
    """Rows of the log, oldest first."""

    async def read(work: Work, record: Record) -> list[asyncpg.Record]:
        return await work.connection.fetch(f"select * from access_log where {where} order by seq")

    return run(stage, read)


def of_doctor(stage: Stage) -> list[asyncpg.Record]:
    """What the log says of the doctor."""
    return rows(stage, f"subject = '{DOCTOR}'")


def test_a_read_says_who_what_why_and_by_which_rule(stage: Stage) -> None:
    stage.doctor.get("Condition/pressure-an")
    row = of_doctor(stage)[-1]
    assert (row["interaction"], row["deed"], row["purpose"], row["rule"]) == ("read", b"R", "TREAT", "treatment")
    assert (row["role"], row["organization"]) == ("doctor", HOSPITAL)
    assert len(resources_of(row["resources"])) == 1


def test_a_search_is_written_down_for_each_person_it_showed(stage: Stage) -> None:
    before = len(of_doctor(stage))
    stage.doctor.get("Patient?name=nguyen")
    found = of_doctor(stage)[before:]
    assert len([each for row in found for each in row["patients"]]) == 5
    assert {row["rule"] for row in found} == {"treatment", "identification"}
    assert {row["query"] for row in found} == {"name=nguyen"}


def test_what_was_not_shown_is_not_written_down(stage: Stage) -> None:
    before = len(rows(stage, "subject = 'Practitioner/other'"))
    stage.other_doctor.get("Condition/pressure-an")
    stage.other_doctor.get("Condition")
    assert len(rows(stage, "subject = 'Practitioner/other'")) == before


def test_writes_are_in_the_log_with_what_was_done(stage: Stage) -> None:
    stage.put(condition("written", AN, "J00"))
    stage.put(condition("written", AN, "J01"))
    stage.delete("Condition/written")
    stage.settle()
    assert [row["deed"] for row in rows(stage, "interaction in ('update', 'delete')")][-3:] == [b"U", b"U", b"D"]


def test_a_create_is_in_the_log_once_by_the_rule_that_allowed_it_and_not_when_it_was_refused(stage: Stage) -> None:
    clinic = stage.as_("doctor", "Practitioner/doctor", HOSPITAL, programmes=("HIV",))
    said = [stage.doctor.post(condition("x", AN, "J00")), clinic.post(condition("x", AN, "B20"))]
    refused = [stage.doctor.post(condition("x", AN, "B20")), stage.other_doctor.post(condition("x", AN, "J00"))]
    entries = [_entry(condition("x", AN, "J00")), _entry(condition("x", AN, "B20"))]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    assert [each.status for each in said + refused] == [201, 201, 403, 403]
    assert stage.doctor.send("POST", "", bundle).status == 403
    assert clinic.send("POST", "", bundle).status == 200
    stage.settle()
    found = rows(stage, "deed = 'C' and subject <> 'script:system'")
    assert [len(resources_of(row["resources"])) for row in found if row["interaction"] == "create"] == [1, 1]
    assert sum(len(resources_of(row["resources"])) for row in found) == 4
    assert {row["rule"] for row in found} <= {"treatment", "programme"}


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    return {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}


def test_the_directory_is_nobodys_data(stage: Stage) -> None:
    before = len(of_doctor(stage))
    stage.doctor.get("Organization")
    assert len(of_doctor(stage)) == before


def test_citizens_read_their_own_audit_events_and_no_others(stage: Stage) -> None:
    stage.doctor.get("Condition/pressure-an")
    found = stage.as_("citizen", AN).get("AuditEvent?agent=Practitioner/doctor&_count=5")
    assert found.status == 200
    event = found.body["entry"][0]["resource"]
    assert event["agent"][0]["who"] == {"reference": DOCTOR}
    assert {"reference": AN} in [each.get("what") for each in event["entity"]]
    assert event["meta"]["profile"] == [
        "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead"
    ]
    assert stage.as_("citizen", BINH).get("AuditEvent?agent=Practitioner/doctor&entity=Condition/pressure-an").ids == []
    assert stage.as_("citizen", BINH).get(f"AuditEvent/{event['id']}").status == 404
    assert stage.doctor.get("AuditEvent").status == 404


def test_audit_events_are_paged_without_loss(stage: Stage) -> None:
    officer = stage.as_("privacy-officer", "Practitioner/privacy")
    for _ in range(8):
        stage.doctor.get("Condition/pressure-an")
    path = "AuditEvent?agent=Practitioner/doctor&_count=2"
    seen: list[str] = []
    for _ in range(3):
        found = officer.get(path)
        seen += found.ids
        path = next(each["url"] for each in found.body["link"] if each["relation"] == "next").partition("/fhir/")[2]
    assert len(set(seen)) == len(seen) == 6


def test_audit_events_are_valid(stage: Stage) -> None:
    stage.doctor.get("Patient?name=nguyen")
    officer = stage.as_("privacy-officer", "Practitioner/privacy")
    for entry in officer.get("AuditEvent?_count=20").body["entry"]:
        told = Actor(stage.system).send("POST", "AuditEvent/$validate", entry["resource"]).body
        assert [each for each in told["issue"] if each["severity"] in ("error", "fatal")] == []


def test_the_citizens_list_folds_looks_and_says_on_what_they_rest(stage: Stage) -> None:
    for _ in range(3):
        stage.doctor.get("Condition/pressure-an")

    async def read(work: Work, record: Record) -> looks.Page:
        return await looks.of(work, record, AN, looks.Wanted(role="doctor"))

    line = next(each for each in run(stage, read).looks if each.subject == DOCTOR and each.rule == "treatment")
    assert line.times >= 3
    assert (line.name, line.facility, line.basis) == ("Bác sĩ doctor", "hospital", "Encounter/visit-an")
    assert line.types["Condition"] >= 1


def test_a_question_about_an_access_has_a_deadline_and_one_answer(stage: Stage) -> None:
    stage.doctor.get("Condition/pressure-an")
    seq = of_doctor(stage)[-1]["seq"]

    async def ask(work: Work, record: Record) -> inquiry.Inquiry:
        return await inquiry.ask(work, AN, "Vì sao xem hồ sơ của tôi?", ZONE, seq)

    asked = run(stage, ask)
    assert run(stage, ask).id == asked.id

    async def answer(work: Work, record: Record) -> inquiry.Inquiry:
        return await inquiry.answer(work, asked.id, "Bác sĩ đang khám cho ông/bà.")

    officer = Principal("Practitioner/privacy", "privacy-officer", purpose="HCOMPL")
    assert run(stage, answer, officer).answered_at is not None
    with pytest.raises(inquiry.NoSuchInquiry):
        run(stage, answer, officer)


def test_nobody_asks_about_an_access_to_somebody_else(stage: Stage) -> None:
    stage.doctor.get("Condition/pressure-an")
    seq = of_doctor(stage)[-1]["seq"]

    async def ask(work: Work, record: Record) -> inquiry.Inquiry:
        return await inquiry.ask(work, BINH, "Ai?", ZONE, seq)

    with pytest.raises(inquiry.NoSuchAccess):
        run(stage, ask)


def seal_all(stage: Stage, folder: Path) -> None:
    """Seal what there is, as soon as what others wrote at that moment, on any database of the server, has ended."""

    async def body(work: Work, record: Record) -> bool:
        await seal.step(work, folder, ZONE)
        sealed = "select coalesce(sum(rows), 0) from access_seal"
        return bool(await work.connection.fetchval(f"select count(*) = ({sealed}) from access_log"))

    until = time.monotonic() + 20
    while not run(stage, body, seal.SEALER):
        assert time.monotonic() < until


def faults(stage: Stage, folder: Path) -> list[seal.Fault]:
    """What a walk through the log finds."""

    async def body(work: Work, record: Record) -> list[seal.Fault]:
        return (await seal.verify(work, folder))[1]

    return run(stage, body, seal.SEALER)


def change(stage: Stage, sql: str) -> None:
    """Tamper with the log as somebody with the database's password could."""

    async def body(work: Work, record: Record) -> None:
        await work.connection.execute(sql)

    run(stage, body, seal.SEALER)


def test_tampering_shows(stage: Stage, tmp_path: Path) -> None:
    change(stage, "delete from access_seal")
    for _ in range(2):
        stage.doctor.get("Condition/pressure-an")
        seal_all(stage, tmp_path)
    assert faults(stage, tmp_path) == []
    change(
        stage,
        "update access_log set subject = 'Practitioner/x' where seq = (select last_seq from access_seal where number = 1)",
    )
    assert [each.what for each in faults(stage, tmp_path)] == ["a row or the seal before it was changed"]
    change(stage, "delete from access_log where seq = (select last_seq from access_seal where number = 2)")
    assert len(faults(stage, tmp_path)) == 2
    change(stage, "delete from access_seal where number = 2")
    assert faults(stage, tmp_path)[-1].what == "the file knows a seal that the database has lost"


def test_blocks_that_were_hashed_as_json_hold_with_those_that_follow(stage: Stage, tmp_path: Path) -> None:
    async def as_before(work: Work, record: Record) -> None:
        rows = await work.connection.fetch(f"select tx, seq, {', '.join(COLUMNS)} from access_log order by tx, seq")
        hashed = seal.digest(seal.FIRST, 1, seal.as_json(rows))
        await work.connection.execute(
            "insert into access_seal (number, day, last_tx, last_seq, rows, sealed_at, hash) values (1, $1, $2, $3, $4, $5, $6)",
            work.at.date(), rows[-1]["tx"], rows[-1]["seq"], len(rows), work.at, hashed,
        )  # fmt: skip

    stage.doctor.get("Condition/pressure-an")
    change(stage, "delete from access_seal")
    run(stage, as_before, seal.SEALER)
    stage.doctor.get("Condition/pressure-an")
    seal_all(stage, tmp_path)
    assert faults(stage, tmp_path) == []
    change(stage, "update access_log set network = 'x' where seq = (select last_seq from access_seal where number = 1)")
    assert [each.number for each in faults(stage, tmp_path)] == [1]


class Failing:
    """An auditor whose store is gone."""

    async def within(self, work: Work) -> None:
        raise OSError

    async def apart(self, act: object) -> None:
        raise OSError


def test_nothing_is_written_that_cannot_be_written_down(stage: Stage) -> None:
    async def main() -> None:
        database, record = await open_tenant(settings_.read({}), stage.url, connections=2)
        database.auditor = Failing()
        try:
            await attempt(database, record)
        finally:
            await database.close()

    async def attempt(database: Database, record: Record) -> None:
        from anlanh.fhir.store import write

        async with works.begin(database, Principal("script:system", "system"), "TREAT") as work:
            await write.put(work, record, write.prepare(record, condition("lost", AN, "J00"), "lost"))

    with pytest.raises(OSError):  # noqa: PT011
        asyncio.run(main())
    assert Actor(stage.system).get("Condition/lost").status == 404


def test_nothing_is_shown_while_the_log_is_locked(stage: Stage) -> None:
    async def main() -> str:
        locker = await asyncpg.connect(stage.url)
        await locker.execute(f"begin; lock table {settings_.read({}).tenant}.access_log in access exclusive mode")
        database, record = await open_tenant(settings_.read({}), stage.url, connections=2)
        try:
            return await attempt(database, record)
        finally:
            await locker.execute("rollback")
            await locker.close()
            await database.close()

    async def attempt(database: Database, record: Record) -> str:
        from anlanh.access.audit.auditor import NotAudited
        from anlanh.fhir.store import read

        try:
            async with works.begin(database, Principal("script:system", "system"), "TREAT", transaction=False) as work:
                await read.read(work, record, "Condition", "pressure-an")
        except NotAudited:
            return "refused"
        return "shown"

    assert asyncio.run(main()) == "refused"


def test_what_is_to_be_sealed_is_found_without_reading_the_whole_log(stage: Stage) -> None:
    async def plan(work: Work, record: Record) -> str:
        await work.connection.execute("set local enable_seqscan = off")
        rows = await work.connection.fetch("explain " + seal._rows((1, 1), "tx < 5 order by tx, seq limit 10"))
        return "\n".join(row[0] for row in rows)

    assert "Index Scan using access_log_in_order" in run(stage, plan)
    assert "Sort" not in run(stage, plan)
