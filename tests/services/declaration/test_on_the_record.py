"""Declarations on a record with access control: one for each sending, nobody's work lost, really erased."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from anlanh.access import principals
from anlanh.access.accounts.problems import TooManyTries
from anlanh.access.accounts.vault import Vault
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import NotAllowed
from anlanh.fhir.subscriptions.hearing import News
from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work
from anlanh.services.declaration import jobs
from anlanh.services.declaration.actions import filling, forms, guests
from anlanh.services.declaration.actions.filling import Filled
from anlanh.services.declaration.model import (
    Guest,
    NoSuchDeclaration,
    NoSuchForm,
    NotAllAnswered,
    SomebodyElseWrote,
    VersionTaken,
    WhoAreYou,
)
from anlanh.services.declaration.store import entries
from anlanh.services.declaration.store import forms as store
from anlanh.tenant import open_tenant
from tests.access.stage import AN, BINH, CHILD, MOTHER, Stage, link, parent, person
from tests.services.declaration.forms import form, question

T = TypeVar("T")
SYSTEM = Principal("script:system", "system")
VISITOR = Principal("visitor:web", "visitor")
SAFE = Vault(b"of the tests")
WELL = {
    "tuoi": ("30",),
    "sot": ("false",),
    "ho": ("false",),
    "benh-nen": ("false",),
    "tiep-xuc": ("false",),
    "xa": ("Xã Phú Đình",),
}
NAME = "sot-ho-hap"


def citizen(reference: str, purpose: str = "PATRQT") -> Principal:
    """A citizen who is signed in."""
    return principals.principal(reference, "citizen", patient=reference, purpose=purpose, assurance=2)


FATHER = "Patient/father"
MAMA, PAPA = citizen(MOTHER, "FAMRQT"), citizen(FATHER, "FAMRQT")


def with_database(stage: Stage, body: Callable[[Database, Record], Awaitable[T]], connections: int = 3) -> T:
    """The result of a body that opens units of work itself."""

    async def main() -> T:
        database, record = await open_tenant(settings_.read({}), stage.url, connections=connections)
        try:
            return await body(database, record)
        finally:
            await database.close()

    return asyncio.run(main())


def run(
    stage: Stage, body: Callable[[Work, Record], Awaitable[T]], who: Principal = SYSTEM, *, transaction: bool = True
) -> T:
    """The result of a body in a unit of work."""

    async def main(database: Database, record: Record) -> T:
        async with works.begin(database, who, who.purpose, transaction=transaction) as work:
            return await body(work, record)

    return with_database(stage, main)


@pytest.fixture(autouse=True, scope="module")
def _forms_and_father_are_there(stage: Stage) -> None:
    run(stage, forms.enter_shipped)
    stage.put(person("father", "1985-01-02", link=link("father-of-child")))
    stage.put(parent("father-of-child", CHILD, FATHER))


async def _filled(work: Work, record: Record, **changed: Any) -> Filled:
    opened = await forms.opened(work, record, NAME)
    return filling.show(work, opened, {**WELL, **changed})


def declare(stage: Stage, who: Principal, person: str, key: str, *, finished: bool = True, **changed: Any) -> str:
    """Declare, or begin to."""

    async def body(work: Work, record: Record) -> str:
        return await filling.save(work, record, await _filled(work, record, **changed), person, key, finished=finished)

    return run(stage, body, who)


def change(stage: Stage, who: Principal, opened: Filled, **changed: Any) -> str:
    """Change what was opened, and keep it for later."""

    async def body(work: Work, record: Record) -> str:
        shown = filling.show(work, opened.open, {**opened.typed, **changed})
        mine = replace(shown, response_id=opened.response_id, version=opened.version)
        return await filling.save(work, record, mine, CHILD, "unused", finished=False)

    return run(stage, body, who)


def again(stage: Stage, who: Principal, declaration: str) -> Filled:
    """Open a declaration once more."""
    return run(stage, lambda work, record: filling.again(work, record, declaration), who)


def traces(stage: Stage, declaration: str, words: str) -> int:
    """In how many rows of the record and its history the words still stand."""

    async def body(work: Work, record: Record) -> int:
        count: int = await work.connection.fetchval(
            "select (select count(*) from history where rid = $1) + (select count(*) from resource where rid = $1"
            " and position($2::bytea in content) > 0)"
            " + (select count(*) from declaration_entry where id = $3 and closed is not null)",
            rid_of("QuestionnaireResponse", declaration), words.encode(), declaration,
        )  # fmt: skip
        return count

    return run(stage, body)


def past_their_day(stage: Stage) -> int:
    """Let the day of erasure of all declarations come, and the background work; how many were erased."""

    async def body(work: Work, record: Record) -> None:
        await work.connection.execute(
            "update declaration_entry set delete_on = current_date - 1 where erased_at is null"
        )

    run(stage, body)
    return with_database(stage, jobs.erase_due)


def test_what_is_declared_is_a_valid_response_of_its_person_and_sent_twice_it_is_one(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "key-1")
    assert declare(stage, citizen(AN), AN, "key-1", ho=("true",)) == made
    kept = stage.as_("citizen", AN).get(f"QuestionnaireResponse/{made}").body
    assert (kept["subject"], kept["author"], kept["status"]) == ({"reference": AN}, {"reference": AN}, "completed")
    assert kept["meta"]["versionId"] == "1"
    assert stage.as_("citizen", BINH).get(f"QuestionnaireResponse/{made}").status == 404
    found = run(stage, lambda work, record: filling.declared(work, record, made), citizen(AN))
    assert found.rule
    assert (found.rule.colour, found.entry.state) == ("green", "declared")


def test_what_is_not_all_answered_is_not_kept(stage: Stage) -> None:
    with pytest.raises(NotAllAnswered):
        declare(stage, citizen(AN), AN, "key-2", sot=())
    assert stage.as_("citizen", AN).get("QuestionnaireResponse?status=completed&_summary=count").status == 200
    assert run(stage, lambda work, record: entries.exists(work, record, "key-2"), citizen(AN)) is False


def test_a_mother_declares_for_her_child_and_nobody_else_does(stage: Stage) -> None:
    made = declare(stage, MAMA, CHILD, "key-3")
    kept = stage.as_("citizen", MOTHER, purpose="FAMRQT").get(f"QuestionnaireResponse/{made}").body
    assert (kept["subject"], kept["author"]) == ({"reference": CHILD}, {"reference": MOTHER})
    with pytest.raises(NotAllowed):
        declare(stage, citizen(BINH, "FAMRQT"), CHILD, "key-4")


def test_what_the_record_knows_is_filled_in_and_what_was_begun_goes_on(stage: Stage) -> None:
    opened = run(stage, lambda work, record: forms.opened(work, record, NAME))
    first = run(stage, lambda work, record: filling.begin(work, record, opened, BINH), citizen(BINH))
    assert (first.typed["xa"], first.version) == (("Xã Phú Đình",), 0)
    made = declare(stage, citizen(BINH), BINH, "key-5", finished=False, ho=("true",), sot=())
    on = run(stage, lambda work, record: filling.begin(work, record, opened, BINH), citizen(BINH))
    assert (on.response_id, on.version, on.typed["ho"]) == (made, 1, ("true",))


def test_two_of_a_family_write_at_once_and_nobody_s_work_is_lost(stage: Stage) -> None:
    made = declare(stage, MAMA, CHILD, "key-6", finished=False)
    hers, his = again(stage, MAMA, made), again(stage, PAPA, made)
    change(stage, MAMA, hers, sot=("true",), tuoi=("5",))
    with pytest.raises(SomebodyElseWrote):
        change(stage, PAPA, his, ho=("true",), tuoi=("6",))

    async def meet(work: Work, record: Record) -> Filled:
        mine = replace(
            filling.show(work, his.open, {**his.typed, "ho": ("true",), "tuoi": ("6",)}), response_id=made, version=1
        )
        return await filling.meet(work, record, mine)

    both = run(stage, meet, PAPA)
    assert {key: both.typed[key] for key in ("sot", "ho", "tuoi")} == {
        "sot": ("true",),
        "ho": ("true",),
        "tuoi": ("6",),
    }
    assert (both.conflicts, both.version) == ({"tuoi": ("5",)}, 2)
    change(stage, PAPA, both)
    assert again(stage, MAMA, made).typed["sot"] == ("true",)


def test_on_its_day_a_declaration_is_gone_with_its_history_and_the_proof_stays(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "key-7", finished=False, **{"dia-chi": ("Xóm Bí Mật",)})
    opened = again(stage, citizen(AN), made)

    async def finish(work: Work, record: Record) -> str:
        return await filling.save(work, record, opened, AN, "unused", finished=True)

    run(stage, finish, citizen(AN))
    assert traces(stage, made, "Xóm Bí Mật") == 2
    assert past_their_day(stage) >= 1
    assert traces(stage, made, "Xóm Bí Mật") == 0
    assert past_their_day(stage) == 0
    mine = run(stage, lambda work, record: filling.mine(work, record, [AN]), citizen(AN))[AN]
    assert next(each for each in mine if each.id == made).erased_at is not None
    log = stage.as_("citizen", AN).get("AuditEvent?action=D").body
    assert f"QuestionnaireResponse/{made}" in json.dumps(log)


def test_one_may_have_it_erased_before_its_day(stage: Stage) -> None:
    made = declare(stage, MAMA, CHILD, "key-8")
    with pytest.raises(NoSuchDeclaration):
        run(stage, lambda work, record: filling.erase(work, record, made), citizen(BINH))
    run(stage, lambda work, record: filling.erase(work, record, made), MAMA)
    assert traces(stage, made, "completed") == 0
    with pytest.raises(NoSuchDeclaration):
        run(stage, lambda work, record: filling.declared(work, record, made), MAMA)


def hear(stage: Stage, declaration: str) -> None:
    """Let this service hear of a change."""
    news = [News("QuestionnaireResponse", declaration, 2, "PUT", False)]
    run(stage, lambda work, record: jobs.follow(work, record, news))


def test_a_declaration_goes_with_its_person_and_is_known_to_be_gone(stage: Stage) -> None:
    made = declare(stage, citizen(AN), AN, "key-10")
    kept = stage.as_("citizen", AN).get(f"QuestionnaireResponse/{made}").body
    stage.put({**kept, "subject": {"reference": BINH}})
    hear(stage, made)
    theirs = run(stage, lambda work, record: filling.mine(work, record, [AN, BINH]), citizen(BINH))
    assert [made in {each.id for each in theirs[person]} for person in (AN, BINH)] == [False, True]
    stage.delete(f"QuestionnaireResponse/{made}")
    hear(stage, made)
    gone = run(stage, lambda work, record: entries.one(work, made))
    assert gone
    assert gone.erased_at is not None


def guest(
    stage: Stage, receipt: str, name: str = "Nông Văn Khách", phone: str = "0912 345 678", **changed: Any
) -> None:
    """Declare without an account."""

    async def body(work: Work, record: Record) -> None:
        filled = await _filled(work, record, **changed)
        await guests.declare(work, record, SAFE, filled, Guest(name, phone), receipt)

    run(stage, body, VISITOR)


def test_a_guest_s_declaration_is_sealed_apart_and_sent_twice_it_is_one(stage: Stage) -> None:
    guest(stage, "receipt-1", ho=("true",), sot=("true",), **{"ngay-sot": ("2026-11-20",)})
    guest(stage, "receipt-1")
    found = run(stage, lambda work, record: guests.declared(work, record, SAFE, "receipt-1"), VISITOR)
    assert found.rule
    assert (found.rule.colour, found.nodes, found.person) == ("yellow", (), "")

    async def rows(work: Work, record: Record) -> list[str]:
        return [str(dict(row)) for row in await work.connection.fetch("select * from declaration_entry order by id")]

    assert not [row for row in run(stage, rows) if "Khách" in row or "0912" in row]


def test_a_guest_says_who_they_are(stage: Stage) -> None:
    with pytest.raises(WhoAreYou):
        guest(stage, "receipt-2", name=" ")
    with pytest.raises(WhoAreYou):
        guest(stage, "receipt-2", phone="12")


def test_who_holds_the_receipt_makes_it_their_own_once(stage: Stage) -> None:
    guest(stage, "receipt-3")
    made = run(stage, lambda work, record: guests.claim(work, record, SAFE, "receipt-3"), citizen(AN))
    assert run(stage, lambda work, record: guests.claim(work, record, SAFE, "receipt-3"), citizen(AN)) == made
    assert stage.as_("citizen", AN).get(f"QuestionnaireResponse/{made}").body["subject"] == {"reference": AN}
    with pytest.raises(NoSuchDeclaration):
        run(stage, lambda work, record: guests.claim(work, record, SAFE, "receipt-3"), citizen(BINH))
    with pytest.raises(NoSuchDeclaration):
        run(stage, lambda work, record: guests.declared(work, record, SAFE, "receipt-3"), VISITOR)


def test_a_guest_s_declaration_is_erased_on_its_day_too(stage: Stage) -> None:
    guest(stage, "receipt-4")
    past_their_day(stage)
    with pytest.raises(NoSuchDeclaration):
        run(stage, lambda work, record: guests.declared(work, record, SAFE, "receipt-4"), VISITOR)


def test_one_network_does_not_declare_without_end(stage: Stage) -> None:
    async def many(work: Work, record: Record) -> None:
        for _ in range(guests.OF_GUESTS.free + 2):
            await guests.count_try(work, SAFE, "192.0.2.7")

    with pytest.raises(TooManyTries):
        run(stage, many, VISITOR, transaction=False)


def test_a_new_version_closes_the_one_before_and_neither_ever_changes(stage: Stage) -> None:
    def publish(version: str, *items: dict[str, Any]) -> None:
        content = json.dumps(form(*items, name="moi", version=version)).encode()
        run(stage, lambda work, record: forms.publish(work, record, content))

    publish("1", question("a"))
    publish("1", question("a"))
    publish("2", question("a"), question("b"))
    with pytest.raises(VersionTaken):
        publish("1", question("c"))
    found = run(stage, lambda work, record: forms.versions(work, record, "moi"))
    assert {each.version: each.status for each in found} == {"1": "retired", "2": "active"}
    opened = run(stage, lambda work, record: forms.opened(work, record, "moi"), VISITOR)
    assert opened.form.version == "2"
    run(stage, lambda work, record: forms.close(work, record, "moi"))
    with pytest.raises(NoSuchForm):
        run(stage, lambda work, record: forms.opened(work, record, "moi"), VISITOR)


def test_declarations_are_counted_by_day_and_commune_and_stay_counted(stage: Stage) -> None:
    declare(stage, citizen(AN), AN, "key-9", xa=("Phường Linh Sơn",))
    past_their_day(stage)
    counted = run(stage, lambda work, record: forms.counts(work, record, NAME))
    assert ("05710", "green") in {(commune, colour) for _, commune, colour, _ in counted}


def test_a_new_version_that_comes_with_the_program_opens_in_the_place_of_the_one_before(stage: Stage) -> None:
    made = form(question("q", "boolean"), name="di-kem")

    async def entered(work: Work, record: Record) -> list[tuple[str, str]]:
        for version in ("1.9.0", "1.10.0", "1.9.0"):
            await forms.enter(work, record, {**made, "id": f"di-kem-{version}", "version": version})
        found = await store.versions(work, record, made["url"])
        return sorted((each["version"], each["status"]) for each in found)

    assert run(stage, entered) == [("1.10.0", "active"), ("1.9.0", "retired")]
    run(stage, lambda work, record: forms.close(work, record, "di-kem"))
