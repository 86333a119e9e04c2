"""Which interaction a request is: one table of the specification's, from verb and address to a function.

FHIR: RESTful API, summary
Source: https://hl7.org/fhir/R4/http.html#summary
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.operations import view_run
from anlanh.fhir.operations.call import Call, Operation, Pieces
from anlanh.fhir.rest import bulk, capabilities, conditional, history, instance, offered, search
from anlanh.fhir.rest.exchange import Ask, Reply, Server
from anlanh.fhir.rest.problems import MethodNotAllowed, UnknownAddress, UnknownOperation, UnknownType
from anlanh.fhir.store.problems import NotFound
from anlanh.platform import work as works
from anlanh.platform.work import Work

Handler: TypeAlias = Callable[[Work, Server, Ask], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Interaction:
    """A FHIR interaction. `transaction`: it takes several statements that must hold together; `keyed`: they go by keys,
    so that one plan does for all values."""

    name: str
    handle: Handler
    transaction: bool = False
    writes: bool = False
    keyed: bool = False


READ = Interaction("read", instance.read)
VREAD = Interaction("vread", instance.vread)
UPDATE = Interaction("update", instance.update, writes=True, keyed=True)
PATCH = Interaction("patch", instance.patch, transaction=True, writes=True)
DELETE = Interaction("delete", instance.delete, writes=True, keyed=True)
CREATE = Interaction("create", conditional.create, writes=True, keyed=True)
CREATE_IF = Interaction("create", conditional.create, transaction=True, writes=True)
UPDATE_IF = Interaction("update", conditional.update, transaction=True, writes=True)
PATCH_IF = Interaction("patch", conditional.patch, transaction=True, writes=True)
DELETE_IF = Interaction("delete", conditional.delete, transaction=True, writes=True)
HISTORY_INSTANCE = Interaction("history-instance", history.history)
HISTORY_TYPE = Interaction("history-type", history.history)
HISTORY_SYSTEM = Interaction("history-system", history.history)
SEARCH_TYPE = Interaction("search-type", search.search_type, keyed=True)
SEARCH_SYSTEM = Interaction("search-system", search.search_system)
SEARCH_COMPARTMENT = Interaction("search-compartment", search.search_compartment, keyed=True)
CAPABILITIES = Interaction("capabilities", capabilities.capabilities)
BULK_STATUS = Interaction("bulk-status", bulk.status)
BULK_CANCEL = Interaction("bulk-cancel", bulk.cancel, transaction=True, writes=True)
BULK_FILE = Interaction("bulk-file", bulk.file)

T, I, V, X = "[type]", "[id]", "[vid]", "[type or *]"  # noqa: E741 (the letters of the table)

TABLE: dict[tuple[str, ...], dict[str, Interaction]] = {
    (): {"GET": SEARCH_SYSTEM},
    ("metadata",): {"GET": CAPABILITIES},
    ("_search",): {"POST": SEARCH_SYSTEM},
    ("_history",): {"GET": HISTORY_SYSTEM},
    (T,): {"GET": SEARCH_TYPE, "POST": CREATE, "PUT": UPDATE_IF, "PATCH": PATCH_IF, "DELETE": DELETE_IF},
    (T, "_search"): {"POST": SEARCH_TYPE},
    (T, "_history"): {"GET": HISTORY_TYPE},
    (T, I): {"GET": READ, "PUT": UPDATE, "PATCH": PATCH, "DELETE": DELETE},
    (T, I, "_history"): {"GET": HISTORY_INSTANCE},
    (T, I, "_history", V): {"GET": VREAD},
    (T, I, X): {"GET": SEARCH_COMPARTMENT},
    (T, I, X, "_search"): {"POST": SEARCH_COMPARTMENT},
    ("_bulk", I): {"GET": BULK_STATUS, "DELETE": BULK_CANCEL},
    ("_bulk", I, X): {"GET": BULK_FILE},
}
"""Address pattern to verb to interaction. POST to the base is a Bundle, handled by `bundle`."""


def interaction_of(server: Server, ask: Ask) -> Interaction:
    """The interaction that a request is.

    Raises:
        UnknownType, UnknownAddress, UnknownOperation, MethodNotAllowed: it is none.
    """
    path, known = ask.path, server.record.known
    if len(path) == 2 and path[0] in known.types:  # the most frequent first
        verbs = TABLE[(T, I)] if path[1][0] not in "_$" else None
    else:
        verbs = None
    if path and path[-1].startswith("$"):
        return _operation(server, ask)
    verbs = verbs or TABLE.get(tuple(_pattern(known, path)))
    if verbs is None:
        raise UnknownAddress(method=ask.method, path="/".join(path)[:80] or "/")
    found = verbs.get("GET" if ask.method == "HEAD" else ask.method)
    if found is None:
        raise MethodNotAllowed(method=ask.method, allowed=", ".join(sorted(verbs)))
    if path and path[0] in server.apart and found.name in server.apart[path[0]]:
        return Interaction(found.name, server.apart[path[0]][found.name])
    if found is READ and not instance.ID.fullmatch(path[1]):
        raise NotFound(type=path[0])
    return CREATE_IF if found is CREATE and "if-none-exist" in ask.headers else found


def _pattern(known: Definitions, path: tuple[str, ...]) -> list[str]:
    out: list[str] = []
    for at, segment in enumerate(path):
        if segment in ("_search", "_history", "metadata", bulk.PLACE):
            out.append(segment)
        elif at == 0:
            definition = known.types.get(segment)
            if definition is None or definition.kind != "resource" or definition.abstract:
                raise UnknownType(type=segment[:64])
            out.append(T)
        elif at == 1:
            out.append(I)
        elif at == 2:
            out.append(X)
        else:
            out.append(V)
    return out


def _operation(server: Server, ask: Ask) -> Interaction:
    known = server.record.known
    name, before = ask.path[-1][1:], ask.path[:-1]
    pattern = (T,) if before == (view_run.TYPE,) else tuple(_pattern(known, before))
    level = {(): "system", (T,): "type", (T, I): "instance"}.get(pattern)
    found = offered.find(name, level, before[0] if before else None, server.operations) if level else None
    if found is None:
        raise UnknownOperation(name=name[:64])
    if ask.method not in found.verbs and not (ask.method == "HEAD" and "GET" in found.verbs):
        raise MethodNotAllowed(method=ask.method, allowed=", ".join(found.verbs))
    return Interaction(f"${name}", _handler(found), transaction=found.writes, writes=found.writes)


def _handler(found: Operation) -> Handler:
    async def handle(work: Work, server: Server, ask: Ask) -> Reply:
        before = (*ask.path[:-1], "", "")
        language = ask.headers.get("accept-language")
        call = Call(
            found.name, before[0], before[1], ask.pairs, ask.resource, ask.base, ask.lenient, language, ask.url,
            ask.headers.get("accept", ""),
        )  # fmt: skip
        answer = await found.handle(work, server.record, call)
        reply = Reply(answer.status, answer.content, headers=answer.headers, media=answer.media)
        if answer.pieces is not None:
            reply.content = await answer.pieces(work) or b""
            reply.more = _further(server, ask, work.purpose, answer.pieces)
        return reply

    return handle


async def _further(server: Server, ask: Ask, purpose: str, pieces: Pieces) -> AsyncIterator[bytes]:
    """The pieces after the first, each in a unit of work of its own: a slow reader holds no connection."""
    while True:
        async with works.begin(
            server.database, ask.principal, purpose, transaction=False, occasion=ask.occasion
        ) as work:
            piece = await pieces(work)
        if piece is None:
            return
        if piece:
            yield piece
