"""FHIR as an ASGI application: one request in, one answer out, never a stack trace, never a hang.

Bounded everywhere: requests in hand, size and time of a body, wait for a connection, time of a query.

FHIR: RESTful API
Source: https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

from anlanh.fhir.model import json
from anlanh.fhir.rest import bulk, bundle, formats, offered, outcome, routes, uploads
from anlanh.fhir.rest.exchange import Ask, Reply, Server, Streamed
from anlanh.fhir.rest.problems import BadContentType, BadHeader, BodyTooLarge, SlowBody, TooManyWaiting
from anlanh.fhir.store import summary
from anlanh.kernel.problem import Problem
from anlanh.platform import security
from anlanh.platform.metrics import REQUEST_SECONDS, REQUESTS_IN_HAND
from anlanh.platform.work import Occasion, Principal

log = logging.getLogger(__name__)

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]
Authenticate: TypeAlias = Callable[[Mapping[str, str]], Principal]
Anonymous: TypeAlias = Callable[[str, Sequence[str], str], Principal | None]
"""As whom somebody without a token acts, by the method and the parts of the path; None: a token is needed."""

BODY_TIME_S = 60.0
_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")
OPEN_TO_ALL = frozenset((("metadata",),))
GIVEN_OUT = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
"""Headers of every answer: nothing of it is kept, guessed at or run by a browser that it reaches."""
RETRY_AFTER = {429: "1", 503: "2"}


class FhirApplication:
    """The FHIR endpoint. `authenticate` says who asks, or raises; `anonymous` what needs nobody to say who they are;
    `count` takes note of each request, and raises when somebody asks too much; `prefix` is the path below which it lives."""

    def __init__(
        self, server: Server, authenticate: Authenticate, *, prefix: str, public_url: str | None, body_limit_mb: int,
        waiting_limit: int, anonymous: Anonymous | None = None, count: Callable[[Ask], None] | None = None,
    ) -> None:  # fmt: skip
        self._server = server
        self._anonymous = anonymous
        self._count = count
        self._authenticate = authenticate
        self._prefix = prefix
        self._public_url = public_url
        self._body_limit_mb = body_limit_mb
        self._waiting_limit = waiting_limit
        self._in_hand = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        started = time.perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        call = _Call(scope, headers)
        if self._in_hand >= self._waiting_limit:
            reply = _refused(TooManyWaiting(limit=self._waiting_limit))
        else:
            self._in_hand += 1
            REQUESTS_IN_HAND.inc()
            try:
                reply = await self._answer(call, receive)
            finally:
                self._in_hand -= 1
                REQUESTS_IN_HAND.dec()
        if call.problem is not None:
            security.refused(
                call.problem, call.principal, route=self._route(call), request=call.request_id, network=call.network,
                events=security.OF_PROGRAMS,
            )  # fmt: skip
        await self._send(call, reply, send)
        REQUEST_SECONDS.labels(call.interaction, str(reply.status)).observe(time.perf_counter() - started)

    def _route(self, call: _Call) -> str:
        """What was asked for, without ids: the interaction and the type, where it is one."""
        kind = call.path[0] if call.path and call.path[0] in self._server.record.type_numbers else ""
        return f"{call.interaction} {kind}".rstrip()

    async def _answer(self, call: _Call, receive: Receive) -> Reply:
        try:
            call.read_url(self._prefix, self._public_url)
            if not call.path or (call.path[-1] not in offered.OWN_MEDIA and call.path[0] != bulk.PLACE):
                call.media = formats.answer_media(call.headers.get("accept"), call.pair("_format"))
        except Problem as problem:
            return _refused(problem)
        try:
            call.principal = self._who(call)
            ask = await self._ask(call, receive, call.principal)
            if self._count is not None:
                self._count(ask)
            reply = await self._handle(call, ask)
            return _preferred(ask, reply)
        except Problem as problem:
            call.problem = problem
            return _refused(problem)
        except Exception:
            log.exception("A request failed", extra={"request": call.request_id, "route": call.interaction})
            return _refused(_Unexpected(request=call.request_id))

    def _who(self, call: _Call) -> Principal:
        if call.path in OPEN_TO_ALL:
            return NOBODY
        if self._anonymous is not None and "authorization" not in call.headers:
            anybody = self._anonymous(call.scope["method"], call.path, call.occasion.network)
            if anybody is not None:
                return anybody
        return self._authenticate(call.headers)

    async def _ask(self, call: _Call, receive: Receive, principal: Principal) -> Ask:
        method = call.scope["method"]
        resource, media = None, ""
        pairs = call.pairs
        if method in ("POST", "PUT", "PATCH"):
            body = await self._body(call, receive)
            content_type = call.headers.get("content-type", "")
            if call.path and call.path[-1] == "_search":
                pairs = pairs + _form(body, content_type)
            elif _is_raw_binary(call, content_type):
                uploads.check_raw(content_type, body)
                resource = formats.binary_of(body, content_type, call.path[1] if len(call.path) > 1 else None)
            elif body.strip():
                resource, media = await _read(body, content_type, patch=method == "PATCH")
        return Ask(method, call.path, pairs, call.base, principal, call.headers, resource, media, call.occasion)

    async def _body(self, call: _Call, receive: Receive) -> bytes:
        limit = self._body_limit_mb * 2**20
        length = call.headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > 18:
            raise BadHeader(name="Content-Length", found=length[:20], wanted="a number of bytes")
        if int(length) > limit:
            raise BodyTooLarge(limit=self._body_limit_mb)
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_TIME_S):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise SlowBody(limit=BODY_TIME_S)
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > limit:
                        raise BodyTooLarge(limit=self._body_limit_mb)
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            raise SlowBody(limit=BODY_TIME_S) from None

    async def _handle(self, call: _Call, ask: Ask) -> Reply:
        if not ask.path and ask.method == "POST":
            call.interaction = "transaction"
            return await bundle.process(self._server, ask)
        interaction = routes.interaction_of(self._server, ask)
        call.interaction = interaction.name
        reply = await bundle.run(self._server, ask, interaction)
        if not ask.pairs or call.interaction not in ("read", "vread"):
            return reply
        wanted = [part for part in (ask.pair("_elements") or "").split(",") if part]
        if reply.content and (wanted or ask.pair("_summary")):
            reply.content = summary.part_of(
                self._server.record.known, reply.content, ask.pair("_summary") or "false", wanted
            )
        return reply

    async def _send(self, call: _Call, reply: Reply, send: Send) -> None:
        headers = [(b"x-request-id", call.request_id.encode()), *GIVEN_OUT]
        try:
            media, body = _as_asked(call, reply)
        except Problem as problem:
            reply = _refused(problem)
            media, body = formats.JSON, reply.content
        size = len(body) if reply.file is None else reply.file.size
        if size or reply.more is not None:
            headers.append((b"content-type", f"{media};charset=utf-8".encode() if "fhir" in media else media.encode()))
        if reply.version is not None:
            headers.append((b"etag", b'W/"%d"' % reply.version))
        if reply.updated_at is not None:
            headers.append((b"last-modified", _http_date(reply.updated_at.replace(microsecond=0))))
        if reply.location:
            headers.append((b"location", reply.location.encode()))
        if reply.status in RETRY_AFTER and "retry-after" not in reply.headers:
            headers.append((b"retry-after", RETRY_AFTER[reply.status].encode()))
        headers += [
            (name.lower().encode(), value.encode("latin-1", "replace")) for name, value in reply.headers.items()
        ]
        if reply.status not in (204, 304) and reply.more is None:
            headers.append((b"content-length", str(size).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if reply.file is not None and call.scope["method"] != "HEAD":
            await _stream(reply.file, send)
            return
        if reply.more is not None:
            await _send_pieces(body, reply.more, send)
            return
        await send({"type": "http.response.body", "body": b"" if call.scope["method"] == "HEAD" else body})


@lru_cache(maxsize=4096)
def _http_date(at: datetime) -> bytes:
    return format_datetime(at, usegmt=True).encode()


NOBODY = Principal("nobody", "nobody")


async def _stream(file: Streamed, send: Send) -> None:
    """A file, as fast as the client takes it. A fault on the way breaks the connection off, as below."""
    left = file.size
    while left:
        piece = await asyncio.to_thread(next, file.pieces, b"")
        left = left - len(piece) if piece else 0
        await send({"type": "http.response.body", "body": piece, "more_body": left > 0})


async def _send_pieces(first: bytes, more: AsyncIterator[bytes], send: Send) -> None:
    """A fault on the way breaks the connection off, so that nobody takes half an answer for the whole."""
    await send({"type": "http.response.body", "body": first, "more_body": True})
    async for piece in more:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


class _Unexpected(Problem):
    issue = "exception"
    says = "Something went wrong inside the server; nothing was written."
    hint = "Try again; if it stays so, tell the operator the request id {request}."


class _Call:
    """What is known of an HTTP request while it is answered."""

    def __init__(self, scope: Scope, headers: Mapping[str, str]) -> None:
        self.scope = scope
        self.headers = headers
        self.request_id = headers.get("x-request-id", "")
        if not _REQUEST_ID.fullmatch(self.request_id):
            self.request_id = secrets.token_hex(12)
        self.media = formats.JSON
        self.interaction = "none"
        self.path: tuple[str, ...] = ()
        self.pairs: tuple[tuple[str, str], ...] = ()
        self.base = ""
        self.principal: Principal | None = None
        self.problem: Problem | None = None

    def read_url(self, prefix: str, public_url: str | None) -> None:
        """Split the address below `prefix` and decode the query."""
        raw = self.scope["raw_path"].decode("latin-1").partition("?")[0]
        self.path = tuple(unquote(part) for part in raw[len(prefix) :].split("/") if part)
        query = self.scope["query_string"]
        if query:
            self.pairs = tuple(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        host = self.headers.get("host", "localhost")
        self.base = (public_url or f"{self.scope['scheme']}://{host}") + prefix

    @property
    def occasion(self) -> Occasion:
        """What the audit keeps of the request itself."""
        return Occasion(self.request_id, network=self.network)

    @property
    def network(self) -> str:
        """The address from which it came."""
        client = self.scope.get("client")
        return client[0] if client else ""

    def pair(self, name: str) -> str | None:
        return next((value for key, value in self.pairs if key == name), None)


def _refused(problem: Problem) -> Reply:
    wait = problem.facts.get("retry_after_s")
    headers = {} if wait is None else {"retry-after": str(wait)}
    return Reply(problem.http_status, outcome.content_of(problem), resource_type="OperationOutcome", headers=headers)


LARGE = 1_000_000
"""Bytes from which a body is read in a thread, so that other requests go on."""


async def _read(body: bytes, content_type: str, *, patch: bool) -> tuple[Any, str]:
    if len(body) < LARGE:
        return formats.read_body(body, content_type, patch=patch)
    return await asyncio.to_thread(formats.read_body, body, content_type, patch=patch)


def _form(body: bytes, content_type: str) -> tuple[tuple[str, str], ...]:
    if body and content_type.partition(";")[0].strip().lower() != formats.FORM:
        raise BadContentType(found=content_type[:60], wanted=formats.FORM)
    try:
        return tuple(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
    except UnicodeDecodeError:
        raise BadContentType(found="a form that is not UTF-8", wanted=formats.FORM) from None


def _is_raw_binary(call: _Call, content_type: str) -> bool:
    plain = content_type.partition(";")[0].strip().lower()
    return (
        call.path[:1] == ("Binary",)
        and bool(plain)
        and plain not in formats.MEDIA
        and call.scope["method"] in ("POST", "PUT")
    )


def _as_asked(call: _Call, reply: Reply) -> tuple[str, bytes]:
    """Media type and body of the answer, in the format asked for.

    Raises:
        NotWritable: XML has no place for it.
    """
    if not reply.content or reply.media:
        return reply.media, reply.content
    if (raw := _raw_binary(call, reply)) is not None:
        return raw
    return call.media, formats.write_body(reply.content, call.media, pretty=call.pair("_pretty") == "true")


def _raw_binary(call: _Call, reply: Reply) -> tuple[str, bytes] | None:
    """The bytes a Binary holds, for those who ask for its own type."""
    if reply.resource_type != "Binary" or reply.status != 200:
        return None
    accept = call.headers.get("accept", "")
    binary = json.decode_fast(reply.content)
    if accept and accept == binary.get("contentType") and accept not in formats.MEDIA:
        import base64

        return accept, base64.b64decode(binary.get("data", ""))
    return None


def _preferred(ask: Ask, reply: Reply) -> Reply:
    """Write answers as Prefer: return= asks."""
    if ask.method not in ("POST", "PUT", "PATCH") or reply.version is None:
        return reply
    wanted = ask.prefer.get("return")
    if wanted == "minimal":
        reply.content = b""
    elif wanted == "OperationOutcome":
        done = "created" if reply.status == 201 else "updated"
        reply.content = outcome.all_right(f"The {reply.resource_type} was {done}.")
        reply.resource_type = "OperationOutcome"
    return reply
