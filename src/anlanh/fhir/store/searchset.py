"""A page of matches as a searchset Bundle, stored resources copied in as they are.

FHIR: Bundle (searchset)
Source: https://hl7.org/fhir/R4/http.html#search, https://hl7.org/fhir/R4/bundle.html#searchset
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from anlanh.fhir.model import json
from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.search.query import Query
from anlanh.fhir.store import summary
from anlanh.fhir.store.find import Page
from anlanh.fhir.store.read import Stored


def bundle(known: Definitions, root: str, path: str, query: Query, page: Page) -> bytes:
    """The searchset Bundle; stored resources are copied into it as they are unless a part of them was asked for."""
    base = f"{root}/{path}" if path else root
    links = [("self", base, list(query.used))]
    if page.next is not None:
        kept = [(name, value) for name, value in query.used if name != "_count"]
        links.append(("next", base, [*kept, ("_count", str(query.count)), ("_cursor", page.next)]))
    head = {"resourceType": "Bundle", "type": "searchset"} | ({} if page.total is None else {"total": page.total})
    link = [{"relation": relation, "url": _url(url, pairs)} for relation, url, pairs in links]
    whole = query.summary == "false" and not query.elements
    entries = [_entry(known, root, each, "match", query, whole) for each in page.matches]
    entries += [_entry(known, root, each, "include", query, whole) for each in page.included]
    out = json.encode(head)[:-1] + b',"link":' + json.encode(link)
    return out + (b',"entry":[' + b",".join(entries) + b"]}" if entries else b"}")


def _url(url: str, pairs: list[tuple[str, str]]) -> str:
    return f"{url}?{'&'.join(f'{_quoted(name)}={_quoted(value)}' for name, value in pairs)}" if pairs else url


@lru_cache(maxsize=8192)
def _quoted(text: str) -> str:
    return quote(text, safe=":/|,$*")


def _entry(known: Definitions, base: str, stored: Stored, mode: str, query: Query, whole: bool) -> bytes:
    content = stored.content if whole else summary.part_of(known, stored.content, query.summary, query.elements)
    return b'{"fullUrl":"%b/%b/%b","resource":%b,"search":{"mode":"%b"}}' % (
        base.encode(), stored.type.encode(), stored.id.encode(), content, mode.encode(),
    )  # fmt: skip
