"""Search by GET and POST, on a type, everything, or a compartment; answered with a searchset Bundle.

FHIR: search, compartments
Source: https://hl7.org/fhir/R4/http.html#search, https://hl7.org/fhir/R4/compartmentdefinition.html
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from anlanh.fhir.model import json
from anlanh.fhir.rest import summary
from anlanh.fhir.rest.exchange import Ask, Reply, Server
from anlanh.fhir.rest.problems import UnknownAddress
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.conditions import Any, Column, Condition, HasKey
from anlanh.fhir.search.extract import compartment_salt
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.query import Query
from anlanh.fhir.store import find
from anlanh.fhir.store.find import Page
from anlanh.fhir.store.read import Stored
from anlanh.platform.work import Work


async def search_type(work: Work, server: Server, ask: Ask) -> Reply:
    """`GET [type]?…` and `POST [type]/_search`."""
    return await _search(work, server, ask, (ask.path[0],), ask.path[0], None)


async def search_system(work: Work, server: Server, ask: Ask) -> Reply:
    """`GET [base]?…`: all types, or those of `_type`."""
    return await _search(work, server, ask, server.record.known.resource_types, "", None)


async def search_compartment(work: Work, server: Server, ask: Ask) -> Reply:
    """`GET Patient/[id]/Observation?…`, or `*` for every type of the compartment."""
    compartment, resource_id, wanted = ask.path[:3]
    members = server.record.known.compartments.get(compartment)
    if members is None or (wanted != "*" and wanted not in members and wanted != compartment):
        raise UnknownAddress(method=ask.method, path=f"{compartment}/[id]/{wanted}")
    types = [each for each in sorted(members) if members[each]] if wanted == "*" else [wanted]
    inside = in_compartment(compartment, resource_id)
    return await _search(work, server, ask, types, f"{compartment}/{resource_id}/{wanted}", inside)


def in_compartment(compartment: str, resource_id: str) -> Condition:
    """Resources of a compartment, the one that names it included."""
    rid = rid_of(compartment, resource_id)
    return Any((HasKey((compartment_salt(compartment) ^ rid,)), Column("rid", "=", (rid,))))


async def _search(
    work: Work, server: Server, ask: Ask, types: Sequence[str], path: str, within: Condition | None
) -> Reply:
    criteria = server.record.criteria(ask.base)
    query = queries.read(criteria, types, ask.pairs, lenient=ask.lenient, within=within)
    page = await find.find(work, server.record, criteria, query)
    return Reply(200, bundle(server, ask, path, query, page), resource_type="Bundle")


def bundle(server: Server, ask: Ask, path: str, query: Query, page: Page) -> bytes:
    """The searchset Bundle; stored resources are copied into it as they are unless a part of them was asked for."""
    base = f"{ask.base}/{path}" if path else ask.base
    links = [("self", base, list(query.used))]
    if page.next is not None:
        kept = [(name, value) for name, value in query.used if name != "_count"]
        links.append(("next", base, [*kept, ("_count", str(query.count)), ("_cursor", page.next)]))
    head = {"resourceType": "Bundle", "type": "searchset"} | ({} if page.total is None else {"total": page.total})
    link = [{"relation": relation, "url": _url(url, pairs)} for relation, url, pairs in links]
    whole = query.summary == "false" and not query.elements
    entries = [_entry(server, ask.base, each, "match", query, whole) for each in page.matches]
    entries += [_entry(server, ask.base, each, "include", query, whole) for each in page.included]
    out = json.encode(head)[:-1] + b',"link":' + json.encode(link)
    return out + (b',"entry":[' + b",".join(entries) + b"]}" if entries else b"}")


def _url(url: str, pairs: list[tuple[str, str]]) -> str:
    return f"{url}?{urlencode(pairs, quote_via=quote, safe=':/|,$*')}" if pairs else url


def _entry(server: Server, base: str, stored: Stored, mode: str, query: Query, whole: bool) -> bytes:
    content = (
        stored.content if whole else summary.part_of(server.record.known, stored.content, query.summary, query.elements)
    )
    return b'{"fullUrl":"%b/%b/%b","resource":%b,"search":{"mode":"%b"}}' % (
        base.encode(), stored.type.encode(), stored.id.encode(), content, mode.encode(),
    )  # fmt: skip
