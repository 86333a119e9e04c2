"""Batch and transaction: many requests in one Bundle, each for itself, or all of them or none.

FHIR: batch, transaction
Source: https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote

import asyncpg

from anlanh.fhir.model import json
from anlanh.fhir.rest import conditional, outcome, routes
from anlanh.fhir.rest.exchange import Ask, Reply, Resource, Server, reply_of_write
from anlanh.fhir.rest.instance import ID, checked, read_alone
from anlanh.fhir.rest.problems import BadBundle, BadId, Invalid, NoBody, NotThisType, StillChanging
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import write
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.write import Prepared, instant_text
from anlanh.kernel.problem import Problem
from anlanh.platform import security
from anlanh.platform import work as works
from anlanh.platform.work import Work

MOST_ENTRIES = 20_000
TRIES = 4
"""A transaction that the database undid because two waited for each other is tried again; nothing was written."""

ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}


@dataclass(slots=True)
class Entry:
    """One entry: its request, what it is about, and (later) its answer."""

    number: int
    ask: Ask
    full_url: str
    target: str = ""
    found: Stored | None = None
    new: bool = False

    @property
    def place(self) -> str:
        return f"Bundle.entry[{self.number}]"


async def process(server: Server, ask: Ask) -> Reply:
    """Answer a batch or transaction Bundle, or hand a document to who takes it apart.

    Raises:
        BadBundle: it is neither, or an entry has no proper request.
        Problem: for a transaction, whatever is wrong with any entry; nothing was written then.
    """
    if server.documents is not None and _is_document(ask.resource):
        return await server.documents(server, ask)
    entries = _entries(server, ask)
    kind = ask.resource["type"]
    if kind == "batch":
        replies = [await _alone(server, entry) for entry in entries]
    else:
        replies = await _together(server, ask, entries)
    return Reply(200, _answer(ask, kind, entries, replies), resource_type="Bundle")


def _is_document(resource: object) -> bool:
    return (
        isinstance(resource, dict) and resource.get("resourceType") == "Bundle" and resource.get("type") == "document"
    )


def _entries(server: Server, ask: Ask) -> list[Entry]:
    bundle = ask.resource
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise NotThisType(
            found=str(bundle.get("resourceType") if isinstance(bundle, dict) else "list")[:64], wanted="Bundle"
        )
    if bundle.get("type") not in ("batch", "transaction"):
        raise BadBundle(why=f"its type is {bundle.get('type')!r}, not batch or transaction", expression="Bundle.type")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise BadBundle(why="entry is not a list of objects", expression="Bundle.entry")
    if len(entries) > MOST_ENTRIES:
        raise BadBundle(why=f"it has {len(entries)} entries; the limit is {MOST_ENTRIES}", expression="Bundle.entry")
    return [_entry(ask, number, each) for number, each in enumerate(entries)]


def _entry(ask: Ask, number: int, entry: Resource) -> Entry:
    request = entry.get("request")
    place = f"Bundle.entry[{number}].request"
    if (
        not isinstance(request, dict)
        or not isinstance(request.get("method"), str)
        or not isinstance(request.get("url"), str)
    ):
        raise BadBundle(why="an entry has no request with method and url", expression=place)
    if request["method"] not in ORDER:
        raise BadBundle(why=f"the method {request['method'][:20]!r} is not known", expression=f"{place}.method")
    url = request["url"].removeprefix(ask.base).strip("/")
    path, _, query = url.partition("?")
    headers = {header: request[name] for name, header in _HEADERS.items() if isinstance(request.get(name), str)}
    if "prefer" in ask.headers:
        headers["prefer"] = ask.headers["prefer"]
    resource, media = entry.get("resource"), ""
    if request["method"] == "PATCH" and isinstance(resource, dict) and resource.get("resourceType") == "Binary":
        resource, media = _binary_patch(resource, place), "application/json-patch+json"
    inner = Ask(
        request["method"], tuple(unquote(part) for part in path.split("/") if part),
        tuple(parse_qsl(query, keep_blank_values=True)), ask.base, ask.principal, headers, resource, media,
        ask.occasion,
    )  # fmt: skip
    full_url = entry.get("fullUrl")
    return Entry(number, inner, full_url if isinstance(full_url, str) else "")


_HEADERS = {
    "ifMatch": "if-match",
    "ifNoneMatch": "if-none-match",
    "ifModifiedSince": "if-modified-since",
    "ifNoneExist": "if-none-exist",
}


def _binary_patch(binary: Resource, place: str) -> Any:
    """A JSON Patch travels in a Bundle as a Binary."""
    import base64
    import binascii

    try:
        return json.decode(base64.b64decode(binary.get("data", ""), validate=True))
    except (binascii.Error, ValueError, TypeError):
        raise BadBundle(why="the Binary of a PATCH is not base64", expression=place) from None


async def _alone(server: Server, entry: Entry) -> Reply | Problem:
    """One entry of a batch, in a unit of work of its own."""
    try:
        return _held(entry, await answer(server, entry.ask))
    except Problem as problem:
        asked = entry.ask.occasion
        security.refused(
            problem, entry.ask.principal, route="batch", request=asked.request, network=asked.network,
            events=security.OF_PROGRAMS,
        )  # fmt: skip
        return problem


def _held(entry: Entry, reply: Reply) -> Reply:
    if reply.more is not None:
        raise BadBundle(why="an entry asks for an answer that is streamed; ask for it alone", expression=entry.place)
    return reply


async def answer(server: Server, ask: Ask) -> Reply:
    """The answer to a request that may be any interaction.

    Raises:
        Problem: nothing was written.
    """
    if not ask.path and ask.method == "POST":
        return await process(server, ask)
    return await run(server, ask, routes.interaction_of(server, ask))


async def run(server: Server, ask: Ask, interaction: routes.Interaction) -> Reply:
    """Run an interaction in a unit of work of its own; again when the database undid it for the sake of another.

    Raises:
        Problem: nothing was written.
    """
    ask = replace(ask, occasion=replace(ask.occasion, interaction=interaction.name, query=_query(ask)))
    if interaction is routes.READ:
        return await read_alone(server, ask)
    for _ in range(TRIES):
        try:
            async with works.begin(
                server.database,
                ask.principal,
                ask.principal.purpose,
                transaction=interaction.transaction,
                keyed=interaction.keyed,
                occasion=ask.occasion,
            ) as work:
                return await interaction.handle(work, server, ask)
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            continue
    raise StillChanging


def _query(ask: Ask) -> str:
    return "&".join(f"{name}={value}" for name, value in ask.pairs)


async def _together(server: Server, ask: Ask, entries: list[Entry]) -> list[Reply | Problem]:
    if not entries:
        return []
    _reject_nested(entries)
    occasion = replace(ask.occasion, interaction="transaction")
    for _ in range(TRIES):
        try:
            async with works.begin(server.database, ask.principal, ask.principal.purpose, occasion=occasion) as work:
                return await _transaction(work, server, [replace(each) for each in entries])
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.UniqueViolationError):
            continue
    raise StillChanging


def _reject_nested(entries: list[Entry]) -> None:
    for entry in entries:
        if not entry.ask.path:
            raise BadBundle(why="an entry's url names no resource type", expression=f"{entry.place}.request.url")


async def _transaction(work: Work, server: Server, entries: list[Entry]) -> list[Reply | Problem]:
    targets = await _targets(work, server, entries)
    await _lock(work, entries)
    for entry in entries:
        if entry.ask.resource is not None and entry.ask.method in ("POST", "PUT"):
            await _resolve(work, server, entry, targets)
    replies: dict[int, Reply] = {}
    await _add_new(work, server, [entry for entry in entries if entry.new], replies)
    for entry in sorted(entries, key=lambda each: (ORDER[each.ask.method], each.number)):
        if entry.number in replies:
            continue
        try:
            replies[entry.number] = await _run(work, server, entry)
        except Problem as problem:
            raise _placed(entry, problem) from None
    return [replies[entry.number] for entry in entries]


async def _targets(work: Work, server: Server, entries: list[Entry]) -> dict[str, str]:
    """What each fullUrl will be called, and for each entry whether it is new. Locks are taken in one order for all."""
    targets: dict[str, str] = {}
    seen: dict[str, Entry] = {}
    for entry in sorted(entries, key=_lock_order):
        try:
            await _target(work, server, entry)
        except Problem as problem:
            raise _placed(entry, problem) from None
        if entry.target and entry.ask.method not in ("GET", "HEAD"):
            if entry.target in seen and entry.found is None:
                raise BadBundle(
                    why=f"entries {seen[entry.target].number} and {entry.number} are about the same resource",
                    expression=entry.place,
                )
            seen[entry.target] = entry
        if entry.full_url and entry.target:
            targets[entry.full_url] = entry.target
    return targets


async def _lock(work: Work, entries: list[Entry]) -> None:
    """Hold everything that is to be changed, in one order for all, so that two transactions never wait for each other."""
    changed = [
        rid_of(*entry.target.split("/")) for entry in entries if entry.target and not entry.new and entry.found is None
    ]
    await work.connection.execute(
        "select pg_advisory_xact_lock(k) from (select k from unnest($1::bigint[]) k order by k) s", changed
    )


def _lock_order(entry: Entry) -> tuple[str, str, int]:
    ask = entry.ask
    condition = ask.headers.get("if-none-exist") or "&".join(f"{name}={value}" for name, value in ask.pairs)
    return ask.path[0], condition, entry.number


async def _target(work: Work, server: Server, entry: Entry) -> None:
    ask = entry.ask
    interaction = routes.interaction_of(server, ask)
    if len(ask.path) == 2 and interaction.name in ("update", "patch", "delete"):
        if not ID.fullmatch(ask.path[1]):
            raise BadId
        entry.target = "/".join(ask.path)
    elif interaction.name == "create":
        condition = ask.headers.get("if-none-exist")
        if condition is not None:
            pairs = conditional.read_condition(ask.path[0], "create", condition)
            entry.found = await conditional.match(work, server, ask, ask.path[0], pairs)
        entry.new = entry.found is None
        entry.target = f"{ask.path[0]}/{entry.found.id if entry.found else write.new_id()}"
    elif interaction.name == "update":
        if ask.resource is None:
            raise NoBody
        pairs = conditional.named(ask.path[0], "update", ask.pairs)
        found = await conditional.match(work, server, ask, ask.path[0], pairs)
        given = ask.resource.get("id") if isinstance(ask.resource, dict) else None
        entry.target = f"{ask.path[0]}/{found.id if found else given or write.new_id()}"
        entry.ask = replace(
            ask,
            path=tuple(entry.target.split("/")),
            pairs=(),
            resource={**ask.resource, "id": entry.target.split("/")[1]},
        )
        if found is None:
            entry.ask = replace(entry.ask, headers={**ask.headers, "if-none-match": "*"})


async def _resolve(work: Work, server: Server, entry: Entry, targets: dict[str, str]) -> None:
    """Put ids in place of the references to other entries, and of conditional references."""
    conditions: dict[str, str] = {}
    for reference in _conditional_references(entry.ask.resource):
        resource_type, _, query = reference.partition("?")
        pairs = conditional.named(resource_type, "reference", parse_qsl(query))
        if resource_type not in server.record.known.types:
            raise BadBundle(why=f"the reference to {resource_type[:40]} cannot be followed", expression=entry.place)
        found = await conditional.match(work, server, entry.ask, resource_type, pairs)
        if found is None:
            raise BadBundle(why=f"nothing matches the conditional reference to {resource_type}", expression=entry.place)
        conditions[reference] = f"{found.type}/{found.id}"
    entry.ask = replace(entry.ask, resource=_renamed(entry.ask.resource, targets, conditions))


def _conditional_references(value: Any) -> list[str]:
    found: list[str] = []
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            reference = each.get("reference")
            if isinstance(reference, str) and "?" in reference and ":" not in reference.partition("?")[0]:
                found.append(reference)
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)
    return list(dict.fromkeys(found))


def _renamed(value: Any, targets: dict[str, str], conditions: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(child, targets, conditions) if type(child) is not str else _name(name, child, targets, conditions)
                for name, child in value.items()}  # fmt: skip
    if isinstance(value, list):
        return [
            _renamed(each, targets, conditions) if type(each) is not str else _name("", each, targets, conditions)
            for each in value
        ]
    return value


def _name(name: str, text: str, targets: dict[str, str], conditions: dict[str, str]) -> str:
    if name == "reference":
        url, mark, fragment = text.partition("#")
        return conditions.get(text) or (targets[url] + mark + fragment if url in targets else text)
    if name == "div":
        for url, target in targets.items():
            if url in text:
                text = text.replace(f'"{url}"', f'"{target}"')
        return text
    return targets.get(text, text) if text.startswith("urn:") else text


async def _add_new(work: Work, server: Server, entries: Sequence[Entry], replies: dict[int, Reply]) -> None:
    """All new resources at once."""
    prepared: list[Prepared] = []
    for entry in entries:
        try:
            resource = checked(server.record, entry.ask.resource, entry.ask.path[0])
        except Problem as problem:
            raise _placed(entry, problem) from None
        prepared.append(write.prepare(server.record, resource, entry.target.split("/")[1]))
    if prepared:
        for entry, written in zip(entries, await write.add_new(work, server.record, prepared), strict=True):
            replies[entry.number] = reply_of_write(entry.ask, written)


async def _run(work: Work, server: Server, entry: Entry) -> Reply:
    if entry.found is not None:
        found = entry.found
        location = f"{entry.ask.base}/{found.type}/{found.id}/_history/{found.version}"
        return Reply(200, found.content, found.version, found.updated_at, location, resource_type=found.type)
    interaction = routes.interaction_of(server, entry.ask)
    return _held(entry, await interaction.handle(work, server, entry.ask))


def _placed(entry: Entry, problem: Problem) -> Problem:
    """The problem with the place of its entry in the Bundle."""
    if isinstance(problem, Invalid):
        issues = [
            replace(issue, expression=f"{entry.place}.resource.{issue.expression.partition('.')[2]}".rstrip("."))
            for issue in problem.issues
        ]
        return Invalid(entry.ask.path[0], issues, shaped=problem.shaped)
    problem.expression = f"{entry.place}.{problem.expression}" if problem.expression else entry.place
    return problem


def _answer(ask: Ask, kind: str, entries: list[Entry], replies: Sequence[Reply | Problem]) -> bytes:
    minimal = ask.prefer.get("return") == "minimal"
    parts = []
    for entry, reply in zip(entries, replies, strict=True):
        if isinstance(reply, Problem):
            response: dict[str, Any] = {"status": str(reply.http_status)}
            parts.append(b'{"response":' + json.encode(response | {"outcome": outcome.outcome_of(reply)}) + b"}")
            continue
        response = {"status": str(reply.status)}
        if reply.location:
            response["location"] = reply.location
        if reply.etag:
            response["etag"] = reply.etag
        if reply.updated_at:
            response["lastModified"] = instant_text(reply.updated_at)
        wanted = reply.content and not (minimal and entry.ask.method != "GET")
        full_url = f'"fullUrl":"{ask.base}/{entry.target}",'.encode() if entry.target and reply.content else b""
        body = b'"resource":' + reply.content + b"," if wanted else b""
        parts.append(b"{" + full_url + body + b'"response":' + json.encode(response) + b"}")
    head = json.encode({"resourceType": "Bundle", "type": f"{kind}-response"})[:-1]
    return head + (b',"entry":[' + b",".join(parts) + b"]}" if parts else b"}")
