"""A request and its answer, without HTTP: the same for a call over the network and an entry of a Bundle.

FHIR: RESTful API, headers
Source: https://hl7.org/fhir/R4/http.html#general
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, urlencode

from anlanh.fhir.operations.call import Operation
from anlanh.fhir.rest.problems import BadHeader
from anlanh.fhir.store.reader import Reader
from anlanh.fhir.store.record import Record
from anlanh.platform.database import Database
from anlanh.platform.work import NO_OCCASION, Occasion, Principal

if TYPE_CHECKING:
    from anlanh.fhir.store.read import Stored
    from anlanh.fhir.store.write import Written
    from anlanh.platform.work import Work

Resource = dict[str, Any]

_ETAG = re.compile(r'\s*(?:W/)?"([A-Za-z0-9\-.]{1,64})"\s*')


@dataclass(frozen=True, slots=True)
class Server:
    """What interactions need besides the request. `data`: the folder in which files lie; `operations`: those of the
    floors above; `apart`: types kept elsewhere than in the record, by interaction; `security`: how clients sign in, for
    the CapabilityStatement, from the base of the server; `documents`: what takes a posted document apart.
    """

    database: Database
    record: Record
    data: Path
    reader: Reader
    operations: tuple[Operation, ...] = ()
    apart: Mapping[str, Mapping[str, Kept]] = field(default_factory=dict)
    security: Callable[[str], dict[str, Any]] | None = None
    documents: Callable[[Server, Ask], Awaitable[Reply]] | None = None


Kept: TypeAlias = "Callable[[Work, Server, Ask], Awaitable[Reply]]"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `path`: segments after the base; `pairs`: decoded query; `resource`: the body, read and checked to be
    a JSON object; `headers`: lower-case names."""

    method: str
    path: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    base: str
    principal: Principal
    headers: Mapping[str, str] = field(default_factory=dict)
    resource: Any = None
    media: str = ""
    occasion: Occasion = NO_OCCASION

    @property
    def prefer(self) -> dict[str, str]:
        """The Prefer header as name to value: `return`, `handling`, `respond-async`."""
        found = {}
        for part in re.split(r"[;,]", self.headers.get("prefer", "")):
            name, _, value = part.strip().partition("=")
            if name:
                found[name.lower()] = value.strip('"')
        return found

    @property
    def lenient(self) -> bool:
        """Whether unknown search parameters are to be left out rather than refused."""
        return self.prefer.get("handling") == "lenient"

    @property
    def if_match(self) -> int | None:
        """The version that If-Match names; None without the header.

        Raises:
            BadHeader: not an entity tag of a version.
        """
        text = self.headers.get("if-match")
        if text is None:
            return None
        tag = _ETAG.fullmatch(text)
        if tag is None or not tag[1].isdigit() or len(tag[1]) > 9:
            raise BadHeader(name="If-Match", found=text[:40], wanted='W/"3"')
        return int(tag[1])

    @property
    def url(self) -> str:
        """The whole address asked for."""
        address = "/".join((self.base, *(quote(part, safe="$") for part in self.path)))
        return f"{address}?{urlencode(self.pairs, quote_via=quote, safe=':/|,$*')}" if self.pairs else address

    def pair(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.pairs if key == name), None)


@dataclass(frozen=True, slots=True)
class Streamed:
    """A file: its `size` in bytes, and the `pieces` of it, each read when it is asked for."""

    size: int
    pieces: Iterator[bytes]


@dataclass(slots=True)
class Reply:
    """An answer. `content`: JSON bytes of the resource, as stored or made; empty for none. `file`: sent in its place.
    `more`: what follows the content, for answers too long to be held.
    """

    status: int
    content: bytes = b""
    version: int | None = None
    updated_at: datetime | None = None
    location: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    resource_type: str = ""
    media: str = ""
    file: Streamed | None = None
    more: AsyncIterator[bytes] | None = None

    @property
    def etag(self) -> str | None:
        """The weak entity tag of the version."""
        return None if self.version is None else f'W/"{self.version}"'


def reply_of(stored: Stored) -> Reply:
    """The answer that gives a resource as it is stored."""
    return Reply(200, stored.content, stored.version, stored.updated_at, resource_type=stored.type)


def reply_of_write(ask: Ask, written: Written) -> Reply:
    """The answer to a write: 201 when the resource is new, with its place."""
    location = f"{ask.base}/{written.type}/{written.id}/_history/{written.version}"
    return Reply(
        201 if written.created else 200, written.content, written.version, written.updated_at, location,
        resource_type=written.type,
    )  # fmt: skip
