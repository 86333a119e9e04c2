"""History of a resource, a type, or everything: a Bundle of versions, newest first.

FHIR: history
Source: https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from anlanh.fhir.model import json
from anlanh.fhir.rest.exchange import Ask, Reply, Server
from anlanh.fhir.search import cursors
from anlanh.fhir.search.problems import BadCursor, BadValue, UnknownParameter
from anlanh.fhir.search.query import DEFAULT_COUNT, LARGEST_COUNT
from anlanh.fhir.search.values import FUTURE, date_range, moment_of
from anlanh.fhir.store import read as reading
from anlanh.fhir.store.read import HistoryAsked, Stored
from anlanh.fhir.store.write import instant_text
from anlanh.platform.work import Work

PARAMETERS = ("_count", "_since", "_at", "_cursor", "_format", "_pretty", "_summary", "_elements", "_list", "_sort")


async def history(work: Work, server: Server, ask: Ask) -> Reply:
    """The versions that `_since`, `_at` and `_count` leave, with a link to older ones."""
    resource_type, resource_id = (*ask.path[: ask.path.index("_history")], "", "")[:2]
    for name, _ in ask.pairs:
        if name not in PARAMETERS and not ask.lenient:
            raise UnknownParameter(type="_history", name=name, known="_count, _since, _at")
    asked = _asked(server, ask, resource_type or None, resource_id or None)
    versions = await reading.history(work, server.record, replace(asked, count=asked.count + 1))
    more = len(versions) > asked.count
    versions = versions[: asked.count]
    path = "/".join((ask.base, *ask.path))
    used = [(name, value) for name, value in ask.pairs if name in ("_count", "_since", "_at")]
    links = [{"relation": "self", "url": _url(path, used)}]
    if more and versions:
        last = versions[-1]
        cursor = cursors.encode([last.updated_at.isoformat(), last.version], last.rid)
        links.append({"relation": "next", "url": _url(path, [*used, ("_cursor", cursor)])})
    head = json.encode({"resourceType": "Bundle", "type": "history"})[:-1] + b',"link":' + json.encode(links)
    if not more and "_cursor" not in dict(ask.pairs):
        head += b',"total":%d' % len(versions)
    entries = b",".join(_entry(ask.base, each) for each in versions)
    return Reply(200, head + (b',"entry":[' + entries + b"]}" if entries else b"}"), resource_type="Bundle")


def _asked(server: Server, ask: Ask, resource_type: str | None, resource_id: str | None) -> HistoryAsked:
    given = dict(ask.pairs)
    count = given.get("_count", str(DEFAULT_COUNT))
    if not count.isascii() or not count.isdigit() or len(count) > 9 or int(count) < 1:
        raise BadValue(found=count, name="_count", kind="number", wanted="a whole number from 1")
    before = None
    if "_cursor" in given:
        at, version, rid = cursors.decode(given["_cursor"], 2)
        try:
            before = (datetime.fromisoformat(at), rid, int(version))
        except (TypeError, ValueError):
            raise BadCursor from None
    since, _ = _moments(server, given.get("_since"))
    _, at_end = _moments(server, given.get("_at"))
    return HistoryAsked(resource_type, resource_id, since, at_end, before, min(int(count), LARGEST_COUNT))


def _moments(server: Server, text: str | None) -> tuple[datetime | None, datetime | None]:
    """First and last moment of a date."""
    if text is None:
        return None, None
    low, high = date_range(text.replace(" ", "+"), server.record.zone)
    end = moment_of(high) if high != FUTURE else None
    return moment_of(low), end - timedelta(microseconds=1) if end else None


def _url(path: str, pairs: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs, quote_via=quote, safe=':')}" if pairs else path


def _entry(base: str, stored: Stored) -> bytes:
    address = f"{stored.type}/{stored.id}"
    request = {"method": stored.verb, "url": stored.type if stored.verb == "POST" else address}
    status = {"POST": "201", "DELETE": "204"}.get(stored.verb, "201" if stored.version == 1 else "200")
    response = {"status": status, "etag": f'W/"{stored.version}"', "lastModified": instant_text(stored.updated_at)}
    body = b"" if stored.deleted else b',"resource":' + stored.content
    return b'{"fullUrl":"%b/%b"%b,"request":%b,"response":%b}' % (
        base.encode(), address.encode(), body, json.encode(request), json.encode(response),
    )  # fmt: skip
