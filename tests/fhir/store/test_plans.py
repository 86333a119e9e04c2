"""No search of the blended mix reads a whole table, and no plan is made for other values than those asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from anlanh.demo import province
from anlanh.fhir.bulk import load
from anlanh.fhir.bulk.sources import Piece
from anlanh.fhir.model import json
from anlanh.fhir.store import record as records
from anlanh.fhir.store.frequency import FEW, Frequencies
from anlanh.fhir.store.record import Record
from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.platform.database import open_database
from anlanh.platform.postgres import EmbeddedPostgres
from tests.conftest import TEMPLATE, TESTER
from tests.fhir.store.mix import MIX, Spy, search

PEOPLE = 600
"""About 25,000 resources."""

TABLES = {"resource", "history", "range_index", "string_value"}
HONEST = {"name contains": {"string_value"}}
"""Searches that may read a table whole: letters within words have no index."""

SETTINGS = settings_.read({})


@pytest.fixture(scope="module")
def province_url(postgres: EmbeddedPostgres) -> str:
    """A database with the made-up province in it, its statistics gathered."""

    async def make() -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(f"create database province template {TEMPLATE}")
        await admin.close()
        database = await open_database(SETTINGS, url)
        pieces = [Piece(each["id"], json.encode(each)) for each in province.resources(PEOPLE)]
        report = await load.load(database, records.new(SETTINGS.zone), pieces)
        assert report.rejects == []
        assert report.created > 20_000
        async with database.connection() as connection:
            await connection.execute("analyze")
        await database.close()

    url = postgres.url.replace("/anlanh?", "/province?")
    asyncio.run(make())
    return url


@pytest.fixture(scope="module")
def record() -> Record:
    """What is known about the record."""
    return records.new(SETTINGS.zone)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)


async def _plans(url: str, record: Record, address: str, setting: str = "set enable_sort = on") -> list[dict[str, Any]]:
    """The plans of all statements of a search, after it has run often enough for a plan to be kept."""
    database = await open_database(SETTINGS, url, connections=1)
    try:
        async with works.begin(database, TESTER, works.TREATMENT, transaction=False) as work:
            spy = Spy(work.connection)
            work.connection = spy  # type: ignore[assignment]  # it does what a connection does
            await search(work, record, address)
            asked, found = list(spy.asked), []
            await spy.connection.execute(setting)
            for sql, values in asked:
                text = await spy.connection.fetchval(f"explain (format json) {sql}", *values)
                found.append(json.decode(text)[0]["Plan"])
            return found
    finally:
        await database.close()


@pytest.mark.parametrize("name", MIX)
def test_no_table_is_read_whole(province_url: str, record: Record, name: str) -> None:
    plans = asyncio.run(_plans(province_url, record, MIX[name]))
    whole = {node["Relation Name"] for plan in plans for node in _nodes(plan) if node["Node Type"] == "Seq Scan"}
    assert whole & TABLES <= HONEST.get(name, set())


@pytest.mark.parametrize("order", ["_lastUpdated", "-_lastUpdated", "_id", "-date", "date,_lastUpdated"])
def test_few_matches_are_ordered_and_not_looked_for_in_order(province_url: str, record: Record, order: str) -> None:
    address = f"Observation?patient=Patient/nguoi-000001&_sort={order}"
    plans = asyncio.run(_plans(province_url, record, address, "set enable_sort = off"))
    indexes = {node.get("Index Name") for plan in plans for node in _nodes(plan)} - {None}
    assert indexes <= {"resource_keys", "range_index_rid"}


def test_a_rare_value_keeps_its_plan_after_frequent_ones(province_url: str) -> None:
    async def setting() -> str:
        database = await open_database(SETTINGS, province_url, connections=1)
        async with database.connection() as connection:
            found: str = await connection.fetchval("show plan_cache_mode")
        await database.close()
        return found

    assert asyncio.run(setting()) == "force_custom_plan"


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("Patient?birthdate=1985", "Patient?birthdate=ge1985-01-01&birthdate=le1985-12-31"),
        ("Observation?date=2026-05&_count=1000", "Observation?date=ge2026-05-01&date=lt2026-06-01&_count=1000"),
        ("Observation?date=2026-05&_count=1000", "Observation?date=ge2026-05-01&date=lt2026-06&_sort=date&_count=1000"),
        (
            "Encounter?class=AMB&date=2026-05&_count=500",
            "Encounter?class=AMB&date=ge2026-05-01&date=le2026-05-31&_count=500",
        ),
    ],
)
def test_a_period_is_the_same_however_it_is_asked_for(
    province_url: str, record: Record, narrow: str, wide: str
) -> None:
    async def ids(address: str) -> list[str]:
        database = await open_database(SETTINGS, province_url, connections=1)
        async with works.begin(database, TESTER, works.TREATMENT, transaction=False) as work:
            page = await search(work, record, address)
        await database.close()
        return sorted(each.id for each in page.matches)

    assert asyncio.run(ids(narrow)) == asyncio.run(ids(wide)) != []


@pytest.mark.parametrize("address", ["Patient?name=nguyen&_count=20", "Observation?code=8867-4&_sort=-date&_count=20"])
def test_what_is_found_does_not_depend_on_what_was_counted(province_url: str, address: str) -> None:
    async def ids(others: float) -> list[str]:
        known = records.new(SETTINGS.zone)
        known.frequencies = Frequencies(others=others, _until=float("inf"))
        database = await open_database(SETTINGS, province_url, connections=2)
        async with works.begin(database, TESTER, works.TREATMENT, transaction=False) as work:
            page = await search(work, known, address)
        await database.close()
        return [each.id for each in page.matches]

    assert asyncio.run(ids(1)) == asyncio.run(ids(float("inf"))) != []


def test_common_keys_are_known_and_others_are_fewer(province_url: str, record: Record) -> None:
    async def main() -> Frequencies:
        database = await open_database(SETTINGS, province_url, connections=2)
        async with works.begin(database, TESTER, works.TREATMENT, transaction=False) as work:
            await search(work, record, "Patient?name=nguyen")
        await database.close()
        return record.frequencies

    found = asyncio.run(main())
    assert found.rows
    assert not found.are_few(found.rows)
    assert found.are_few([1]) == (found.others <= FEW)
