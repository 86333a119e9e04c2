"""One resource: read, vread, update, patch, delete.

FHIR: read, vread, update, patch, delete
Source: https://hl7.org/fhir/R4/http.html#read, https://hl7.org/fhir/R4/http.html#update, https://hl7.org/fhir/R4/http.html#patch
"""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from anlanh.fhir import patch as patching
from anlanh.fhir.model import json
from anlanh.fhir.rest import uploads
from anlanh.fhir.rest.exchange import Ask, Reply, Resource, Server, reply_of, reply_of_write
from anlanh.fhir.rest.problems import BadContentType, BadHeader, BadId, Invalid, NoBody, NotThisId, NotThisType
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read as reading
from anlanh.fhir.store import validating, write
from anlanh.fhir.store.problems import VersionConflict
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import PROBABLY
from anlanh.fhir.validate.policy import STRUCTURE
from anlanh.fhir.validate.structure import structure
from anlanh.platform.work import Act, Work, instant

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


async def read(work: Work, server: Server, ask: Ask) -> Reply:
    """The current version; 304 when the reader has it already."""
    resource_type, resource_id = ask.path
    stored = await reading.read(work, server.record, resource_type, resource_id)
    reply = reply_of(stored)
    return Reply(304, b"", stored.version, stored.updated_at) if _unchanged(ask, reply) else reply


async def read_alone(server: Server, ask: Ask) -> Reply:
    """The same outside of any transaction, fetched together with what others read at this moment."""
    resource_type, resource_id = ask.path
    act = Act(principal=ask.principal, purpose=ask.principal.purpose, at=instant(), occasion=ask.occasion)
    sight = server.record.sight(act)
    rid = rid_of(resource_type, resource_id)
    row = await server.reader.current(rid, server.record.asking(sight, resource_type, "r", person=PROBABLY))
    if reading.is_undecided(row):
        row = await server.reader.current(rid, server.record.asking(sight, resource_type, "r"))
    stored = reading.current_of(act, server.record, sight, resource_type, resource_id, row)
    if act.seen:
        await server.database.auditor.apart(act)
    reply = reply_of(stored)
    return Reply(304, b"", stored.version, stored.updated_at) if _unchanged(ask, reply) else reply


async def vread(work: Work, server: Server, ask: Ask) -> Reply:
    """One version."""
    resource_type, resource_id, _, version = ask.path
    return reply_of(await reading.vread(work, server.record, resource_type, resource_id, version))


def _unchanged(ask: Ask, reply: Reply) -> bool:
    tags = ask.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or reply.etag in [tag.strip() for tag in tags.split(",")]
    since = ask.headers.get("if-modified-since")
    if since is None or reply.updated_at is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        raise BadHeader(name="If-Modified-Since", found=since[:40], wanted="Mon, 23 Nov 2026 00:00:00 GMT") from None
    return reply.updated_at < moment + timedelta(seconds=1)


async def update(work: Work, server: Server, ask: Ask) -> Reply:
    """Write a version under the id in the address; a new id makes a new resource."""
    resource_type, resource_id = ask.path
    resource = checked(server.record, ask.resource, resource_type, resource_id)
    prepared = write.prepare(server.record, resource, resource_id)
    expected = 0 if ask.headers.get("if-none-match", "").strip() == "*" else ask.if_match
    written = await write.put(work, server.record, prepared, expected=expected)
    return reply_of_write(ask, written)


def checked(record: Record, resource: Any, resource_type: str, resource_id: str | None = None) -> Resource:
    """The body as a resource of that type that may be stored (and, with an id, of that id), by the record's policy.

    Raises:
        NoBody, NotThisType, NotThisId, BadId, Invalid: what is wrong with it.
    """
    if resource is None:
        raise NoBody
    if (
        isinstance(resource, dict)
        and resource.get("resourceType") != resource_type
        and isinstance(resource.get("resourceType"), str)
    ):
        raise NotThisType(found=resource["resourceType"][:64], wanted=resource_type, expression="resourceType")
    if resource_id is not None and not ID.fullmatch(resource_id):
        raise BadId
    issues = [issue for issue in structure(resource) if issue.fails]
    rule = record.policy.of(resource_type)
    shaped = rule != STRUCTURE and not issues
    if rule != STRUCTURE:
        issues = validating.by_policy(record, resource, rule) or issues
    if issues:
        raise Invalid(resource_type, issues, shaped=shaped)
    if resource_id is not None and resource.get("id") != resource_id:
        raise NotThisId(expression=f"{resource_type}.id")
    found: Resource = resource
    uploads.check(found)
    return found


async def patch(work: Work, server: Server, ask: Ask) -> Reply:
    """Change part of a resource by JSON Patch or FHIRPath Patch, all of it or nothing."""
    resource_type, resource_id = ask.path
    locked = await reading.lock(work, server.record, resource_type, resource_id)
    if ask.if_match is not None and ask.if_match != locked.version:
        raise VersionConflict(type=resource_type, expected=ask.if_match, found=locked.version)
    patched = apply_patch(ask, json.decode_fast(locked.content))
    resource = checked(server.record, patched, resource_type, resource_id)
    prepared = write.prepare(server.record, resource, resource_id)
    written = await write.put(work, server.record, prepared, method="PATCH", expected=locked.version)
    return reply_of_write(ask, written)


def apply_patch(ask: Ask, resource: Resource) -> Any:
    """The resource with the patch of the body applied.

    Raises:
        Problem: the patch is not understood or does not apply.
    """
    if ask.media == "application/json-patch+json" or isinstance(ask.resource, list):
        return patching.json_patch(resource, ask.resource)
    if isinstance(ask.resource, dict) and ask.resource.get("resourceType") == "Parameters":
        return patching.fhirpath_patch(resource, ask.resource)
    if ask.resource is None:
        raise NoBody
    raise BadContentType(found=ask.media, wanted="application/json-patch+json, or Parameters (FHIRPath Patch)")


async def delete(work: Work, server: Server, ask: Ask) -> Reply:
    """Delete; what is not there counts as deleted."""
    resource_type, resource_id = ask.path
    done = await write.delete(work, server.record, resource_type, resource_id, expected=ask.if_match)
    return Reply(204) if done is None else Reply(204, b"", done.version, done.updated_at)
