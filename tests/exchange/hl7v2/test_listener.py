"""MLLP: acknowledged only when on disk, in order, in both modes, over TLS too; and what is cut short."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anlanh.exchange.hl7v2 import acknowledge, codec, mllp
from anlanh.platform.database import Database
from tests.conftest import Ground
from tests.exchange.hl7v2.hospital import Hospital, hospital, listening, message, pid, talk, until_settled

Play = Callable[..., None]


@pytest.fixture
def play(ground: Ground, tmp_path: Path) -> Play:
    """Runs a scene with a hospital on an empty record."""

    def run(scene: Callable[[Hospital], Awaitable[None]]) -> None:
        async def main(database: Database) -> None:
            async with hospital(database, ground.record, tmp_path) as own:
                await scene(own)

        ground.open(main)

    return run


def test_every_message_is_answered_in_its_order_and_kept(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        async with listening(own, apply=False) as port:
            answers = await talk(port, [message("ADT^A04", f"C{n}", pid(f"{n}")) for n in range(200)])
        assert [each[1] for each in answers] == [f"MSA|AA|C{n}" for n in range(200)]
        assert answers[0][0].split("|")[2:6] == ["EMR", "TN", "HIS", "BVA"]
        assert [each.control_id for each in reversed(await own.entries(count=1000))] == [f"C{n}" for n in range(200)]

    play(scene)


@pytest.mark.parametrize(
    ("modes", "wanted"),
    [
        ("|", ["AA"]),
        ("AL|NE", ["CA"]),
        ("AL|AL", ["CA", "AA"]),
        ("NE|AL", ["AA"]),
        ("AL|ER", ["CA"]),
        ("ER|NE", []),
        ("YES|NE", ["CA"]),
    ],
)
def test_msh_15_and_16_ask_for_the_acknowledgements(play: Play, modes: str, wanted: list[str]) -> None:
    async def scene(own: Hospital) -> None:
        async with listening(own) as port:
            sent = [message("ADT^A04", "1", pid("12"), modes=modes), message("ADT^A04", "2", pid("13"))]
            answers = await talk(port, sent, answers=len(wanted) + 1)
            await until_settled(own, 2)
        codes = [each[1].split("|") for each in answers]
        assert [code for _, code, control_id in codes if control_id == "1"] == wanted

    play(scene)


def test_a_message_that_is_parked_is_told_so_in_enhanced_mode(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        async with listening(own) as port:
            first, second = await talk(port, [message("ADT^A04", "1", "PID|1", modes="AL|ER")], answers=2)
        assert first[1] == "MSA|CA|1"
        assert second[1] == "MSA|AE|1"
        assert second[2].startswith("ERR|||101^")

    play(scene)


def test_noise_is_rejected_and_kept(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        async with listening(own, apply=False) as port:
            (answer,) = await talk(port, [b"xin ch\xc3\xa0o"])
        assert answer[1] == "MSA|AR|"
        assert [each.state for each in await own.entries()] == ["parked"]

    play(scene)


def test_what_cannot_be_read_in_a_header_is_answered_in_the_same_bytes(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        async with listening(own, apply=False) as port:
            sent = [message("ADT^A04", "C?", pid("1"), sender="HIS|B?"), message("ADT^A04", "C2", pid("2"))]
            answers = await talk(port, [each.replace(b"?", b"\xd4") for each in sent])
        assert [each[1] for each in answers] == ["MSA|AA|C\udcd4", "MSA|AA|C2"]

    play(scene)


@pytest.mark.parametrize("event", ["A\\X0D\\04", "A\\X1C0D\\04", "A\\F\\04"])
def test_an_acknowledgement_keeps_its_fields_whatever_is_echoed(event: str) -> None:
    sent = codec.parse(message(f"ADT^{event}", "C\x1c", pid("1")))
    answered = mllp.frame(acknowledge.answer(sent, "AA", datetime(2026, 6, 1, tzinfo=UTC), "7"))
    (whole,) = mllp.Frames(1000).feed(answered)
    header, told = codec.parse(whole).segments
    assert (header.first(10), told.name, told.first(1), told.first(2)[0]) == ("7", "MSA", "AA", "C")


def test_a_message_cut_by_the_connection_is_parked_and_its_repetition_applied(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        whole = message("ADT^A04", "1", pid("12"))
        async with listening(own) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(mllp.frame(whole)[:-20])
            await writer.drain()
            writer.close()
            await until_settled(own, 1)
            await talk(port, [whole])
            await until_settled(own, 2)
        assert [each.state for each in await own.entries()] == ["applied", "parked"]

    play(scene)


def test_bytes_may_come_in_any_pieces() -> None:
    sent = b"noise" + mllp.frame(b"eins") + mllp.frame(b"zwei\x1cund") + b"\x0bdrei"
    frames = mllp.Frames(100)
    assert [each for at in range(len(sent)) for each in frames.feed(sent[at : at + 1])] == [b"eins", b"zwei\x1cund"]
    assert frames.rest == b"drei"


def test_nothing_is_read_from_the_network_while_the_disk_is_behind(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        async with listening(own, apply=False) as port, own.database.connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("lock table exchange_message in access exclusive mode")
            sender = asyncio.create_task(talk(port, [message("ADT^A04", f"{n}", pid("12")) for n in range(1500)]))
            await asyncio.sleep(0.5)
            waiting = own.inbox.waiting
            await transaction.rollback()
            answers = await sender
        assert 0 < waiting < 300
        assert len(answers) == 1500
        assert len(await own.entries(count=2000)) == 1500

    play(scene)
