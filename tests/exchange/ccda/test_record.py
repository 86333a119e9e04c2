"""From documents to the record: once each, whole or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from anlanh.exchange.ccda import receiving
from anlanh.exchange.ccda.problems import SeveralPeople
from anlanh.exchange.intake.documents import Taken
from anlanh.exchange.intake.problems import DocumentChanged, NoPatient
from anlanh.fhir.store.sight import NotAllowed
from anlanh.platform.database import Database
from anlanh.platform.work import Principal
from tests.conftest import Ground
from tests.exchange.ccda.hospital import BHYT, document, medicine, problem, section, vital
from tests.exchange.hl7v2.hospital import Hospital, hospital, message, pid

SENDER = Principal("app:bva", "app")
Scene = Callable[[Hospital, Callable[[bytes], Awaitable[Taken]]], Awaitable[None]]


@pytest.fixture
def play(ground: Ground, tmp_path: Path) -> Callable[[Scene], None]:
    """Runs a scene on an empty record."""

    def run(scene: Scene) -> None:
        async def main(database: Database) -> None:
            async with hospital(database, ground.record, tmp_path) as own:
                await scene(own, lambda data: receiving.receive(database, ground.record, SENDER, data))

        ground.open(main)

    return run


def test_a_discharge_summary_speaks_of_the_person_whom_messages_speak_of(play: Callable[[Scene], None]) -> None:
    async def scene(own: Hospital, send: Callable[[bytes], Awaitable[Taken]]) -> None:
        await own.send(message("ADT^A04", "1", pid("12", more=f"~{BHYT}^^^BHYT^HC")))
        taken = await send(document(section("11535-2", "Chẩn đoán", problem("J18.9", "Viêm phổi"))))
        (patient,) = await own.find("Patient")
        (condition,) = await own.find("Condition", subject=patient["id"])
        (stay,) = await own.find("Encounter", patient=patient["id"])
        (composition,) = await own.find("Composition", patient=patient["id"])
        assert condition["encounter"]["reference"] == f"Encounter/{stay['id']}"
        assert condition["meta"]["source"] == "urn:cda:app%3Abva:XV-1:20260601080000"
        assert composition["section"][0]["entry"] == [{"reference": f"Condition/{condition['id']}"}]
        assert f"DocumentReference/{taken.document_id}" in taken.resources

    play(scene)


def test_the_same_document_again_changes_nothing_and_another_of_its_number_is_refused(
    play: Callable[[Scene], None],
) -> None:
    async def scene(own: Hospital, send: Callable[[bytes], Awaitable[Taken]]) -> None:
        signs = section("8716-3", "Sinh hiệu", vital("8480-6", "132.0", "mm[Hg]"))
        first, again = await send(document(signs)), await send(document(signs))
        assert (first.new, again.new, first.document_id) == (True, False, again.document_id)
        assert [each["meta"]["versionId"] for each in await own.find("Observation")] == ["1"]
        with pytest.raises(DocumentChanged):
            await send(document())

    play(scene)


def test_a_new_version_replaces_what_it_says_anew(play: Callable[[Scene], None]) -> None:
    async def scene(own: Hospital, send: Callable[[bytes], Awaitable[Taken]]) -> None:
        await send(document(section("11535-2", "Chẩn đoán", problem("J18.9", "Viêm phổi")), version="1"))
        await send(
            document(
                section("11535-2", "Chẩn đoán", problem("J18.1", "Viêm phổi thùy")),
                number="XV-2",
                version="2",
                at="20260602080000+0700",
            )
        )
        (condition,) = await own.find("Condition")
        (composition,) = await own.find("Composition")
        assert condition["code"]["coding"][0]["code"] == "J18.1"
        assert composition["meta"]["versionId"] == "2"
        assert len(await own.find("DocumentReference")) == 2

    play(scene)


def test_a_document_about_nobody_leaves_nothing_behind(play: Callable[[Scene], None]) -> None:
    async def scene(own: Hospital, send: Callable[[bytes], Awaitable[Taken]]) -> None:
        with pytest.raises(NoPatient):
            await send(document(person='<id nullFlavor="UNK"/>'))
        assert await own.find("Organization") == []

    play(scene)


def test_a_document_about_two_people_is_refused_whole(play: Callable[[Scene], None]) -> None:
    async def scene(own: Hospital, send: Callable[[bytes], Awaitable[Taken]]) -> None:
        one = document(section("11535-2", "Chẩn đoán", problem("J18.9", "Viêm phổi")))
        target = one[one.index(b"<recordTarget>") : one.index(b"</recordTarget>") + len(b"</recordTarget>")]
        with pytest.raises(SeveralPeople, match="2 people"):
            await send(one.replace(target, target + target.replace(b"An</given>", "Bình</given>".encode())))
        assert await own.find("Patient") == []

    play(scene)


def test_references_to_nowhere_and_elements_that_are_not_known_do_no_harm(play: Callable[[Scene], None]) -> None:
    async def scene(own: Hospital, send: Callable[[bytes], Awaitable[Taken]]) -> None:
        unknown = '<observation nullFlavor="NI"><code nullFlavor="UNK"/><value xsi:type="PQ" nullFlavor="NASK"/></observation>'
        sections = (
            section("10160-0", "Thuốc", medicine("Amlodipin"), text='<content ID="other">Không có</content>'),
            section("30954-2", "Kết quả", unknown, '<act nullFlavor="NA"/>'),
        )
        taken = await send(
            document(*sections).replace(
                b'<effectiveTime value="20260601080000+0700"/>', b'<effectiveTime nullFlavor="UNK"/>'
            )
        )
        assert taken.new
        assert len(await own.find("Patient")) == 1
        assert len(await own.find("DocumentReference")) == 1

    play(scene)


def test_only_connected_systems_may_send(ground: Ground) -> None:
    async def main(database: Database) -> None:
        with pytest.raises(NotAllowed):
            await receiving.receive(database, ground.record, Principal("Patient/1", "citizen"), document())

    ground.open(main)
