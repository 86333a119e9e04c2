"""Web Push: only the device reads it; what the push service answers decides."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from anlanh.kernel import settings as settings_
from anlanh.platform import work as works
from anlanh.services.notify import rules
from anlanh.services.notify.actions.channels import push
from anlanh.services.notify.model import Claimed, Entered, Receipt

AUTH = bytes(range(16))


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Device:
    """A browser: an address at a push service, and the keys that open what comes."""

    def __init__(self, endpoint: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.address = json.dumps({"endpoint": endpoint, "keys": {"p256dh": _text(public), "auth": _text(AUTH)}})

    def read(self, body: bytes) -> dict[str, str]:
        """What came."""
        opened = http_ece.decrypt(body, private_key=self.key, auth_secret=AUTH, version="aes128gcm")
        found: dict[str, str] = json.loads(opened)
        return found


def claimed(*addresses: str, priority: str = "asap") -> Claimed:
    """A delivery that is to be sent now."""
    entered = Entered("m", 1, 1, "result", priority, works.instant())
    return Claimed(7, 1, entered, "push", addresses, rules.OUTSIDE)


def send(tmp_path: Path, answer: str, *paths: str) -> tuple[Receipt, list[tuple[str, bytes]], list[Device]]:
    """Send to a push service of the test's own that answers so: receipt, what it got (head, body), the devices."""
    got: list[tuple[str, bytes]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1]) for line in head.lower().split("\r\n") if line.startswith("content-length")
        )
        got.append((head, await reader.readexactly(length)))
        writer.write(f"HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async def main() -> tuple[Receipt, list[Device]]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        devices = [Device(f"http://127.0.0.1:{port}/{path}") for path in paths]
        allowed = {"ANLANH_DATA": str(tmp_path), "ANLANH_WEBHOOK_ALLOW": "127.0.0.1"}
        channel = push.Push(settings_.read(allowed))
        receipt = await channel.send(claimed(*(each.address for each in devices)))
        server.close()
        return receipt, devices

    receipt, devices = asyncio.run(main())
    return receipt, got, devices


def test_only_the_device_reads_it_and_it_says_nothing_but_that_there_is_news(tmp_path: Path) -> None:
    receipt, [(head, body)], [device] = send(tmp_path, "201 Created", "one")
    assert receipt == Receipt("sent")
    assert device.read(body) == {"body": rules.OUTSIDE, "url": "/tin-nhan", "tag": "anlanh-7"}
    assert b"An L" not in body
    assert "content-encoding: aes128gcm" in head.lower()


def test_the_server_proves_who_it_is_to_the_push_service(tmp_path: Path) -> None:
    _, [(head, _)], _ = send(tmp_path, "201 Created", "one")
    line = next(line for line in head.split("\r\n") if line.lower().startswith("authorization"))
    token, public = line.split("t=")[1].split(", k=")
    key = push.private_key(settings_.read({"ANLANH_DATA": str(tmp_path)}))
    assert public == push.public_key(key)
    claims = jwt.decode(token, ECKey.import_key(key), algorithms=["ES256"]).claims
    assert claims["aud"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("answer", "outcome", "gone"),
    [
        ("410 Gone", "refused", 1),
        ("404 Not Found", "refused", 1),
        ("413 Large", "refused", 0),
        ("429 Slow down", "later", 0),
        ("503 Busy", "later", 0),
    ],
)
def test_what_the_push_service_answers_decides(tmp_path: Path, answer: str, outcome: str, gone: int) -> None:
    receipt, _, _ = send(tmp_path, answer, "one")
    assert (receipt.outcome, len(receipt.gone)) == (outcome, gone)


def test_a_push_service_that_is_down_is_tried_again(tmp_path: Path) -> None:
    channel = push.Push(settings_.read({"ANLANH_DATA": str(tmp_path), "ANLANH_WEBHOOK_ALLOW": "127.0.0.1"}))
    receipt = asyncio.run(channel.send(claimed(Device("http://127.0.0.1:9/down").address)))
    assert receipt.outcome == "later"


def test_a_device_cannot_point_the_server_at_the_inside_of_the_house(tmp_path: Path) -> None:
    channel = push.Push(settings_.read({"ANLANH_DATA": str(tmp_path)}))
    receipt = asyncio.run(channel.send(claimed(Device("https://127.0.0.1:5432/").address)))
    assert receipt.outcome == "refused"
