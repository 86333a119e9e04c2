"""Messages on a record with access control: once each, in the inbox first, never sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
import pytest

from anlanh.access import principals
from anlanh.access.rights import notices
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.fhir.subscriptions.hearing import News
from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work
from anlanh.services.notify import api, jobs, rules
from anlanh.services.notify.actions import broadcasting, inbox, sending, telling
from anlanh.services.notify.actions.channels import Channel
from anlanh.services.notify.actions.channels.sink import Sink
from anlanh.services.notify.model import Claimed, Delivery, FourEyes, Message, NoSuchMessage, Receipt
from anlanh.services.notify.store import deliveries, people
from anlanh.tenant import open_tenant
from tests.access.stage import AN, BINH, CHILD, LABELS, MOTHER, TEEN, Stage

T = TypeVar("T")
SYSTEM = Principal("script:system", "system")
OFFICER = principals.principal("Practitioner/doctor", "surveillance-officer", assurance=2)
DIRECTOR = principals.principal("Practitioner/other", "director", assurance=2)


def citizen(reference: str) -> Principal:
    """A citizen who is signed in."""
    return principals.principal(reference, "citizen", patient=reference, assurance=2)


def with_database(stage: Stage, body: Callable[[Database, Record], Awaitable[T]], connections: int = 4) -> T:
    """The result of a body that opens units of work itself."""

    async def main() -> T:
        database, record = await open_tenant(settings_.read({}), stage.url, connections=connections)
        try:
            return await body(database, record)
        finally:
            await database.close()

    return asyncio.run(main())


def run(
    stage: Stage, body: Callable[[Work, Record], Awaitable[T]], who: Principal = SYSTEM, later: timedelta = timedelta(0)
) -> T:
    """The result of a body in a transaction, so much later."""

    async def main(database: Database, record: Record) -> T:
        async with works.begin(database, who, who.purpose) as work:
            work.at += later
            return await body(work, record)

    return with_database(stage, main)


def tell(stage: Stage, message: Message) -> str:
    """Tell somebody something; the id of the message."""
    return run(stage, lambda work, record: api.tell(work, record, message))


def ways(stage: Stage, message_id: str) -> list[Delivery]:
    """The deliveries of a message."""

    async def body(work: Work, record: Record) -> list[Delivery]:
        return (await deliveries.of_messages(work, [message_id])).get(message_id, [])

    return run(stage, body)


def make_due(stage: Stage, *ids: str) -> None:
    """Only the deliveries of these messages wait, and they are due now, whatever the hour."""

    async def body(work: Work, record: Record) -> None:
        await work.connection.execute(
            "update notify_delivery set due_at = now() + interval '9 days' where state = 'waiting'"
        )
        await work.connection.execute(
            "update notify_delivery set due_at = now() - interval '1 s' where message = any($1::text[])", list(ids)
        )

    run(stage, body)


class Counting:
    """A channel that counts, and answers what it is given."""

    def __init__(self, *answers: Receipt) -> None:
        self.answers = list(answers)
        self.taken: list[Claimed] = []

    async def send(self, claimed: Claimed) -> Receipt:
        """Count it."""
        self.taken.append(claimed)
        return self.answers.pop(0) if self.answers else Receipt("sent")


class Killed:
    """A channel during which the process is killed."""

    async def send(self, claimed: Claimed) -> Receipt:
        """Gone."""
        raise asyncio.CancelledError


def send(stage: Stage, channel: Channel, processes: int = 1) -> None:
    """Send what is due, by several processes at once."""
    every = dict.fromkeys(("push", "zalo", "sms", "email"), channel)

    async def body(database: Database, record: Record) -> None:
        await asyncio.gather(*(sending.step(database, record, every) for _ in range(processes)))

    with_database(stage, body, connections=processes + 2)


def message(occasion: str, person: str = AN, kind: str = "result", **more: Any) -> Message:
    """A message."""
    return Message(person, kind, "Có kết quả mới", "Kết quả mới đã có trong hồ sơ.", occasion, "/ho-so", **more)


def report(name: str, patient: str, status: str = "final", **more: Any) -> dict[str, Any]:
    """A DiagnosticReport issued now."""
    return {
        "resourceType": "DiagnosticReport", "id": name, "status": status, "code": {"text": "Xét nghiệm"},
        "subject": {"reference": patient}, "issued": instant_text(works.instant()), **more,
    }  # fmt: skip


def hear(stage: Stage, resource: dict[str, Any]) -> None:
    """Write a report, and let this service hear of it, twice."""
    stage.put(resource)
    news = [News("DiagnosticReport", resource["id"], 1, "PUT", False)] * 2
    run(stage, lambda work, record: jobs.results_came(work, record, news))


def titles(stage: Stage, who: str) -> list[str]:
    """Headings of what a person was told, the newest first."""
    letters = run(stage, lambda work, record: api.newest(work, record), citizen(who))
    return [each.title for each in letters]


def test_twenty_who_tell_the_same_at_once_make_one_message(stage: Stage) -> None:
    before = run(stage, lambda work, record: api.unread(work), citizen(BINH))

    async def body(database: Database, record: Record) -> set[str]:
        async def one() -> str:
            async with works.begin(database, SYSTEM, works.OPERATIONS) as work:
                return await api.tell(work, record, message("twenty", BINH))

        return set(await asyncio.gather(*(one() for _ in range(20))))

    made = with_database(stage, body, connections=10)
    assert len(made) == 1
    assert run(stage, lambda work, record: api.unread(work), citizen(BINH)) == before + 1
    assert [each.channel for each in ways(stage, made.pop())] == ["push", "email", "zalo", "sms"]


def test_a_message_is_told_if_and_only_if_its_transaction_holds(stage: Stage) -> None:
    async def body(work: Work, record: Record) -> None:
        await api.tell(work, record, message("undone"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(stage, body)
    assert ways(stage, rules.id_of(AN, "undone")) == []


def test_opening_a_message_counts_as_read_and_spares_what_was_planned(stage: Stage) -> None:
    told = tell(stage, message("opened"))
    letter, _ = run(stage, lambda work, record: inbox.open_letter(work, record, told), citizen(AN))
    assert (letter.title, letter.read) == ("Có kết quả mới", False)
    assert stage.as_("citizen", AN).get(f"Communication/{told}").body["received"]
    make_due(stage, told)
    channel = Counting()
    send(stage, channel)
    assert channel.taken == []
    assert {each.state for each in ways(stage, told)} == {"spared"}


def test_nobody_opens_the_message_of_somebody_else(stage: Stage) -> None:
    told = tell(stage, message("private"))
    with pytest.raises(NoSuchMessage):
        run(stage, lambda work, record: inbox.open_letter(work, record, told), citizen(BINH))
    assert stage.as_("citizen", BINH).get(f"Communication/{told}").status == 404


def test_five_processes_at_once_send_each_delivery_once(stage: Stage) -> None:
    told = [tell(stage, message(f"five {number}")) for number in range(6)]
    make_due(stage, *told)
    channel = Counting()
    send(stage, channel, processes=5)
    assert sorted((each.message.id, each.channel) for each in channel.taken) == sorted(
        (each, way) for each in told for way in ("zalo", "sms")
    )
    assert {each.body for each in channel.taken} == {rules.OUTSIDE}


def test_what_was_cut_off_between_taking_and_sending_is_never_sent_again(stage: Stage) -> None:
    told = tell(stage, message("cut off"))
    make_due(stage, told)
    with pytest.raises(asyncio.CancelledError):
        send(stage, Killed())
    assert {each.state for each in ways(stage, told) if each.channel in ("zalo", "sms")} == {"sending"}
    again = Counting()
    send(stage, again)

    async def much_later(work: Work, record: Record) -> None:
        await work.connection.execute("update notify_delivery set changed_at = changed_at - interval '6 min'")

    run(stage, much_later)
    send(stage, again)
    assert again.taken == []
    assert {each.state for each in ways(stage, told) if each.channel in ("zalo", "sms")} == {"unsure"}


def test_a_fault_that_passes_is_tried_again_later_and_at_last_set_aside(stage: Stage) -> None:
    told = tell(stage, message("down", priority="urgent"))
    channel = Counting(*[Receipt("later", "it answered 503")] * 12)
    for _ in range(8):
        make_due(stage, told)
        send(stage, channel)
    found = {each.channel: (each.state, each.tries) for each in ways(stage, told)}
    assert found == {"push": ("absent", 0), "zalo": ("dead", 6), "sms": ("dead", 6)}
    dead = run(stage, lambda work, record: deliveries.dead(work, 50))
    assert {each.id for each in ways(stage, told) if each.state == "dead"} <= {each.id for each in dead}
    counted = run(stage, lambda work, record: deliveries.counts(work))
    assert {channel for channel, state, count in counted if state == "dead"} >= {"zalo", "sms"}
    run(stage, lambda work, record: broadcasting.revive(work, dead[0].id))
    assert dead[0].id in {each.id for each in ways(stage, told) if each.state == "waiting"}


def test_where_nobody_is_reached_the_next_rung_follows_at_once(stage: Stage) -> None:
    told = tell(stage, message("no device", priority="urgent"))
    zalo = next(each for each in ways(stage, told) if each.channel == "zalo")
    send(stage, Counting())
    hastened = next(each for each in ways(stage, told) if each.channel == "zalo")
    assert hastened.due_at < zalo.due_at


def test_a_device_that_is_gone_is_forgotten(stage: Stage) -> None:
    address = '{"endpoint":"https://push.example/gone","keys":{"p256dh":"x","auth":"y"}}'
    run(stage, lambda work, record: inbox.subscribe(work, address, "Android"), citizen(TEEN))
    kept = run(stage, lambda work, record: people.addresses(work, record, rid_of("Patient", "teen"), "push"))
    assert len(kept) == 1
    told = tell(stage, message("gone", TEEN))
    make_due(stage, told)
    send(stage, Counting(Receipt("refused", "it answered 410", gone=kept)))
    assert run(stage, lambda work, record: people.devices(work, rid_of("Patient", "teen"))) == []
    assert "refused" in {each.state for each in ways(stage, told)}


def test_what_is_switched_off_is_not_sent_but_stays_in_the_inbox(stage: Stage) -> None:
    run(stage, lambda work, record: inbox.choose(work, ["result.sms"]), citizen(BINH))
    told = tell(stage, message("quiet please", BINH))
    make_due(stage, told)
    channel = Counting()
    send(stage, channel)
    assert [each.channel for each in channel.taken] == ["sms"]
    assert "Có kết quả mới" in titles(stage, BINH)


def test_where_there_is_no_gateway_texts_are_kept_to_be_looked_at(stage: Stage) -> None:
    told = tell(stage, message("sink"))
    make_due(stage, told)

    async def body(database: Database, record: Record) -> None:
        await sending.step(database, record, dict.fromkeys(("push", "zalo", "sms", "email"), Sink(database)))

    with_database(stage, body)
    kept = run(stage, lambda work, record: deliveries.sunk(work, 5))
    assert [(channel, body) for _, channel, _, body in kept] == [("sms", rules.OUTSIDE), ("zalo", rules.OUTSIDE)]


def test_a_result_is_told_once_and_a_correction_once_more(stage: Stage) -> None:
    made = report("blood-binh", BINH)
    hear(stage, made)
    hear(stage, {**made, "conclusion": "Bình thường"})
    hear(stage, {**made, "status": "corrected"})
    assert titles(stage, BINH)[:2] == ["Kết quả đã được đính chính", "Có kết quả mới"]
    told = run(stage, lambda work, record: api.newest(work, record, 1), citizen(BINH))
    assert told[0].link == "/cua-toi/ket-qua"


def test_old_and_unfinished_results_are_not_told(stage: Stage) -> None:
    before = titles(stage, AN)
    hear(stage, report("old-an", AN, issued="2020-01-02T03:04:05Z"))
    hear(stage, report("begun-an", AN, "preliminary"))
    assert titles(stage, AN) == before


def test_parents_hear_of_the_results_of_a_child_that_they_may_see(stage: Stage) -> None:
    hear(stage, report("blood-child", CHILD))
    hear(stage, report("secret-teen", TEEN, meta={"security": [{"system": LABELS, "code": "SDV"}]}))
    letters = run(stage, lambda work, record: api.newest(work, record), citizen(MOTHER))
    assert [each.link for each in letters] == ["/cua-toi/ket-qua?nguoi=child"]
    assert "Nguyễn Thị child" in letters[0].text
    log = run(stage, lambda work, record: inbox.sent(work), citizen(CHILD))
    assert [(each.person == rid_of("Patient", "child"), each.kind) for each, _ in log].count((False, "result")) == 1


def test_what_other_parts_write_to_a_person_is_in_the_inbox_too(stage: Stage) -> None:
    async def body(work: Work, record: Record) -> None:
        await notices.tell(work, record, AN, "Câu hỏi của ông/bà đã được trả lời. Mở để đọc.", "inquiry 1")
        name = await work.connection.fetchval("select id from resource order by updated_at desc limit 1")
        await telling.take_in(work, record, name)
        await telling.take_in(work, record, name)

    run(stage, body)
    assert titles(stage, AN)[0] == "Câu hỏi của ông/bà đã được trả lời"
    assert titles(stage, AN).count("Câu hỏi của ông/bà đã được trả lời") == 1


def test_a_message_follows_its_person_when_two_records_are_merged(stage: Stage) -> None:
    told = tell(stage, message("merged", TEEN))
    resource = stage.as_("citizen", TEEN).get(f"Communication/{told}").body
    stage.put({**resource, "subject": {"reference": BINH}, "recipient": [{"reference": BINH}]})
    run(stage, lambda work, record: jobs.messages_came(work, record, [News("Communication", told, 2, "PUT", False)]))
    letters = run(stage, lambda work, record: api.newest(work, record), citizen(BINH))
    assert told in {each.id for each in letters}
    assert len(ways(stage, told)) == 4


def test_a_call_goes_out_only_when_a_second_person_approves_and_to_each_once(stage: Stage) -> None:
    async def write(work: Work, record: Record) -> str:
        return await broadcasting.write(work, "Bão số 9", "Ở trong nhà tối nay.", "station", (60, 130), True)

    call = run(stage, write, OFFICER)
    with pytest.raises(FourEyes):
        run(stage, lambda work, record: broadcasting.decide(work, call, True), OFFICER)
    assert not with_database(stage, broadcasting.step)
    run(stage, lambda work, record: broadcasting.decide(work, call, True), DIRECTOR)
    assert [with_database(stage, broadcasting.step) for _ in range(2)] == [True, False]
    found = run(stage, lambda work, record: broadcasting.one(work, call))
    assert (found.state, found.told, found.read) == ("sent", 1, 0)
    assert (titles(stage, AN)[0], "Bão số 9" in titles(stage, BINH)) == ("Bão số 9", False)
    run(stage, lambda work, record: inbox.read_all(work, record), citizen(AN))
    assert run(stage, lambda work, record: broadcasting.one(work, call)).read == 1


def test_the_database_itself_wants_four_eyes(stage: Stage) -> None:
    async def write(work: Work, record: Record) -> str:
        return await broadcasting.write(work, "Bão số 10", "Ở trong nhà.", "", (0, 130), False)

    call = run(stage, write, OFFICER)

    async def cheat(work: Work, record: Record) -> None:
        await work.connection.execute(
            "update notify_broadcast set state = 'approved', decided_by = written_by where id = $1", call
        )

    with pytest.raises(asyncpg.CheckViolationError):
        run(stage, cheat)


def test_staff_read_what_they_were_told_of_their_account_and_nobody_else_does(stage: Stage) -> None:
    told = principals.principal("Practitioner/doctor", "doctor", assurance=2)
    colleague = principals.principal("Practitioner/other", "doctor", assurance=2)

    async def happens(work: Work, record: Record) -> None:
        await notices.tell(work, record, told.subject, "Đã đổi.", "account 1", kind="account", title="Đã đổi mật khẩu")
        (found,) = await work.connection.fetch("select id from resource order by updated_at desc, rid limit 1")
        await jobs.messages_came(work, record, [News("Communication", found["id"], 1, False, "PUT")])

    async def reads(work: Work, record: Record) -> list[tuple[str, str]]:
        return [(each.title, each.link) for each in await inbox.newest(work, record)]

    run(stage, happens)
    assert run(stage, reads, told) == [("Đã đổi mật khẩu", "/tai-khoan")]
    assert run(stage, reads, colleague) == []


def test_staff_are_not_told_by_others_of_a_persons_data() -> None:
    about = {"status": "completed", "recipient": [{"reference": "Practitioner/doctor"}], "sent": "2026-11-23T07:00:00Z"}
    account = {"category": [{"coding": [{"system": rules.KIND_SYSTEM, "code": "account"}]}]}
    assert rules.recipient(about) == ""
    assert rules.recipient(about | account) == "Practitioner/doctor"
    assert rules.recipient(about | account | {"subject": {"reference": AN}}) == ""
