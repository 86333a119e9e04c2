"""Time moves in the made-up province: through the normal write path, with state in the record only."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anlanh import importing
from anlanh.demo import live
from anlanh.fhir import vn
from anlanh.fhir.model import definitions, json
from anlanh.fhir.store import record as records
from anlanh.fhir.validate.validator import Validator
from anlanh.kernel import settings as settings_
from anlanh.platform.database import Database
from anlanh.platform.postgres import EmbeddedPostgres
from anlanh.platform.work import Work
from tests.conftest import Ground, fresh_database

PEOPLE = 100
STEPS = 90
START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

Resource = dict[str, Any]


@pytest.fixture(scope="module")
def times() -> Iterator[datetime]:
    """Ten minutes go by between two moves."""
    return (START + timedelta(minutes=10 * at) for at in range(10**6))


def test_two_moves_at_the_same_moment_do_not_overwrite_each_other(province: Ground) -> None:
    def again() -> Counter[str]:
        still = (START - timedelta(days=1) for _ in range(STEPS))
        return province.open(lambda database: moved(database, province, 20, still))

    before = len(everything(province, "Encounter"))
    made = again(), again()
    assert sum(sum(each.values()) for each in made) == 40
    assert len(everything(province, "Encounter")) >= before


async def moved(database: Database, ground: Ground, steps: int, times: Iterator[datetime]) -> Counter[str]:
    stop = asyncio.Event()
    return await live.run(
        database, ground.record, seed=7, every_s=0, stop=stop, clock=lambda: next(times), steps=steps
    )  # fmt: skip


def everything(ground: Ground, kind: str) -> list[Resource]:
    """All current resources of a type."""

    async def body(work: Work) -> list[Resource]:
        rows = await work.connection.fetch(
            "select content from resource where type = $1 and not deleted order by id", ground.record.type_number(kind)
        )
        return [json.decode(row["content"]) for row in rows]

    return ground.run(body)


@pytest.fixture(scope="module")
def province(postgres: EmbeddedPostgres) -> Iterator[Ground]:
    """A record with a hundred made-up people; time moves on in it from test to test."""
    settings = settings_.read({})
    with fresh_database(postgres) as url:
        asyncio.run(importing.load_demo(settings, url, PEOPLE))
        yield Ground(url, settings, records.new(settings.zone))


def test_people_come_are_measured_and_go_and_no_bed_has_two(province: Ground, times: Iterator[datetime]) -> None:
    before = {name: len(everything(province, name)) for name in ("Encounter", "Observation", "Appointment")}
    made = province.open(lambda database: moved(database, province, STEPS, times))
    again = province.open(lambda database: moved(database, province, STEPS, times))
    assert sum((made + again).values()) == 2 * STEPS
    assert {"admit", "measure", "arrive", "see", "finish", "book"} <= set(made + again)
    assert all(len(everything(province, name)) > count for name, count in before.items())
    stays = [each for each in everything(province, "Encounter") if each["status"] == "in-progress"]
    lie = [place["location"]["reference"] for each in stays for place in each["location"]]
    taken = [each.removeprefix("Location/") for each in lie if "/giuong-" in each]
    occupied = [each["id"] for each in everything(province, "Location") if bed_status(each) == "O"]
    assert sorted(taken) == occupied != []


def bed_status(location: Resource) -> str:
    return str(location.get("operationalStatus", {}).get("code", ""))


def test_what_is_written_is_valid(province: Ground, times: Iterator[datetime]) -> None:
    province.open(lambda database: moved(database, province, STEPS, times))
    validator = Validator(definitions.load(), [dict(each) for each in vn.resources()])
    kinds = ("Encounter", "Observation", "Condition", "MedicationRequest", "Appointment", "ServiceRequest", "Location")
    written = [each for kind in kinds for each in everything(province, kind) if lately(each)]
    assert len(written) > STEPS
    found = [(each["id"], issue.text) for each in written for issue in validator.validate(each) if issue.fails]
    assert found == []


def lately(resource: Resource) -> bool:
    return "-s" in resource["id"] or resource["meta"]["versionId"] != "1"


def test_the_same_dice_at_the_same_moment_make_the_same_move(province: Ground) -> None:
    async def twice(database: Database) -> tuple[list[Resource], list[Resource]]:
        of = await live.world(database, province.record)
        person = of.person(40)
        moves = [live.Move(random.Random(3), START, "s1") for _ in range(2)]
        one, other = (live.moves.arrive(move, person) for move in moves)
        return one, other

    one, other = province.open(twice)
    assert one == other != []


def test_a_record_without_the_province_is_said(ground: Ground) -> None:
    with pytest.raises(live.NoProvince):
        ground.open(lambda database: live.world(database, ground.record))


def test_it_stops_when_it_is_told(province: Ground) -> None:
    async def told(database: Database) -> Counter[str]:
        stop = asyncio.Event()
        stop.set()
        return await live.run(database, province.record, seed=1, every_s=60, stop=stop, clock=lambda: START)

    assert province.open(told) == Counter()
