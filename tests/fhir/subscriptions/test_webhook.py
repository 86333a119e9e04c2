"""Where notifications may go."""

from __future__ import annotations

import asyncio
import socket

import pytest

from anlanh.fhir.subscriptions import webhook
from anlanh.fhir.subscriptions.problems import ForbiddenEndpoint, NotDelivered

PRIVATE = [
    "https://127.0.0.1/x", "https://10.0.0.1/x", "https://192.168.1.1/x", "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x", "https://[::ffff:127.0.0.1]/x", "https://[fd00::1]/x", "https://0.0.0.0/x", "https://100.64.0.1/x",
    "https://localhost/x", "https://2130706433/x",
]  # fmt: skip


@pytest.mark.parametrize("url", PRIVATE)
def test_addresses_inside_the_network_are_refused(url: str) -> None:
    with pytest.raises(ForbiddenEndpoint):
        asyncio.run(webhook.resolve(url, ()))


@pytest.mark.parametrize(
    "url", ["http://8.8.8.8/x", "ftp://8.8.8.8/x", "https://user:word@8.8.8.8/x", "nothing", "https://8.8.8.8:99999/"]
)
def test_anything_but_plain_https_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenEndpoint):
        asyncio.run(webhook.resolve(url, ()))


def test_public_addresses_and_hosts_the_operator_names_are_called() -> None:
    assert asyncio.run(webhook.resolve("https://8.8.8.8/hook?a=b", ())).path == "/hook?a=b"
    assert asyncio.run(webhook.resolve("http://127.0.0.1:99/hook", ("127.0.0.1",))).port == 99
    assert asyncio.run(webhook.resolve("http://127.0.0.1:99/hook", ("127.0.0.1:99",))).port == 99


async def _answering(answer: bytes) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        await webhook.send("POST", f"http://127.0.0.1:{port}/", [], b"", timeout_s=1, allow=("127.0.0.1",))


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\n\r\n", b"HTTP/1.1 500 No\r\n\r\n", b"nonsense\r\n\r\n", b"",
     b"HTTP/1.1 200 OK\r\nx: " + b"a" * 200_000],
)  # fmt: skip
def test_redirects_failures_and_nonsense_are_not_a_delivery(answer: bytes) -> None:
    with pytest.raises(NotDelivered):
        asyncio.run(_answering(answer))


def test_an_endpoint_that_says_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(NotDelivered):
            asyncio.run(webhook.send("POST", url, [], b"", timeout_s=0.2, allow=("127.0.0.1",)))
