"""An export holds everything once, whatever interrupts it and whoever writes meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anlanh.fhir.bulk import asked as asking
from anlanh.fhir.bulk import export, job
from anlanh.fhir.bulk.files import Files, OpenFiles, SealedFiles
from anlanh.fhir.bulk.job import File
from anlanh.fhir.store import write
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.envelope import Keys
from anlanh.platform.work import Work
from tests.conftest import TESTER, Ground


def _patient(number: int, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": f"p{number}", **more}


async def _fill(ground: Ground, work: Work, count: int) -> None:
    await write.add_new(work, ground.record, [write.prepare(ground.record, _patient(n), f"p{n}") for n in range(count)])


async def _ask(ground: Ground, database: Database, **parameters: str) -> str:
    asked = asking.read(ground.record.criteria(), "system", None, list(parameters.items()), base="", lenient=False)
    async with works.begin(database, TESTER, works.OPERATIONS) as work:
        return await job.ask(work, "export", "test", asked.as_json())


def _ids(folder: Path) -> list[str]:
    return [
        json.loads(line)["id"] for path in sorted(folder.glob("Patient-*")) for line in path.read_bytes().splitlines()
    ]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 10)
    monkeypatch.setattr(export, "FILE_RESOURCES", 30)
    monkeypatch.setattr(export, "SLACK", export.SLACK / 10)


class Broken(Exception):
    pass


def _tear(folder: Path) -> None:
    """As if the machine had died while a line was written."""
    with max(folder.glob("Patient-*")).open("ab") as torn:
        torn.write(b'{"half a li')


Read = Callable[[File], bytes]


def _lying_open(data: Path) -> tuple[Files, Read]:
    files = OpenFiles(data)
    return files, lambda file: files.path(file.name).read_bytes()


def _sealed(data: Path) -> tuple[Files, Read]:
    files = SealedFiles(data, Keys(data / "key"))
    return files, lambda file: b"".join(files.read(file.name, file.bytes))


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("kept", [_lying_open, _sealed])
@pytest.mark.parametrize("filters", [{}, {"_typeFilter": "Patient?_id:missing=false"}])
def test_an_export_broken_off_at_any_page_goes_on_without_loss_or_repetition(
    ground: Ground, tmp_path: Path, filters: dict[str, str], kept: Callable[[Path], tuple[Files, Read]]
) -> None:
    files, read = kept(tmp_path)

    async def body(database: Database) -> list[bytes]:
        async with works.begin(database, TESTER, works.OPERATIONS) as work:
            await _fill(ground, work, 105)
        job_id = await _ask(ground, database, _type="Patient", **filters)
        for stop in range(10, 110, 20):

            def progress(resource_type: str, count: int, stop: int = stop) -> None:
                if count >= stop:
                    raise Broken

            with pytest.raises(Broken):
                await export.run(database, ground.record, job_id, files, progress)
            _tear(files.folder)
        await export.run(database, ground.record, job_id, files)
        async with database.connection() as connection:
            found = await job.get(connection, job_id)
            made = await job.files(connection, job_id)
        assert found.state == "done"
        assert [file.resources for file in made] == [30, 30, 30, 15]
        return [line for file in made for line in read(file).splitlines()]

    lines = ground.open(body)
    assert sorted(json.loads(line)["id"] for line in lines) == sorted(f"p{number}" for number in range(105))


@pytest.mark.usefixtures("small_pages")
def test_a_file_that_was_lost_is_written_again(ground: Ground, tmp_path: Path) -> None:
    async def body(database: Database) -> None:
        async with works.begin(database, TESTER, works.OPERATIONS) as work:
            await _fill(ground, work, 25)
        job_id = await _ask(ground, database, _type="Patient")

        def progress(resource_type: str, count: int) -> None:
            raise Broken

        with pytest.raises(Broken):
            await export.run(database, ground.record, job_id, OpenFiles(tmp_path), progress)
        (tmp_path / "Patient-1.ndjson").unlink()
        await export.run(database, ground.record, job_id, OpenFiles(tmp_path))

    ground.open(body)
    assert len(_ids(tmp_path)) == len(set(_ids(tmp_path))) == 25


def test_an_export_waits_for_transactions_that_began_before_it(ground: Ground, tmp_path: Path) -> None:
    async def body(database: Database) -> None:
        async with works.begin(database, TESTER, works.OPERATIONS) as work:
            await _fill(ground, work, 5)
            async with works.begin(database, TESTER, works.OPERATIONS, transaction=False) as other:
                job_id = await job.ask(
                    other, "export", "test",
                    asking.read(ground.record.criteria(), "system", None, [("_type", "Patient")], base="", lenient=False).as_json(),
                )  # fmt: skip
            running = asyncio.create_task(export.run(database, ground.record, job_id, OpenFiles(tmp_path)))
            await asyncio.sleep(1.5)
            assert not running.done()
        await running

    ground.open(body)
    assert len(_ids(tmp_path)) == 5


@pytest.mark.usefixtures("small_pages")
def test_what_others_write_meanwhile_neither_hides_nor_repeats_what_was_there(ground: Ground, tmp_path: Path) -> None:
    async def body(database: Database) -> None:
        async with works.begin(database, TESTER, works.OPERATIONS) as work:
            await _fill(ground, work, 200)
        job_id = await _ask(ground, database, _type="Patient")
        stop = asyncio.Event()

        async def write_on() -> None:
            number = 0
            while not stop.is_set():
                async with works.begin(database, TESTER, works.OPERATIONS, transaction=False) as work:
                    resource = _patient(number % 200, active=True)
                    await write.put(work, ground.record, write.prepare(ground.record, resource, resource["id"]))
                number += 7

        writer = asyncio.create_task(write_on())
        await export.run(database, ground.record, job_id, OpenFiles(tmp_path))
        stop.set()
        await writer

    ground.open(body)
    assert sorted(_ids(tmp_path)) == sorted(f"p{number}" for number in range(200))


def test_what_is_newer_than_the_transaction_time_is_left_to_the_next_export(ground: Ground, tmp_path: Path) -> None:
    async def body(database: Database) -> None:
        job_id = await _ask(ground, database, _type="Patient")
        running = asyncio.create_task(export.run(database, ground.record, job_id, OpenFiles(tmp_path)))
        await asyncio.sleep(0.5)
        async with works.begin(database, TESTER, works.OPERATIONS) as work:
            await _fill(ground, work, 3)
        await running

    ground.open(body)
    assert _ids(tmp_path) == []


def test_a_cancelled_export_stops_and_leaves_nothing(ground: Ground, tmp_path: Path) -> None:
    async def body(database: Database) -> None:
        async with works.begin(database, TESTER, works.OPERATIONS) as work:
            await _fill(ground, work, 5)
        job_id = await _ask(ground, database, _type="Patient")
        async with database.connection() as connection:
            await job.cancel(connection, tmp_path, job_id, TESTER.subject)
        await export.run(database, ground.record, job_id, OpenFiles(tmp_path / "out"))

    ground.open(body)
    assert not (tmp_path / "out").exists()
