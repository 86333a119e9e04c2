"""From messages to the record: whom they speak of, what changes, what does not, and what is parked."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from anlanh.fhir.store import write
from anlanh.platform import work as works
from anlanh.platform.database import Database
from tests.conftest import Ground
from tests.exchange.hl7v2.hospital import TESTER, Hospital, hospital, message, pid, pv1

Play = Callable[[Callable[[Hospital], Awaitable[None]]], None]


@pytest.fixture
def play(ground: Ground, tmp_path: Path) -> Callable[..., None]:
    """Runs a scene with a hospital on an empty record."""

    def run(scene: Callable[[Hospital], Awaitable[None]], overlays: dict[str, Any] | None = None) -> None:
        async def main(database: Database) -> None:
            async with hospital(database, ground.record, tmp_path, overlays) as own:
                await scene(own)

        ground.open(main)

    return run


def test_an_admission_becomes_a_patient_and_a_stay(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        await own.send(message("ADT^A01", "1", pid("12"), pv1("V1")))
        (patient,) = await own.find("Patient", identifier="12")
        (encounter,) = await own.find("Encounter", patient=patient["id"])
        assert encounter["status"] == "in-progress"
        assert patient["meta"]["source"] == "urn:hl7v2:HIS%7CBVA:1:20260601080000"
        assert [each.state for each in await own.entries()] == ["applied"]

    play(scene)


def test_the_same_message_again_is_a_duplicate_and_a_replay_changes_nothing(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        sent = message("ADT^A01", "1", pid("12"), pv1("V1"), "DG1|1||J18.9^Viêm phổi^I10")
        again = message("ADT^A01", "1", pid("12"), pv1("V1"), "DG1|1||J18.9^Viêm phổi^I10", at="20260601080507")
        assert [state for _, state in await own.send(sent, sent, again)] == ["accepted", "duplicate", "duplicate"]
        before = [await own.find(kind) for kind in ("Patient", "Encounter", "Condition", "Location")]
        async with own.database.connection() as connection:
            await connection.execute("update exchange_message set state = 'accepted' where state = 'applied'")
        await own.worker.drain()
        assert [await own.find(kind) for kind in ("Patient", "Encounter", "Condition", "Location")] == before
        assert [len(each) for each in before] == [1, 1, 1, 4]

    play(scene)


def test_a_counter_that_starts_again_makes_no_duplicates(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        states = await own.send(message("ADT^A04", "1", pid("12")), message("ADT^A04", "1", pid("13")))
        assert [state for _, state in states] == ["accepted", "accepted"]
        assert len(await own.find("Patient")) == 2

    play(scene)


def test_a_transfer_leaves_the_place_it_came_from(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        await own.send(
            message("ADT^A01", "1", pid("12"), pv1("V1", "K1^P1^G1^BVA")),
            message("ADT^A02", "2", pid("12"), pv1("V1", "K2^P9^G9^BVA"), at="20260601090000"),
        )
        (encounter,) = await own.find("Encounter")
        assert [each["status"] for each in encounter["location"]] == ["completed", "active"]
        assert encounter["meta"]["versionId"] == "2"

    play(scene)


def test_what_a_laboratory_does_not_know_stays(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        full = pid("12") + "|||12 LÊ LỢI^^THÁI NGUYÊN"
        await own.send(message("ADT^A04", "1", full), message("ORU^R01", "9", pid("12", ""), sender="LIS|BVA"))
        (patient,) = await own.find("Patient")
        assert patient["address"][0]["city"] == "THÁI NGUYÊN"
        assert patient["name"][0]["family"] == "NGUYỄN"

    play(scene)


def test_an_older_message_only_fills_what_is_empty(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        await own.send(
            message("ADT^A08", "2", pid("12", "TRẦN^BÌNH"), at="20260602080000"),
            message("ADT^A04", "1", pid("12", "SAI^TÊN") + "|||12 LÊ LỢI", at="20260601080000"),
        )
        (patient,) = await own.find("Patient")
        assert patient["name"][0]["family"] == "TRẦN"
        assert patient["address"][0]["line"] == ["12 LÊ LỢI"]

    play(scene)


def test_one_person_of_two_senders_is_one_by_the_personal_number(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        number = "~079080001234^^^CCCD^NI"
        await own.send(message("ADT^A04", "1", pid("12", more=number)))
        await own.send(message("ADT^A04", "1", f"PID|1||77^^^BVB^MR{number}||NGUYỄN^AN", sender="HIS|BVB"))
        (patient,) = await own.find("Patient", identifier="http://fhir.vn/sid/cccd|079080001234")
        assert {each["value"] for each in patient["identifier"]} == {"12", "77", "079080001234"}

    play(scene)


def test_after_a_merge_messages_of_the_former_number_are_of_the_one_that_stays(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        await own.send(message("ADT^A04", "1", pid("12")), message("ADT^A04", "2", pid("99", "NGUYỄN^AN B")))
        await own.send(message("ADT^A40", "3", pid("12"), "MRG|99^^^BVA^MR", at="20260601090000"))
        await own.send(message("ADT^A01", "4", pid("99"), pv1("V7"), at="20260601100000"))
        (stays,) = [each for each in await own.find("Patient") if each.get("active") is not False]
        (gone,) = [each for each in await own.find("Patient") if each.get("active") is False]
        (encounter,) = await own.find("Encounter")
        assert encounter["subject"]["reference"] == f"Patient/{stays['id']}"
        assert gone["link"] == [{"other": {"reference": f"Patient/{stays['id']}"}, "type": "replaced-by"}]

    play(scene)


def test_a_message_for_two_people_at_once_is_parked_and_nothing_of_it_written(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        await own.send(message("ADT^A04", "1", pid("12")), message("ADT^A04", "2", pid("13")))
        await own.send(message("ADT^A01", "3", pid("12", more="~13^^^BVA^MR"), pv1("V1")))
        (parked,) = await own.entries(state="parked")
        assert (parked.control_id, parked.issue) == ("3", "conflict")
        assert await own.find("Encounter") == []

    play(scene)


@pytest.mark.parametrize(
    ("sent", "issue"),
    [
        (message("ADT^A01", "1", "PID|1||||KHÔNG^SỐ"), "required"),
        (message("ZZZ^Z01", "1", pid("12")), "not-supported"),
        (message("ADT^A01", "1", pid("12")) + b"NTE|1||\xff\xfe\r", "invalid"),
        (message("ADT^A01", "", pid("12")), "structure"),
        (b"GET / HTTP/1.1\r\n\r\n", "structure"),
        (b"", "structure"),
    ],
)
def test_what_cannot_be_applied_is_parked_with_its_reason(play: Play, sent: bytes, issue: str) -> None:
    async def scene(own: Hospital) -> None:
        await own.send(sent)
        (parked,) = await own.entries()
        assert (parked.state, parked.issue) == ("parked", issue)
        assert parked.reason
        assert parked.reason_vi
        assert await own.find("Patient") == []

    play(scene)


def test_a_reason_is_whole_in_vietnamese_and_names_the_place(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        await own.send(b"PID|1", message("ADT^A04", "2", pid("1", "A\\X00\\B^C")))
        invalid, unread = await own.entries()
        assert str(unread.reason_vi).startswith("Đây không phải bản tin HL7 v2: không có phân đoạn MSH ở đầu dòng.")
        assert str(invalid.reason).endswith("Patient.name[0].family")
        assert str(invalid.reason_vi).endswith("Patient.name[0].family")

    play(scene)


def test_a_parked_message_holds_nobody_up_and_is_replayed_after_the_overlay_was_changed(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        tcvn = message("ADT^A04", "1", "PID|1||12^^^BVA^MR||").removesuffix(b"\r") + b"Nguy\xd4n^\xa7\xf8c\r"
        await own.send(tcvn, message("ADT^A04", "2", pid("13")))
        assert [each.state for each in await own.entries()] == ["applied", "parked"]
        own.sites.overlays["*|BVA"] = {"charset": "TCVN3"}  # type: ignore[index]
        assert await own.replay(sender="HIS|BVA") == 1
        (patient,) = await own.find("Patient", identifier="12")
        assert patient["name"] == [{"family": "Nguyễn", "given": ["Đức"]}]

    play(scene)


def test_a_result_corrected_is_a_new_version_of_the_same_observation(play: Play) -> None:
    def result(control_id: str, value: str, status: str, at: str) -> bytes:
        obr = "OBR|1|P1^HIS|F1^LIS|58410-2^CBC^LN" + "|" * 21 + status
        return message("ORU^R01", control_id, pid("12"), obr, f"OBX|1|NM|718-7^Hb^LN||{value}|g/L|||||{status}", at=at)

    async def scene(own: Hospital) -> None:
        await own.send(result("1", "135", "P", "20260601080000"), result("2", "153", "C", "20260601090000"))
        (observation,) = await own.find("Observation")
        (report,) = await own.find("DiagnosticReport")
        assert (observation["valueQuantity"]["value"], observation["status"]) == (153, "corrected")
        assert observation["meta"]["versionId"] == "2"
        assert report["result"] == [{"reference": f"Observation/{observation['id']}"}]

    play(scene)


def test_a_document_of_twenty_megabytes_is_taken_in_and_applied(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        data = base64.b64encode(bytes(15 * 2**20)).decode()
        txa = "TXA|1|DS|PDF|20260601" + "|" * 8 + "D1^BVA"
        await own.send(message("MDM^T02", "1", pid("12"), txa, f"OBX|1|ED|PDF||^AP^PDF^Base64^{data}||||||F"))
        (entry,) = await own.entries()
        (document,) = await own.find("DocumentReference")
        assert (entry.state, entry.size > 20 * 2**20) == ("applied", True)
        assert len(document["content"][0]["attachment"]["data"]) == len(data)

    play(scene)


def test_order_is_kept_when_many_messages_of_one_person_come_at_once(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        sent = [
            message("ADT^A08", f"{n}", pid("12", f"LẦN^{n}"), at=f"202606010{n // 60:01}{n % 60:02}00")
            for n in range(120)
        ]
        await own.send(*sent)
        (patient,) = await own.find("Patient")
        assert patient["name"][0]["given"] == ["119"]
        assert patient["meta"]["versionId"] == "120"

    play(scene)


def test_what_was_deleted_in_the_record_comes_back_with_the_next_message_about_it(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        await own.send(message("ADT^A01", "1", pid("12"), pv1("V1")))
        (encounter,) = await own.find("Encounter")
        async with works.begin(own.database, TESTER, works.TREATMENT) as work:
            await write.delete(work, own.record, "Encounter", encounter["id"])
        both = [message("ADT^A08", f"{n}", pid("12"), pv1("V1"), at=f"2026060109000{n}") for n in (2, 3)]
        await own.send(*both)
        assert [each.state for each in await own.entries()] == ["applied"] * 3
        assert len(await own.find("Encounter")) == 1

    play(scene)
