"""A resource and the relations that follow from it are written in one call, whoever else writes at that moment."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from anlanh.access.identity import blocking, person
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import write
from anlanh.fhir.store.problems import VersionConflict
from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.platform.work import Principal
from anlanh.tenant import open_tenant
from tests.access.stage import encounter, link, parent
from tests.access.stage import person as somebody

WRITER = Principal("script:system", "system")
STAY = rid_of("Encounter", "one-stay")


def test_of_many_writers_only_the_last_leaves_relations(database_url: str) -> None:
    async def main() -> tuple[bytes, list[int]]:
        database, record = await open_tenant(settings_.read({}), database_url)

        async def put(number: int) -> None:
            resource = encounter("one-stay", "Patient/an", f"Organization/{number}")
            async with works.begin(database, WRITER, "HOPERAT", transaction=False, keyed=True) as work:
                await write.put(work, record, write.prepare(record, resource, "one-stay"))

        await asyncio.gather(*(put(number) for number in range(24)))
        async with database.connection() as connection:
            content = await connection.fetchval("select content from resource where rid = $1", STAY)
            rows = await connection.fetch("select party from relation where source = $1", STAY)
        await database.close()
        return content, [row["party"] for row in rows]

    content, parties = asyncio.run(main())
    left = [number for number in range(24) if f'"Organization/{number}"'.encode() in content]
    assert parties == [rid_of("Organization", str(number)) for number in left]
    assert len(left) == 1


def test_what_is_refused_leaves_nothing_beside(database_url: str) -> None:
    async def main() -> tuple[list[int], int]:
        database, record = await open_tenant(settings_.read({}), database_url)
        async with works.begin(database, WRITER, "HOPERAT", transaction=False, keyed=True) as work:
            first = somebody("an", "1980-01-01")
            await write.put(work, record, write.prepare(record, first, "an"))
            changed = somebody("an", "1999-09-09", managingOrganization={"reference": "Organization/elsewhere"})
            with pytest.raises(VersionConflict):
                await write.put(work, record, write.prepare(record, changed, "an"), expected=7)
        async with database.connection() as connection:
            keys = await connection.fetchval("select keys from person_key where rid = $1", rid_of("Patient", "an"))
            party = rid_of("Organization", "elsewhere")
            count = await connection.fetchval("select count(*) from relation where party = $1", party)
        await database.close()
        assert keys == blocking.keys_of(person.of(first))
        return keys, count

    assert asyncio.run(main())[1] == 0


def test_a_child_whose_mother_is_known_is_written_with_what_opens_it_to_her(database_url: str) -> None:
    async def main() -> tuple[int, int]:
        database, record = await open_tenant(settings_.read({}), database_url)

        async def put(resource: dict[str, Any]) -> None:
            async with works.begin(database, WRITER, "HOPERAT", transaction=False, keyed=True) as work:
                await write.put(work, record, write.prepare(record, resource, resource["id"]))

        await put(somebody("mother", "1990-01-01", link=link("mother")))
        await put(parent("mother", "Patient/child", "Patient/mother"))
        await put(somebody("child", "2020-01-01"))
        async with database.connection() as connection:
            relations = await connection.fetchval(
                "select count(*) from relation where patient = $1 and party = $2 and kind = 'parent'",
                rid_of("Patient", "child"), rid_of("Patient", "mother"),
            )  # fmt: skip
            carried = await connection.fetchval(
                "select count(*) from outbox where rid = $1 and payload is not null", rid_of("Patient", "child")
            )
        await database.close()
        return relations, carried

    assert asyncio.run(main()) == (1, 1)
