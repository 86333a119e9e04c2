"""Where the program is put together: one ASGI application per web worker.

`/fhir` is the record, `/oauth` and `/.well-known` are for apps, `/health/live`, `/health/ready` and `/metrics` for
operators, the rest are pages.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from anlanh.access import operations, public
from anlanh.access.audit import events
from anlanh.access.oauth import assembly, discovery
from anlanh.access.oauth.cors import Cors
from anlanh.access.oauth.endpoints import PATHS, Endpoints
from anlanh.access.oauth.model import CHANNEL as OAUTH_CHANNEL
from anlanh.access.quota import Limits, Quota
from anlanh.access.tokens import Tokens, key_of
from anlanh.exchange.ccda import http as cda_http
from anlanh.exchange.ccda.http import CdaApplication
from anlanh.exchange.hl7v2 import channel as hl7
from anlanh.exchange.hl7v2 import http as hl7_http
from anlanh.exchange.hl7v2.http import Hl7Application
from anlanh.exchange.hl7v2.inbox import Inbox
from anlanh.exchange.intake import documents
from anlanh.fhir.rest import websocket
from anlanh.fhir.rest.exchange import Server
from anlanh.fhir.rest.http import FhirApplication
from anlanh.fhir.rest.subscriptions import WEBSOCKET
from anlanh.fhir.store.conformance import CHANNEL
from anlanh.fhir.store.reader import Reader
from anlanh.kernel.settings import Settings
from anlanh.platform import health, security
from anlanh.platform.database import Database
from anlanh.platform.events import Listener
from anlanh.portal import SERVICES, Portal
from anlanh.tenant import open_tenant

log = logging.getLogger(__name__)

MIGRATIONS = (
    "anlanh.fhir.store",
    "anlanh.platform.jobs",
    "anlanh.fhir.bulk",
    "anlanh.fhir.subscriptions",
    "anlanh.access",
    "anlanh.access.accounts",
    "anlanh.access.identity",
    "anlanh.access.oauth",
    "anlanh.access.rights",
    "anlanh.exchange.intake",
    "anlanh.exchange.hl7v2",
    "anlanh.exchange.files",
    "anlanh.services.notify",
    "anlanh.services.declaration",
    "anlanh.services.record",
    "anlanh.services.knowledge",
    "anlanh.services.portal",
)
"""Packages that keep migrations, in the order in which they run."""

FHIR = "/fhir"
OPERATORS = ("/health/", "/metrics")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Application:
    """The whole program behind one port. Opens the database when the web server starts it, closes it when it stops."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self._settings = settings
        self._url = database_url
        self._database: Database | None = None
        self._fhir: Cors | None = None
        self._endpoints: Endpoints | None = None
        self._server: Server | None = None
        self._portal: Portal | None = None
        self._listener: Listener | None = None
        self._inbox: Inbox | None = None
        self._hl7: Hl7Application | None = None
        self._cda: CdaApplication | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            await self._websocket(scope, receive, send)
            return
        path: str = scope["path"]
        if path in PATHS and self._endpoints is not None:
            await self._endpoints(scope, receive, send)
            return
        if path.startswith(FHIR) and (len(path) == 5 or path[5] == "/") and self._fhir is not None:
            await self._fhir(scope, receive, send)
            return
        if path == hl7_http.PATH and self._hl7 is not None:
            await self._hl7(scope, receive, send)
            return
        if path == cda_http.PATH and self._cda is not None:
            await self._cda(scope, receive, send)
            return
        if self._portal is not None and not path.startswith(OPERATORS):
            await self._portal(scope, receive, send)
            return
        await health.answer(scope, send, self._database)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != FHIR + WEBSOCKET or self._server is None:
            await send({"type": "websocket.close", "code": 1000})
            return
        host = dict(scope["headers"]).get(b"host", b"localhost").decode("latin-1")
        base = (self._settings.public_url or f"{scope['scheme'].replace('ws', 'http')}://{host}") + FHIR
        await websocket.serve(self._server, base, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _stop(self) -> None:
        if self._listener is not None:
            await self._listener.close()
        if self._inbox is not None:
            await self._inbox.close()
        if self._database is not None:
            await self._database.close()

    async def _start(self) -> None:
        settings = self._settings
        security.start(key_of(settings.data, "events").raw_value)
        self._database, own = await open_tenant(settings, self._url, journal=True)
        async with self._database.connection() as connection:
            await own.refresh(connection)
        authority = await assembly.assemble(settings, self._database, own)
        heard = {CHANNEL: own.refresh, OAUTH_CHANNEL: authority.trust.refresh}
        self._listener = await Listener.open(self._url, settings.tenant, heard)
        async with self._database.connection() as connection:
            await authority.trust.refresh(connection)
        server = self._server = Server(
            self._database, own, settings.data, Reader(self._database),
            operations=(*operations.OFFERED, *(each for service in SERVICES for each in service.operations)),
            apart={events.TYPE: events.interactions()}, security=discovery.security, documents=documents.answer,
        )  # fmt: skip
        self._portal = await Portal.open(self._database, own, settings, authority)
        self._endpoints = Endpoints(self._database, authority, settings)
        quota = Quota(
            settings.data / "quota",
            Limits(settings.reads_a_minute, settings.reads_a_day),
            Limits(settings.writes_a_minute, settings.writes_a_day),
        )
        tokens = Tokens(key_of(settings.data), authority.trust)
        application = FhirApplication(
            server, tokens.authenticate, prefix=FHIR, public_url=settings.public_url,
            body_limit_mb=settings.body_limit_mb, waiting_limit=settings.waiting_limit, anonymous=public.Visitors().who,
            count=quota.check,
        )  # fmt: skip
        self._fhir = Cors(application, authority.trust)
        self._inbox = hl7.inbox(settings, self._database)
        self._inbox.start()
        self._hl7 = Hl7Application(self._inbox, hl7.limit(settings), tokens.authenticate)
        self._cda = CdaApplication(self._database, own, hl7.limit(settings), tokens.authenticate)
