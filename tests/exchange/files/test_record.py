"""A spreadsheet into the record: rows that are right are taken, others are listed, and the same file changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from anlanh.access.identity import index
from anlanh.access.relations.projections import Follower
from anlanh.exchange.files import importing, store
from anlanh.exchange.files.problems import SentTooMany
from anlanh.fhir.store import write
from anlanh.fhir.vn.systems import BHYT_CARD
from anlanh.platform import work as works
from anlanh.platform.blobs import Blobs
from anlanh.platform.database import Database
from anlanh.platform.envelope import Keys
from anlanh.platform.work import Principal
from tests.conftest import Ground
from tests.exchange.hl7v2.hospital import hospital

TODAY = date(2026, 6, 1)
STATION = "Practitioner/tram"
SYSTEM = Principal("script:tests", "system")
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


def test_one_person_sends_so_many_files_a_day_and_the_same_one_again(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_A_DAY", 2)

    async def main(database: Database) -> None:
        blobs = Blobs(tmp_path / "blobs", Keys(tmp_path / "key"))
        async with works.begin(database, WORKER, works.TREATMENT) as work:
            first = await importing.receive(work, blobs, STATION, "1.csv", FILE)
            await importing.receive(work, blobs, STATION, "2.csv", FILE + b"\n")
            with pytest.raises(SentTooMany):
                await importing.receive(work, blobs, STATION, "3.csv", FILE + b"\n\n")
            assert await importing.receive(work, blobs, STATION, "1.csv", FILE) == first
            work.at += timedelta(days=1, seconds=1)
            assert await importing.receive(work, blobs, STATION, "3.csv", FILE + b"\n\n") > first

    ground.open(main)


WITHOUT = """Họ tên,Ngày sinh,Giới tính,Xã,Thẻ BHYT,Vắc xin,Ngày tiêm
Lê Văn Không Số,02/03/1960,nam,Xã Phú Đình,,Cúm,02/05/2026
Lê Thị Mới,05/06/1970,nữ,Xã Phú Đình,,Cúm,02/05/2026
Trần Bình,07/08/1980,nam,Xã Phú Đình,,Cúm,02/05/2026
Ma Văn Không Số,02/03/1960,nam,Xã Phú Đình,DN4191234567899,Cúm,02/05/2026
""".encode()


def _known(name: str, born: str, card: str, commune: str) -> dict[str, Any]:
    """Somebody in the record."""
    return {
        "resourceType": "Patient", "name": [{"text": name}], "birthDate": born, "gender": "male", "address": [{"city": commune}],
        "identifier": [{"system": BHYT_CARD, "value": card}], "telecom": [{"system": "phone", "value": "0912345678"}],
    }  # fmt: skip


def test_a_row_without_a_number_finds_the_one_person_it_fits_and_else_gets_a_temporary_number(
    ground: Ground, tmp_path: Path
) -> None:
    async def main(database: Database) -> None:
        blobs = Blobs(tmp_path / "blobs", Keys(tmp_path / "key"))
        record = ground.record
        index.follow(record, Follower(record).beside_patient)
        people = [
            _known("Lê Văn Không Số", "1960-03-02", "DN4191234567890", "Xã Phú Đình"),
            _known("Trần Bình", "1980-08-07", "DN4191234567891", "Xã Phú Đình"),
            _known("Trần Bình", "1980-08-07", "DN4191234567892", "Xã Phú Đình"),
        ]
        async with works.begin(database, WORKER, works.TREATMENT) as work:
            work.principal = SYSTEM
            for at, each in enumerate(people):
                await write.put(work, record, write.prepare(record, each, f"p{at}"))

        async def play() -> dict[int, str]:
            async with works.begin(database, WORKER, works.TREATMENT) as work:
                number = await importing.receive(work, blobs, STATION, "cum.csv", WITHOUT)
                found = await importing.opened(work, blobs, STATION, number)
            assert await importing.run(database, record, found, TODAY) == (4, 0)
            async with works.begin(database, WORKER, works.TREATMENT, transaction=False) as work:
                return dict(await store.without_number(work, number))

        async with hospital(database, record, tmp_path / "hl7") as own:
            assert await play() == {2: "found", 3: "temporary", 4: "temporary"}
            doses = {each["patient"]["reference"] for each in await own.find("Immunization")}
            assert "Patient/p0" in doses
            assert not {"Patient/p1", "Patient/p2"} & doses
            patients = await own.find("Patient")
            assert len(patients) == 6
            (matched,) = (each for each in patients if each["id"] == "p0")
            assert (matched["name"], matched["meta"]["versionId"]) == (people[0]["name"], "1")
            uses = [number.get("use") for each in patients for number in each["identifier"]]
            assert uses.count("temp") == 2
            await play()
            assert len(await own.find("Patient")) == 6
            assert len(await own.find("Immunization")) == 4

    ground.open(main)
