"""Text messages by a gateway, e-mail by SMTP: what they are handed, and what they answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from anlanh.kernel import settings as settings_
from anlanh.kernel.settings import BadSetting
from anlanh.platform import work as works
from anlanh.services.notify import rules
from anlanh.services.notify.actions.channels.gateway import Gateway
from anlanh.services.notify.actions.channels.mail import Mail
from anlanh.services.notify.model import Claimed, Entered, Receipt

HERE = settings_.read({"ANLANH_WEBHOOK_ALLOW": "127.0.0.1", "ANLANH_PUBLIC_URL": "https://an-lanh.example"})
Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def claimed(address: str, channel: str) -> Claimed:
    """A delivery that is to be sent now."""
    return Claimed(7, 1, Entered("m", 1, 1, "result", "asap", works.instant()), channel, (address,), rules.OUTSIDE)


def at_a_server(speak: Speak, send: Callable[[int], Awaitable[Receipt]]) -> Receipt:
    """What a channel says when it talks to a server that speaks so."""

    async def main() -> Receipt:
        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        try:
            return await send(server.sockets[0].getsockname()[1])
        finally:
            server.close()

    return asyncio.run(main())


def by_gateway(answer: str) -> tuple[Receipt, list[str]]:
    """Hand a text to a gateway that answers so: receipt, head and body that it got."""
    got: list[str] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append((await reader.readuntil(b"\r\n\r\n")).decode())
        length = next(int(line[15:]) for line in got[0].lower().split("\r\n") if line.startswith("content-length:"))
        got.append((await reader.readexactly(length)).decode())
        writer.write(f"HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()

    return at_a_server(
        speak, lambda port: Gateway(f"http://s%3Acret@127.0.0.1:{port}/sms", HERE).send(claimed("0912345678", "sms"))
    ), got


def by_mail(*answers: str) -> tuple[Receipt, str]:
    """Hand a mail to a server that answers so, line for line: receipt, everything that was said to it."""
    said: list[str] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()
            line = await (reader.readuntil(b"\r\n.\r\n") if answer.startswith("354") else reader.readline())
            said.append(line.decode())
        writer.close()

    receipt = at_a_server(
        speak,
        lambda port: Mail(f"smtp://127.0.0.1:{port}?from=tin@an-lanh.example", HERE).send(claimed("a@b.vn", "email")),
    )
    return receipt, "".join(said)


def test_a_gateway_gets_what_may_be_said_outside_and_a_number_for_once() -> None:
    receipt, (head, body) = by_gateway("202 Accepted")
    assert receipt == Receipt("sent", receipt="anlanh-sms-7")
    assert json.loads(body) == {
        "id": "anlanh-sms-7",
        "to": "0912345678",
        "text": f"{rules.OUTSIDE} https://an-lanh.example/tin-nhan",
    }
    assert "authorization: Bearer s:cret" in head
    assert "POST /sms " in head


@pytest.mark.parametrize(
    ("answer", "outcome"), [("400 Bad", "refused"), ("429 Slow down", "later"), ("500 Broken", "later")]
)
def test_what_the_gateway_answers_decides(answer: str, outcome: str) -> None:
    assert by_gateway(answer)[0].outcome == outcome


def test_a_mail_says_nothing_but_that_there_is_news() -> None:
    receipt, said = by_mail("220 hi", "250 hello", "250 from", "250 to", "354 go", "250 taken", "221 bye")
    assert receipt == Receipt("sent", receipt="<anlanh-7@127.0.0.1>")
    assert "mail FROM:<tin@an-lanh.example>" in said
    assert "rcpt TO:<a@b.vn>" in said


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (("421 not now",), "later"),
        (("220 hi", "250 hello", "250 from", "550 no such", "250 reset"), "refused"),
        (("220 hi", "250 hello", "250 from", "250 to", "354 go"), "unsure"),
    ],
)
def test_a_mail_that_may_have_gone_out_is_not_sent_again(answers: tuple[str, ...], outcome: str) -> None:
    assert by_mail(*answers)[0].outcome == outcome


def test_an_address_of_another_kind_is_not_taken_and_not_shown() -> None:
    with pytest.raises(BadSetting, match="not shown"):
        settings_.read({"ANLANH_SMTP": "http://user:secret@host"})
