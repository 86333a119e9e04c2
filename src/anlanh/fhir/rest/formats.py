"""In which form a body comes and an answer goes: JSON or XML, by header or `_format`.

FHIR: content negotiation
Source: https://hl7.org/fhir/R4/http.html#mime-type
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from anlanh.fhir.model import json
from anlanh.fhir.model.xml import from_xml, to_xml
from anlanh.fhir.rest.problems import BadContentType, NotAcceptable

JSON, XML = "application/fhir+json", "application/fhir+xml"

MEDIA = {
    "json": JSON, "application/json": JSON, JSON: JSON, "text/json": JSON, "application/json+fhir": JSON,
    "xml": XML, "application/xml": XML, XML: XML, "text/xml": XML, "application/xml+fhir": XML,
}  # fmt: skip
ANY = frozenset(("*/*", "application/*", "text/html", "application/xhtml+xml"))
PATCHES = {"application/json-patch+json": "application/json-patch+json"}
FORM = "application/x-www-form-urlencoded"


def answer_media(accept: str | None, format_: str | None) -> str:
    """JSON or XML, as `_format` or else Accept asks; JSON when it does not matter.

    Raises:
        NotAcceptable: neither will do.
    """
    if format_:
        found = MEDIA.get(format_.partition(";")[0].strip().replace(" ", "+").lower())
        if found is None:
            raise NotAcceptable(found=format_[:60])
        return found
    if not accept:
        return JSON
    if accept in MEDIA:
        return MEDIA[accept]
    for part in sorted(accept.split(","), key=_quality, reverse=True):
        name = part.partition(";")[0].strip().lower()
        if name in MEDIA:
            return MEDIA[name]
        if name in ANY:
            return JSON
    raise NotAcceptable(found=accept[:60])


def _quality(part: str) -> float:
    _, found, quality = part.partition("q=")
    try:
        return float(quality.partition(";")[0]) if found else 1.0
    except ValueError:
        return 0.0


def read_body(body: bytes, content_type: str, *, patch: bool = False) -> tuple[Any, str]:
    """The body as JSON values, and its media type.

    Raises:
        BadContentType: neither JSON nor XML.
        MalformedJson, TooDeep, Problem: it is not what it says.
    """
    name = content_type.partition(";")[0].strip().lower()
    if patch and name in PATCHES:
        return json.decode(body), name
    media = MEDIA.get(name, JSON if not name else "")
    if not media:
        raise BadContentType(found=name[:60], wanted=f"{JSON} or {XML}")
    return (from_xml(body) if media == XML else json.decode(body)), media


def write_body(content: bytes, media: str, *, pretty: bool) -> bytes:
    """JSON bytes in the form asked for."""
    if media == XML:
        return to_xml(json.decode_fast(content))
    return msgspec.json.format(content, indent=2) if pretty else content


def binary_of(body: bytes, content_type: str, resource_id: str | None) -> dict[str, Any]:
    """A Binary out of a raw body.

    Source: https://hl7.org/fhir/R4/binary.html#rest
    """
    resource: dict[str, Any] = {"resourceType": "Binary"}
    if resource_id:
        resource["id"] = resource_id
    return resource | {"contentType": content_type, "data": base64.b64encode(body).decode()}
