"""Looks that an older version left in the outbox come into the log when its folder is upgraded."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from anlanh.access.audit import auditor, rows
from anlanh.platform import work as works
from anlanh.platform.work import Act, Principal, Seen, Work
from tests.conftest import Ground

UPGRADE = files("anlanh.access").joinpath("migrations", "0004_carried.sql").read_text("utf-8")
AT = "2026-11-23T05:06:07.089000+00:00"
RESOURCES = "00000000000000290005000000000000000000420005ffff"
"""Resource 41 of type 5, of the first person; resource 66 of type 5, of nobody."""
TEXTS = ("Practitioner/a", "doctor", "Organization/h", "", "TREAT", "treatment", "update", "", "r1", "10.0.0.1")
OLD = json.dumps([[AT, [7, 8], "U", RESOURCES, *TEXTS], [AT, [], "R", "", *TEXTS]])


async def _carry(work: Work, payload: str) -> None:
    await work.connection.execute("insert into outbox (topic, payload) values ('resource', $1::jsonb)", payload)


async def _log(work: Work) -> list[tuple[Any, ...]]:
    found = await work.connection.fetch(f"select {', '.join(rows.COLUMNS)} from access_log order by seq")
    return [tuple(row) for row in found]


def test_what_was_carried_as_json_is_in_the_log_once(ground: Ground) -> None:
    async def body(work: Work) -> list[tuple[Any, ...]]:
        await _carry(work, OLD)
        await work.connection.execute(UPGRADE)
        await work.connection.execute(UPGRADE)
        return await _log(work)

    changed, read = ground.run(body, transaction=True)
    assert (str(changed[0]), changed[1], changed[2]) == ("2026-11-23 05:06:07.089000+00:00", [7, 8], b"U")
    assert rows.resources_of(changed[3]) == [(41, 5), (66, 5)]
    assert changed[4:] == TEXTS
    assert read[1:4] == ([], b"R", b"")


def test_what_is_carried_packed_stays_and_is_taken_over_with_what_was_json(ground: Ground) -> None:
    who = Principal("Practitioner/b", "doctor", ("Organization/h",))
    seen = [Seen("U", "Observation", (1,), (7,), "treatment")]
    act = Act(principal=who, purpose="TREAT", at=works.instant(), seen=seen)

    async def body(work: Work) -> list[tuple[Any, ...]]:
        await _carry(work, OLD)
        await _carry(work, str(auditor.AccessLog(work.database).entry(act)))
        await work.connection.execute(UPGRADE)
        carried = await work.connection.fetch("select payload from outbox where payload is not null order by seq")
        await auditor.take_over(work, [row["payload"] for row in carried])
        return await _log(work)

    assert [row[4] for row in ground.run(body, transaction=True)] == [
        "Practitioner/a",
        "Practitioner/a",
        "Practitioner/b",
    ]


def test_what_an_older_version_packed_where_it_was_seen_is_taken_over_as_it_is(ground: Ground) -> None:
    seen = [Seen("R", "Observation", (1, 2), (7,), "treatment"), Seen("R", "Observation", (3,), (8, 9), "treatment")]
    act = Act(principal=Principal("Practitioner/b", "doctor"), purpose="TREAT", at=works.instant(), seen=seen)
    older = rows.packed(rows.told(act))

    async def body(work: Work) -> list[tuple[Any, ...]]:
        await auditor.add(work.connection, [older, rows.told(act)])
        return await _log(work)

    first, second = ground.run(body, transaction=True)
    assert first == second
    assert rows.resources_of(first[3]) == [(1, 96), (2, 96), (3, 96), (3, 96)]
    assert rows.resources_of(first[3], 2) == [(3, 96)]
