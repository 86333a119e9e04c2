"""CDA over HTTP: one document, posted as XML; an OperationOutcome is the answer.

Connected systems and scripts of this machine may post, with a bearer token. FHIR: OperationOutcome
Source: HL7 CDA R2 (media type application/xml, text/xml, application/cda+xml)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from anlanh.exchange.ccda import receiving
from anlanh.exchange.ccda.problems import DocumentTooLong, NotPosted
from anlanh.exchange.intake import documents
from anlanh.fhir.model import json
from anlanh.fhir.rest import outcome
from anlanh.fhir.rest.http import Authenticate
from anlanh.fhir.store.record import Record
from anlanh.kernel.problem import Problem
from anlanh.platform import security
from anlanh.platform.database import Database

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PATH = "/cda"
BODY_TIME_S = 120
JSON = (b"content-type", b"application/fhir+json; charset=utf-8")


class CdaApplication:
    """ASGI: POST a document to it. 201 when it was taken in, 200 when it had come before; Location names its
    DocumentReference."""

    def __init__(self, database: Database, record: Record, limit: int, authenticate: Authenticate) -> None:
        self._database = database
        self._record = record
        self._limit = limit
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        try:
            status, body, more = await self._answer(scope, receive)
        except Problem as problem:
            security.refused_at(scope, problem, PATH)
            status, body, more = problem.http_status, outcome.content_of(problem), ()
        headers = [JSON, (b"content-length", str(len(body)).encode()), *more]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]:
        if scope["method"] != "POST":
            raise NotPosted
        who = self._authenticate({k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]})
        documents.check_sender(who)
        async with asyncio.timeout(BODY_TIME_S):
            data = await self._body(receive)
        taken = await receiving.receive(self._database, self._record, who, data)
        where = (b"location", f"/fhir/DocumentReference/{taken.document_id}".encode())
        return 201 if taken.new else 200, json.encode(documents.told(taken)), (where,)

    async def _body(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            part = await receive()
            if part["type"] == "http.disconnect":
                return bytes(body)
            body += part.get("body", b"")
            if len(body) > self._limit:
                raise DocumentTooLong(limit=self._limit)
            if not part.get("more_body"):
                return bytes(body)
