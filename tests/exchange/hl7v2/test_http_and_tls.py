"""The other ways in: HTTP, and MLLP over TLS; and what an operator gets to see."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from anlanh.exchange.hl7v2 import api, mllp
from anlanh.exchange.hl7v2.http import Hl7Application
from anlanh.exchange.intake import charset
from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.platform.blobs import Blobs
from anlanh.platform.database import Database
from anlanh.platform.envelope import Keys
from anlanh.platform.work import Principal
from tests.conftest import Ground
from tests.exchange.hl7v2.hospital import LIMIT, TESTER, Hospital, hospital, listening, message, pid, until_settled

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


SENDER = Principal("client:hospital", "app")


async def post(
    own: Hospital, body: bytes, method: str = "POST", limit: int = LIMIT, who: Principal = SENDER
) -> tuple[int, str]:
    """Status and body of the answer."""
    sent: list[dict[str, Any]] = []
    parts = [
        {"type": "http.request", "body": body[:100], "more_body": True},
        {"type": "http.request", "body": body[100:]},
    ]

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    scope = {"type": "http", "method": method, "headers": []}
    await Hl7Application(own.inbox, limit, lambda headers: who)(scope, receive, send)
    return sent[0]["status"], sent[1]["body"].decode()


def test_a_message_posted_is_acknowledged_in_the_answer(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        status, answer = await post(own, message("ADT^A04", "1", pid("12")))
        await own.worker.drain()
        assert (status, answer.split("\r")[1]) == (200, "MSA|AA|1")
        assert len(await own.find("Patient")) == 1

    play(scene)


def test_people_do_not_post_messages(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        status, answer = await post(own, message("ADT^A04", "1", pid("12")), who=Principal("Practitioner/x", "doctor"))
        assert (status, "forbidden" in answer) == (403, True)
        assert await own.find("Patient") == []

    play(scene)


def test_a_batch_posted_is_acknowledged_message_by_message(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        batch = (
            b"FHS|^~\\&|\rBHS|^~\\&|\r"
            + message("ADT^A04", "1", pid("12"))
            + message("ADT^A04", "2", pid("13"))
            + b"BTS|2\r"
        )
        status, answer = await post(own, batch)
        assert (status, [line for line in answer.split("\r") if line.startswith("MSA")]) == (
            200,
            ["MSA|AA|1", "MSA|AA|2"],
        )

    play(scene)


def test_what_stands_before_the_first_message_of_a_batch_is_refused_and_the_messages_are_taken(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        status, answer = await post(own, b"FHS|^~\\&|\rOBX|1|NM|x\r" + message("ADT^A04", "1", pid("12")))
        await own.worker.drain()
        lines = [line for line in answer.split("\r") if line.startswith("MSA")]
        assert (status, lines) == (400, ["MSA|AR|", "MSA|AA|1"])
        assert "MSH" in answer.partition("ERR")[2]
        assert len(await own.find("Patient")) == 1

    play(scene)


@pytest.mark.parametrize(
    ("body", "method", "limit", "status"),
    [(b"hello", "POST", LIMIT, 400), (b"", "GET", LIMIT, 405), (message("ADT^A04", "1", pid("12")), "POST", 50, 413)],
)
def test_what_is_no_message_too_long_or_no_post_is_refused(
    play: Play, body: bytes, method: str, limit: int, status: int
) -> None:
    async def scene(own: Hospital) -> None:
        assert (await post(own, body, method, limit))[0] == status

    play(scene)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    signed = made.sign(key, hashes.SHA256())
    file = tmp_path / "server.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


def test_mllp_goes_over_tls_when_there_is_a_certificate(play: Play, certificate: Path) -> None:
    async def scene(own: Hospital) -> None:
        context = ssl.create_default_context(cafile=str(certificate))
        context.check_hostname = False
        async with listening(own, certificate=certificate) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
            writer.write(mllp.frame(message("ADT^A04", "1", pid("12"))))
            answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 10)
            writer.close()
            await until_settled(own, 1)
        assert b"MSA|AA|1" in answer

    play(scene)


def test_an_operator_sees_each_sender_and_each_message(play: Play, tmp_path: Path) -> None:
    async def scene(own: Hospital) -> None:
        await own.send(
            message("ADT^A04", "1", pid("12")), message("ADT^A04", "1", pid("12")), message("ADT^A04", "2", "PID|1")
        )
        await own.send(message("ORU^R01", "1", pid("12"), sender="LIS|BVA"))
        async with works.begin(own.database, TESTER, works.OPERATIONS) as work:
            his, lis = await api.senders(work)
            (parked,) = await api.messages(work, sender="HIS|BVA", state="parked")
            text = await api.message(work, parked.number, Blobs(tmp_path, Keys(tmp_path.parent / "key")))
        assert (his.sender, his.last_day, his.duplicates, his.parked, his.waiting) == ("HIS|BVA", 3, 1, 1, 0)
        assert (lis.sender, lis.parked, lis.delay_p95_ms is not None) == ("LIS|BVA", 0, True)
        assert text.split("\n")[1] == "PID|1"

    play(scene)


def test_who_looks_at_a_message_is_on_the_list_of_those_of_whom_it_speaks(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        ((number, _),) = await own.send(message("ADT^A04", "1", pid("12")))
        async with works.begin(own.database, TESTER, works.OPERATIONS, transaction=False) as work:
            entry, text = await api.show(work, number, own.inbox._blobs)
            looks = list(work.seen)
        assert text.startswith("MSH|")
        assert [look.rule for look in looks] == [api.RULE]
        assert [f"Patient/{each['id']}" for each in await own.find("Patient")] == [
            each for each in entry.resources if each.startswith("Patient/")
        ]
        assert len(looks[0].patients) == 1

    play(scene)


def test_what_a_steward_declares_holds_for_a_parked_message_that_is_replayed(play: Play) -> None:
    async def scene(own: Hospital) -> None:
        settings = settings_.read({})
        await own.send(charset.encode(message("ADT^A04", "1", pid("12", "LÊ^Hoà")).decode(), charset.TCVN3))
        async with works.begin(own.database, TESTER, works.OPERATIONS) as work:
            await api.declare(work, settings, "HIS|BVA", '{"charset": "TCVN3", "codes": {"HL70001": {"M": "F"}}}')
        assert await own.replay() == 1
        (patient,) = await own.find("Patient")
        assert (patient["gender"], patient["name"][0]["given"]) == ("female", ["Hoà"])

    play(scene)
