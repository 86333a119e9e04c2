"""Consent with receipts, delegation, requests and erasure on a record with access control."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import asyncpg
import pytest

from anlanh.access import principals
from anlanh.access.audit import relatives
from anlanh.access.audit.looks import Page, Wanted
from anlanh.access.rights import choices, consents, copy, erasure, expiry, kin, receipts, requests
from anlanh.access.rights.choices import Choice, Kind
from anlanh.access.rights.problems import ExtendedBefore, NobodySo, NoSuchRequest, NotEntrusted, NotToOneself
from anlanh.access.rights.receipts import How
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.problems import NotFound
from anlanh.fhir.store.record import Record
from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.platform.work import Principal, Work
from anlanh.tenant import open_tenant
from tests.access.stage import AN, BINH, CHILD, DOCTOR, HOSPITAL, MOTHER, TEEN, Stage, person

T = TypeVar("T")
SYSTEM = Principal("script:system", "system")
LATER = datetime.now(UTC).date() + timedelta(days=30)


def citizen(reference: str) -> Principal:
    """A citizen who is signed in."""
    return principals.principal(reference, "citizen", patient=reference, assurance=2)


def run(stage: Stage, body: Callable[[Work, Record], Awaitable[T]], who: Principal, *, days: int = 0) -> T:
    """The result of a body in a transaction, so many days ahead."""

    async def main() -> T:
        database, record = await open_tenant(settings_.read({}), stage.url, connections=2)
        try:
            async with works.begin(database, who, who.purpose) as work:
                work.at += timedelta(days=days)
                return await body(work, record)
        finally:
            await database.close()

    return asyncio.run(main())


def choose(stage: Stage, who: str, choice: Choice) -> str:
    """Choose as a citizen; the id of the Consent."""
    return run(stage, lambda work, record: consents.choose(work, record, choice, How()), citizen(who))


def withdraw(stage: Stage, who: str, consent_id: str) -> None:
    """Take it back."""
    run(stage, lambda work, record: consents.withdraw(work, record, consent_id, How()), citizen(who))


def kept(stage: Stage, who: str) -> list[receipts.Receipt]:
    """The receipts of a person."""
    return run(stage, lambda work, _: receipts.of(work, who), citizen(who))


def test_a_choice_is_in_force_at_once_until_it_is_taken_back_and_leaves_receipts(stage: Stage) -> None:
    assert stage.doctor.get("Condition?subject=Patient/an").ids == ["Condition/pressure-an"]
    made = choose(stage, AN, Choice(Kind.HIDE_FACILITY, HOSPITAL, "Bệnh viện"))
    assert choose(stage, AN, Choice(Kind.HIDE_FACILITY, HOSPITAL, "Bệnh viện")) == made
    assert stage.doctor.get("Condition?subject=Patient/an").ids == []
    withdraw(stage, AN, made)
    assert stage.doctor.get("Condition?subject=Patient/an").ids == ["Condition/pressure-an"]
    assert [each.act for each in kept(stage, AN) if each.consent_id == made] == ["withdrawn", "given", "given"]
    assert all(each.text_sha256 == choices.digest(each.says) for each in kept(stage, AN))


def test_nobody_changes_a_receipt(stage: Stage) -> None:
    choose(stage, AN, Choice(Kind.PURPOSE, "ai-training"))

    async def change(work: Work, record: Record) -> None:
        await work.connection.execute("update consent_receipt set says = 'x'")

    with pytest.raises(asyncpg.RaiseError):
        run(stage, change, SYSTEM)


def test_nothing_said_is_no_and_a_purpose_is_agreed_to_until_taken_back(stage: Stage) -> None:
    def agreed() -> bool:
        return run(stage, lambda work, _: receipts.agreed(work, BINH, "research"), SYSTEM)

    assert not agreed()
    made = choose(stage, BINH, Choice(Kind.PURPOSE, "research"))
    assert agreed()
    withdraw(stage, BINH, made)
    assert not agreed()


def test_a_delegate_sees_what_is_not_sensitive_and_what_is_named_and_either_side_ends_it(stage: Stage) -> None:
    binh = stage.as_("citizen", BINH)
    assert binh.get("Condition?subject=Patient/an").ids == []
    plain = Choice(Kind.DELEGATE, BINH, "Bình", LATER, "đi lấy thuốc hộ")
    made = choose(stage, AN, plain)
    assert binh.get("Condition?subject=Patient/an").ids == ["Condition/pressure-an"]
    choose(stage, AN, Choice(Kind.DELEGATE, BINH, "Bình", LATER, "đi lấy thuốc hộ", ("HIV",)))
    assert set(binh.get("Condition?subject=Patient/an").ids) == {"Condition/pressure-an", "Condition/hiv-an"}
    found = run(stage, kin.entrusted, citizen(BINH))
    assert [(each.reference, each.kind, each.source) for each in found] == [(AN, "delegate", made)]
    with pytest.raises(NotEntrusted):
        run(stage, lambda work, record: consents.give_back(work, record, made, How()), citizen(MOTHER))
    run(stage, lambda work, record: consents.give_back(work, record, made, How(relation="delegate")), citizen(BINH))
    assert binh.get("Condition?subject=Patient/an").ids == []
    last = next(each for each in kept(stage, AN) if each.consent_id == made)
    assert (last.act, last.signer) == ("withdrawn", BINH)


def test_a_record_is_entrusted_by_number_and_name_together_only(stage: Stage) -> None:
    number = str(person("binh", "1971-05-06")["identifier"][0]["value"])

    def find(name: str, who: str = AN) -> tuple[str, str]:
        return run(stage, lambda work, record: kin.by_number_and_name(work, record, number, name), citizen(who))

    assert find("nguyễn thị BINH")[0] == BINH
    for name, who, problem in (("Nguyễn Thị Khác", AN, NobodySo), ("Nguyễn Thị binh", BINH, NotToOneself)):
        with pytest.raises(problem):
            find(name, who)


def test_both_sides_are_told_once_when_a_delegation_has_ended(stage: Stage) -> None:
    made = choose(stage, AN, Choice(Kind.DELEGATE, BINH, "Bình", LATER, "đi khám hộ"))
    assert run(stage, expiry.step, SYSTEM) == 0
    assert run(stage, expiry.step, SYSTEM, days=33) == 2
    assert run(stage, expiry.step, SYSTEM, days=33) == 0
    withdraw(stage, AN, made)


def test_parents_have_their_children_and_their_children_know_it(stage: Stage) -> None:
    assert {each.reference for each in run(stage, kin.entrusted, citizen(MOTHER))} == {CHILD, TEEN}
    seen = run(stage, lambda work, record: kin.trusted(work, record, TEEN), citizen(TEEN))
    assert [(each.reference, each.kind) for each in seen] == [(MOTHER, "parent")]
    with pytest.raises(NotEntrusted):
        run(stage, lambda work, record: kin.chosen(work, record, "an"), citizen(MOTHER))


def list_of_teen(stage: Stage) -> Page:
    """The list of the adolescent as her mother is shown it."""
    return run(stage, lambda work, record: relatives.of(work, record, TEEN, Wanted(), "parent"), citizen(MOTHER))


def test_parents_are_not_told_who_opened_what_is_the_adolescents_own(stage: Stage) -> None:
    stage.put({"resourceType": "Encounter", "id": "teen-visit", "status": "in-progress", "class": {"code": "AMB"},
               "subject": {"reference": TEEN}, "serviceProvider": {"reference": HOSPITAL}})  # fmt: skip
    open_clinic = stage.as_("doctor", "Practitioner/sex", HOSPITAL, programmes=("reproductive-health",))
    stage.doctor.get("Condition/cold-teen")
    stage.as_("citizen", TEEN).get("Condition/std-teen")
    open_clinic.get("Condition/std-teen")
    open_clinic.get("Condition/cold-teen")
    shown = {each.subject for each in list_of_teen(stage).looks}
    assert DOCTOR in shown
    assert "Practitioner/sex" not in shown
    assert TEEN not in shown
    assert MOTHER in {each.subject for each in list_of_teen(stage).looks}


def ask(
    stage: Stage, kind: requests.Kind, *scopes: str, item: str = "", who: str = AN, says: str = "x"
) -> requests.Asked:
    """Ask as a citizen."""
    return run(stage, lambda work, record: requests.ask(work, record, who, kind, says, scopes, item), citizen(who))


def test_a_correction_reaches_the_facility_and_whoever_opens_the_record_next(stage: Stage) -> None:
    asked = ask(stage, requests.Kind.CORRECT, item="Condition/pressure-an", says="Tôi không bị bệnh này")
    assert ask(stage, requests.Kind.CORRECT, item="Condition/pressure-an", says="Tôi không bị bệnh này") == asked
    tasks = stage.doctor.get("Task?patient=Patient/an").body["entry"]
    assert [each["resource"]["focus"]["reference"] for each in tasks] == ["Condition/pressure-an"]
    assert len(stage.doctor.get("Flag?patient=Patient/an").ids) == 1
    with pytest.raises(NotFound):
        ask(stage, requests.Kind.CORRECT, item="Condition/pressure-binh")
    with pytest.raises(NotFound):
        ask(stage, requests.Kind.CORRECT, item="Condition/cold-child", who=MOTHER)


def test_a_request_is_extended_once_and_answered_once(stage: Stage) -> None:
    asked = ask(stage, requests.Kind.RESTRICT, says="Ngừng gửi cho cơ sở X")

    def officer(body: Callable[[Work, Record], Awaitable[Any]]) -> Any:
        return run(stage, body, principals.principal("Practitioner/officer", "privacy-officer", assurance=2))

    longer = officer(lambda work, record: requests.extend(work, record, asked.id, "chờ cơ sở"))
    assert longer.done_by - asked.done_by == timedelta(days=5)
    with pytest.raises(ExtendedBefore):
        officer(lambda work, record: requests.extend(work, record, asked.id, "nữa"))
    officer(lambda work, record: requests.answer(work, record, asked.id, "done", "Đã ngừng."))
    with pytest.raises(NoSuchRequest):
        officer(lambda work, record: requests.answer(work, record, asked.id, "done", "Đã ngừng."))


def form(name: str, who: str, source: str, text: str) -> dict[str, Any]:
    """A form that somebody has filled in about a person."""
    return {
        "resourceType": "QuestionnaireResponse", "id": name, "status": "completed", "subject": {"reference": who},
        "source": {"reference": source}, "item": [{"linkId": "1", "answer": [{"valueString": text}]}],
    }  # fmt: skip


def test_what_may_go_is_gone_with_its_versions_and_what_must_stay_stays(stage: Stage) -> None:
    for text in ("first words", "second words"):
        stage.put(form("mine", BINH, BINH, text))
    stage.put(form("deleted-before", BINH, BINH, "third words"))
    stage.delete("QuestionnaireResponse/deleted-before")
    stage.put(form("of-the-nurse", BINH, "Practitioner/nurse", "fourth words"))
    asked = ask(stage, requests.Kind.ERASE, "declarations", "medical-record", who=BINH, says="")
    assert (asked.outcome, asked.erase_from is not None) == ("partly", True)
    assert run(stage, erasure.step, erasure.ERASER)
    assert not run(stage, erasure.step, erasure.ERASER)

    async def left(work: Work, record: Record) -> list[bytes]:
        rows = await work.connection.fetch("select content from resource union all select content from history")
        return [row["content"] for row in rows if b" words" in row["content"]]

    assert [b"fourth" in each for each in run(stage, left, SYSTEM)] == [True]
    assert stage.as_("citizen", BINH).get("Condition/pressure-binh").status == 200
    assert run(stage, lambda work, _: requests.mine(work, BINH), citizen(BINH))[0].erased == 2


def test_a_copy_holds_ones_own_record_and_nobody_elses_and_is_on_the_list(stage: Stage) -> None:
    lines = run(stage, lambda work, record: copy.ndjson(work, record, AN), citizen(AN)).decode().splitlines()
    assert any('"id":"hiv-an"' in line for line in lines)
    assert not any("pressure-binh" in line for line in lines)

    async def taken(work: Work, record: Record) -> int:
        return int(
            await work.connection.fetchval(
                "select count(*) from access_log where deed = 'E' and subject = $1 and patients @> array[$2::bigint]",
                AN, rid_of(*AN.split("/")),
            )
        )  # fmt: skip

    assert run(stage, taken, SYSTEM) == 1


def test_nobody_takes_back_what_is_not_theirs(stage: Stage) -> None:
    made = choose(stage, AN, Choice(Kind.HIDE_PART, "images"))

    async def other(work: Work, record: Record) -> None:
        await consents.withdraw(work, record, made, How())

    with pytest.raises(consents.NoSuchConsent):
        run(stage, other, citizen(BINH))
    withdraw(stage, AN, made)
