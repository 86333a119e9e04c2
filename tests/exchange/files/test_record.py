"""A spreadsheet into the record: rows that are right are taken, others are listed, and the same file changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from anlanh.exchange.files import importing, store
from anlanh.platform import work as works
from anlanh.platform.blobs import Blobs
from anlanh.platform.database import Database
from anlanh.platform.envelope import Keys
from anlanh.platform.work import Principal
from tests.conftest import Ground
from tests.exchange.hl7v2.hospital import hospital

TODAY = date(2026, 6, 1)
STATION = "Practitioner/tram"
WORKER = Principal("Practitioner/tram", "station-worker")
FILE = """Họ tên,Năm sinh,Thẻ BHYT,Vắc xin,Ngày tiêm
Nguyễn An,2020,TE1191234567890,BCG,02/05/2026
Trần Bình,2021,TE1191234567891,BCG,32/05/2026
Lê Chi,2022,TE1191234567892,BCG,03/05/2026
""".encode()


def test_right_rows_are_taken_wrong_ones_listed_and_the_same_file_changes_nothing(
    ground: Ground, tmp_path: Path
) -> None:
    async def main(database: Database) -> None:
        blobs = Blobs(tmp_path / "blobs", Keys(tmp_path / "key"))

        async def play() -> tuple[int, int]:
            async with works.begin(database, WORKER, works.TREATMENT) as work:
                number = await importing.receive(work, blobs, STATION, "tiem.csv", FILE)
                found = await importing.opened(work, blobs, STATION, number)
            return await importing.run(database, ground.record, found, TODAY)

        async with hospital(database, ground.record, tmp_path / "hl7") as own:
            assert await play() == (2, 1)
            before = [await own.find("Patient"), await own.find("Immunization")]
            assert [len(each) for each in before] == [2, 2]
            assert await play() == (2, 1)
            assert [await own.find("Patient"), await own.find("Immunization")] == before
        async with works.begin(database, WORKER, works.OPERATIONS, transaction=False) as work:
            (sent,) = await store.latest(work, STATION)
            assert [line for line, _, _ in await store.reasons(work, sent.number)] == [3]

    ground.open(main)


def test_what_columns_mean_is_remembered_for_the_next_file_of_these_headers(ground: Ground, tmp_path: Path) -> None:
    async def main(database: Database) -> None:
        blobs = Blobs(tmp_path / "blobs", Keys(tmp_path / "key"))
        async with works.begin(database, WORKER, works.TREATMENT) as work:
            sent = await store.one(work, STATION, await importing.receive(work, blobs, STATION, "1.csv", FILE))
            await store.mean(work, sent, {0: "name", 2: "card"})
            again = await importing.receive(work, blobs, STATION, "2.csv", FILE + b"\n")
            assert (await store.one(work, STATION, again)).columns == {0: "name", 2: "card"}

    ground.open(main)
