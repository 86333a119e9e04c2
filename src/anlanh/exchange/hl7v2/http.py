"""HL7 over HTTP: a message, or a batch of them, posted; its acknowledgement is the answer.

Connected systems and scripts of this machine may post, with a bearer token. FHIR: none
Source: HAPI "HL7 over HTTP" specification, https://hapifhir.github.io/hapi-hl7v2/hapi-hl7overhttp/specification.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from anlanh.exchange.hl7v2 import acknowledge, codec
from anlanh.exchange.hl7v2.inbox import Inbox
from anlanh.exchange.hl7v2.listener import reply
from anlanh.exchange.hl7v2.problems import TooLong
from anlanh.fhir.rest import outcome
from anlanh.fhir.rest.http import Authenticate
from anlanh.fhir.store.sight import NotAllowed
from anlanh.kernel.problem import Problem
from anlanh.platform import security
from anlanh.platform import work as works

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PATH = "/hl7/v2"
MESSENGERS = ("app", "system")
"""Roles that may send messages."""
MEDIA = "x-application/hl7-v2+er7"
TEXT = (b"content-type", MEDIA.encode() + b"; charset=utf-8")


class Hl7Application:
    """ASGI: POST a message to it. 200 with an ACK when it was taken in, 400 with one that says why not; an
    OperationOutcome for those who may not post."""

    def __init__(self, inbox: Inbox, limit: int, authenticate: Authenticate) -> None:
        self._inbox = inbox
        self._limit = limit
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["method"] != "POST":
            await _answer(send, 405, b"", (b"allow", b"POST"))
            return
        try:
            who = self._authenticate({k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]})
            if who.role not in MESSENGERS:
                raise NotAllowed(doing="send", type="message")
        except Problem as refused:
            security.refused_at(scope, refused, PATH)
            await _answer(send, refused.http_status, outcome.content_of(refused))
            return
        body = bytearray()
        while True:
            part = await receive()
            if part["type"] == "http.disconnect":
                return
            body += part.get("body", b"")
            if len(body) > self._limit:
                problem = TooLong(limit=self._limit)
                says = acknowledge.answer(None, "AR", works.instant(), "0", issue=problem.issue, says=problem.text)
                await _answer(send, 413, says)
                return
            if not part.get("more_body"):
                break
        messages = codec.split_batch(bytes(body)) or [bytes(body)]
        taken = [await self._inbox.take(message) for message in messages]
        failed = any(each.problem is not None for each in taken)
        await _answer(send, 400 if failed else 200, b"".join(reply(each) for each in taken))


async def _answer(send: Send, status: int, body: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [TEXT, (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
