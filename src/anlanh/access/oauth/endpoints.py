"""The endpoints for programs as one ASGI application; each is a row of a table.

Source: RFC 6749 (3), RFC 7662, RFC 7009, RFC 7591, RFC 8414; SMART App Launch 2.2
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from anlanh.access.accounts import attempts
from anlanh.access.oauth import authorising, clients, discovery, exchanging, introspecting, redirects, registration
from anlanh.access.oauth.cors import Cors, Receive, Scope, Send
from anlanh.access.oauth.exchanging import Authority
from anlanh.access.oauth.model import (
    AUTHORIZE,
    CONSENT,
    INTROSPECT,
    JWKS,
    REGISTER,
    REVOKE,
    SERVICE,
    STYLE,
    TOKEN,
)
from anlanh.access.oauth.problems import NotInRequest, NotThisWay, OAuthProblem, TooLong
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings
from anlanh.platform import security
from anlanh.platform import work as works
from anlanh.platform.database import Database

log = logging.getLogger(__name__)

LIMIT_KB = 64
BODY_TIME_S = 10.0
NOT_KEPT = {"cache-control": "no-store", "pragma": "no-cache"}
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, for the server at `own`. `pairs` are its form, or its query."""

    own: str
    pairs: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    network: str

    @property
    def form(self) -> dict[str, str]:
        """The parameters, each of which may be there once.

        Raises:
            NotInRequest: one is there twice.
        """
        names = [name for name, _ in self.pairs]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise NotInRequest(name=twice[:40], wanted="the parameter once")
        return dict(self.pairs)


class Endpoints:
    """The authorisation server's endpoints for programs."""

    def __init__(self, database: Database, authority: Authority, settings: Settings) -> None:
        self._database = database
        self._authority = authority
        self._settings = settings
        self._with_cors = Cors(self._answer, authority.trust)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry, for HTTP requests to one of PATHS."""
        await self._with_cors(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except Problem as problem:
            network = request.client.host if request.client else ""
            security.refused(problem, None, route=request.url.path, network=network)
            response = refused(problem)
        except Exception:
            log.exception("An endpoint failed", extra={"route": scope["path"], "method": scope["method"]})
            response = JSONResponse({"error": "server_error"}, 500, NOT_KEPT)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        methods = TABLE[request.url.path]
        handle = methods.get("GET" if request.method == "HEAD" else request.method)
        if handle is None:
            raise NotThisWay(method=request.method[:10])
        body = await _body(request) if request.method == "POST" else b""
        ask = Ask(
            self._own(request),
            _pairs(request, body),
            request.headers,
            body,
            request.client.host if request.client else "",
        )
        return await handle(self._database, self._authority, ask)

    def _own(self, request: Request) -> str:
        found = urlsplit(
            self._settings.public_url or f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"
        )
        return f"{found.scheme}://{found.netloc}"


def refused(problem: Problem) -> Response:
    """A problem as OAuth tells it to programs."""
    error = problem.error if isinstance(problem, OAuthProblem) else "temporarily_unavailable"
    told = {"error": error, "error_description": f"{problem.text} {problem.way_out}"}
    return JSONResponse(told, problem.http_status, NOT_KEPT)


async def _authorize(database: Database, authority: Authority, ask: Ask) -> Response:
    try:
        async with works.begin(database, SERVICE, works.OPERATIONS, transaction=False) as work:
            begun = await authorising.begin(work, authority.record, ask.pairs, ask.own)
        location = begun.location
    except OAuthProblem as problem:
        location = redirects.with_query(f"{CONSENT}/loi", ly_do=type(problem).__name__)
    return RedirectResponse(location, 303, {**NOT_KEPT, "referrer-policy": "no-referrer"})


async def _token(database: Database, authority: Authority, ask: Ask) -> Response:
    async with works.begin(database, SERVICE, works.OPERATIONS, transaction=False) as work:
        authorization = ask.headers.get("authorization", "")
        found = await exchanging.exchange(work, authority, ask.form, authorization, ask.own)
    return JSONResponse(found, 200, NOT_KEPT)


async def _introspect(database: Database, authority: Authority, ask: Ask) -> Response:
    async with works.begin(database, SERVICE, works.OPERATIONS, transaction=False) as work:
        found = await introspecting.introspect(work, authority, ask.form, ask.headers, ask.own)
    return JSONResponse(found, 200, NOT_KEPT)


async def _revoke(database: Database, authority: Authority, ask: Ask) -> Response:
    async with works.begin(database, SERVICE, works.OPERATIONS, transaction=False) as work:
        await introspecting.revoke(work, authority, ask.form, ask.headers, ask.own)
    return Response(status_code=200, headers=NOT_KEPT)


async def _register(database: Database, authority: Authority, ask: Ask) -> Response:
    try:
        body = json.loads(ask.body)
    except (ValueError, RecursionError):
        body = None
    async with works.begin(database, SERVICE, works.OPERATIONS, transaction=False) as work:
        network = ("register", attempts.network_of(ask.network))
        await attempts.count(work, authority.vault, registration.OF_NETWORK, *network)
        registered = registration.read(body, work.at)
    async with works.begin(database, SERVICE, works.OPERATIONS) as work:
        await clients.register(work, registered.client)
    return JSONResponse(registration.answer(registered), 201, NOT_KEPT)


def _says(document: Callable[[Authority, str], Any]) -> Handle:
    """An endpoint that only tells something public."""

    async def handle(database: Database, authority: Authority, ask: Ask) -> Response:
        return JSONResponse(document(authority, ask.own), 200, {"cache-control": "public, max-age=60"})

    return handle


Handle: TypeAlias = Callable[[Database, Authority, Ask], Awaitable[Response]]
TABLE: dict[str, dict[str, Handle]] = {
    AUTHORIZE: {"GET": _authorize, "POST": _authorize},
    TOKEN: {"POST": _token},
    INTROSPECT: {"POST": _introspect},
    REVOKE: {"POST": _revoke},
    REGISTER: {"POST": _register},
    JWKS: {"GET": _says(lambda authority, own: authority.trust.jwks)},
    STYLE: {"GET": _says(lambda authority, own: discovery.STYLES)},
    discovery.SMART: {"GET": _says(lambda authority, own: discovery.smart(own))},
    discovery.OPENID: {"GET": _says(lambda authority, own: discovery.openid(own))},
    discovery.OAUTH: {"GET": _says(lambda authority, own: discovery.authorization_server(own))},
}
PATHS = frozenset(TABLE)


async def _body(request: Request) -> bytes:
    """The body, no longer than LIMIT_KB.

    Raises:
        TooLong: it is longer.
        NotInRequest: it did not come in time.
    """
    body = b""
    try:
        async with asyncio.timeout(BODY_TIME_S):
            async for piece in request.stream():
                body += piece
                if len(body) > LIMIT_KB * 1024:
                    raise TooLong(limit_kb=LIMIT_KB)
    except TimeoutError:
        raise NotInRequest(name="the body", wanted="all of it within ten seconds") from None
    return body


def _pairs(request: Request, body: bytes) -> tuple[tuple[str, str], ...]:
    """The form, or without one the query; empty values count as not sent (RFC 6749, 3.1).

    Raises:
        NotInRequest: it is none.
    """
    is_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
    if request.method == "POST" and not is_form:
        return ()
    try:
        text = body.decode("utf-8") if is_form else request.url.query
        found = parse_qsl(text, max_num_fields=100, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise NotInRequest(name="the form", wanted="UTF-8, form-encoded") from None
    if any("\0" in name + value for name, value in found):
        raise NotInRequest(name="the form", wanted="text without U+0000")
    return tuple(found)
