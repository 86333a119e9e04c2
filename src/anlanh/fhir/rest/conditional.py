"""Acting on the resource that a search names: create if none exist, update, patch, delete.

Two requests with the same condition wait for each other, so that one of them finds what the other made.

FHIR: conditional create, update, patch, delete
Source: https://hl7.org/fhir/R4/http.html#ccreate, https://hl7.org/fhir/R4/http.html#cond-update
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from anlanh.fhir.model import json
from anlanh.fhir.rest.exchange import Ask, Reply, Server, reply_of, reply_of_write
from anlanh.fhir.rest.instance import apply_patch, checked
from anlanh.fhir.rest.problems import NoBody, NoCondition, NotThisId
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import hash64
from anlanh.fhir.store import find, write
from anlanh.fhir.store import read as reading
from anlanh.fhir.store.problems import MultipleMatches, NotFound, VersionConflict
from anlanh.fhir.store.read import Stored
from anlanh.platform.work import Work

Pairs = Sequence[tuple[str, str]]


async def create(work: Work, server: Server, ask: Ask) -> Reply:
    """A new resource under an id of the server's; with If-None-Exist only when nothing matches."""
    resource_type = ask.path[0]
    resource = checked(server.record, ask.resource, resource_type)
    condition = ask.headers.get("if-none-exist")
    if condition is not None:
        pairs = read_condition(resource_type, "create", condition)
        found = await match(work, server, ask, resource_type, pairs)
        if found is not None:
            existing = reply_of(found)
            existing.location = f"{ask.base}/{found.type}/{found.id}/_history/{found.version}"
            return existing
    return reply_of_write(ask, await write.create(work, server.record, resource))


def read_condition(resource_type: str, interaction: str, condition: str) -> Pairs:
    """The pairs of a condition written as a query string, with or without its type and question mark.

    Raises:
        NoCondition: it is empty.
    """
    pairs = parse_qsl(condition.partition("?")[2] or condition)
    return named(resource_type, interaction, pairs)


def named(resource_type: str, interaction: str, pairs: Pairs) -> Pairs:
    """The search parameters among the pairs.

    Raises:
        NoCondition: there is none, so that the condition would mean every resource of the type.
    """
    kept = [(name, value) for name, value in pairs if name.partition(":")[0] not in queries.RESULT_PARAMETERS and value]
    if not kept:
        raise NoCondition(interaction=interaction, type=resource_type)
    return kept


async def hold(work: Work, resource_type: str, pairs: Pairs) -> None:
    """Wait for others that act on the same condition, until the transaction of `work` ends."""
    text = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    await work.connection.execute("select pg_advisory_xact_lock($1)", hash64(f"condition:{resource_type}?{text}"))


async def match(work: Work, server: Server, ask: Ask, resource_type: str, pairs: Pairs) -> Stored | None:
    """The one resource that the condition names, or None.

    Raises:
        MultipleMatches: there are several.
    """
    await hold(work, resource_type, pairs)
    criteria = server.record.criteria(ask.base, server.record.sight(work))
    query = queries.read(criteria, (resource_type,), [*pairs, ("_count", "2")])
    page = await find.find(work, server.record, criteria, query)
    if len(page.matches) > 1:
        raise MultipleMatches(type=resource_type, count="2 or more")
    return page.matches[0] if page.matches else None


async def update(work: Work, server: Server, ask: Ask) -> Reply:
    """Write a version of the resource that matches; when none does, a new one."""
    resource_type = ask.path[0]
    resource = checked(server.record, ask.resource, resource_type)
    found = await match(work, server, ask, resource_type, named(resource_type, "update", ask.pairs))
    given = resource.get("id")
    if found is not None and given not in (None, found.id):
        raise NotThisId(expression=f"{resource_type}.id")
    if found is None and given is None:
        return reply_of_write(ask, await write.create(work, server.record, resource))
    prepared = write.prepare(server.record, resource, found.id if found else str(given))
    expected = 0 if found is None else ask.if_match
    return reply_of_write(ask, await write.put(work, server.record, prepared, expected=expected))


async def patch(work: Work, server: Server, ask: Ask) -> Reply:
    """Patch the resource that matches."""
    resource_type = ask.path[0]
    if ask.resource is None:
        raise NoBody
    found = await match(work, server, ask, resource_type, named(resource_type, "patch", ask.pairs))
    if found is None:
        raise NotFound(type=resource_type)
    locked = await reading.lock(work, server.record, resource_type, found.id)
    if ask.if_match is not None and ask.if_match != locked.version:
        raise VersionConflict(type=resource_type, expected=ask.if_match, found=locked.version)
    resource = checked(server.record, apply_patch(ask, json.decode_fast(locked.content)), resource_type, found.id)
    prepared = write.prepare(server.record, resource, found.id)
    return reply_of_write(ask, await write.put(work, server.record, prepared, method="PATCH", expected=locked.version))


async def delete(work: Work, server: Server, ask: Ask) -> Reply:
    """Delete the resource that matches; none is well."""
    resource_type = ask.path[0]
    found = await match(work, server, ask, resource_type, named(resource_type, "delete", ask.pairs))
    if found is None:
        return Reply(204)
    done = await write.delete(work, server.record, resource_type, found.id, expected=ask.if_match)
    return Reply(204) if done is None else Reply(204, b"", done.version, done.updated_at)
