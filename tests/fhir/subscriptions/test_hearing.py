"""Services hear of every change once, in order; what cannot be taken in waits alone, and is set aside at last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from anlanh.fhir.store import write
from anlanh.fhir.store.record import Record
from anlanh.fhir.subscriptions import dispatch, hearing
from anlanh.fhir.subscriptions.hearing import Hearing, News
from anlanh.fhir.subscriptions.register import Register
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal, Work
from tests.conftest import Ground

WRITER = Principal("test", "system")


@dataclass
class Listener:
    """Writes down what it hears, as organizations of that name; `refuses` one id."""

    refuses: str = ""
    heard: list[News] = field(default_factory=list)

    async def hear(self, work: Work, record: Record, news: Sequence[News]) -> None:
        for each in news:
            resource = {"resourceType": "Organization", "name": each.id}
            await write.put(work, record, write.prepare(record, resource, f"heard-{each.id}-{each.version}"))
        if any(each.id == self.refuses for each in news):
            raise ValueError(self.refuses)
        self.heard += news


async def _write(database: Database, record: Record, *ids: str) -> None:
    for each in ids:
        async with works.begin(database, WRITER, works.TREATMENT) as work:
            await write.put(work, record, write.prepare(record, {"resourceType": "Patient"}, each))


async def _delete(database: Database, record: Record, resource_id: str) -> None:
    async with works.begin(database, WRITER, works.TREATMENT) as work:
        await write.delete(work, record, "Patient", resource_id)


def test_a_service_hears_each_change_of_its_types_once_and_in_order(ground: Ground) -> None:
    listener = Listener()
    own = Hearing("test.people", ("Patient",), listener.hear)

    async def body(database: Database) -> None:
        register = Register(database, ground.record, hearings=[own])
        await _write(database, ground.record, "a", "b", "a")
        await _delete(database, ground.record, "b")
        await dispatch.step(register)
        assert await hearing.step(database, ground.record, own) == 4
        await dispatch.step(register)
        assert await hearing.step(database, ground.record, own) == 0

    ground.open(body)
    assert [(e.id, e.version, e.method, e.deleted) for e in listener.heard] == [
        ("a", 1, "PUT", False),
        ("b", 1, "PUT", False),
        ("a", 2, "PUT", False),
        ("b", 2, "DELETE", True),
    ]


def test_what_cannot_be_taken_in_waits_alone_while_the_rest_goes_on(ground: Ground) -> None:
    listener = Listener(refuses="bad")
    own = Hearing("test.people", ("Patient",), listener.hear)

    async def body(database: Database) -> list[tuple[str, int, str]]:
        register = Register(database, ground.record, hearings=[own])
        await _write(database, ground.record, "bad", "good")
        await dispatch.step(register)
        assert await hearing.step(database, ground.record, own) == 1
        assert await hearing.step(database, ground.record, own) == 1
        assert await hearing.step(database, ground.record, own) == 0
        async with database.connection() as connection:
            names = await connection.fetch("select id from resource where id like 'heard-%' order by id")
            left = await connection.fetch("select id, tries, why, due > now() as later from heard order by seq")
        assert [row["id"] for row in names] == ["heard-good-1"]
        assert [row["later"] for row in left] == [True]
        return [(row["id"], row["tries"], row["why"]) for row in left]

    assert ground.open(body) == [("bad", 1, "ValueError")]
    assert [each.id for each in listener.heard] == ["good"]


def test_after_ten_times_it_is_set_aside_with_the_reason(ground: Ground) -> None:
    listener = Listener(refuses="bad")
    own = Hearing("test.people", ("Patient",), listener.hear)

    async def body(database: Database) -> tuple[int, str]:
        await _write(database, ground.record, "bad")
        await dispatch.step(Register(database, ground.record, hearings=[own]))
        async with database.connection() as connection:
            for _ in range(hearing.TRIES):
                assert await hearing.step(database, ground.record, own) == 1
                await connection.execute("update heard set due = due - $1::interval", timedelta(hours=1))
            assert await hearing.step(database, ground.record, own) == 0
            row = await connection.fetchrow("select tries, why from heard")
        assert row is not None
        return row["tries"], row["why"]

    assert ground.open(body) == (hearing.TRIES, "ValueError")
