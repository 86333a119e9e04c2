"""Writing what was told: looked up, planned, merged with what is known, and written, several tellings in one go.

All that can be wrong with a telling is found before anything is written, so they are written whole. FHIR: transaction
Source: https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from anlanh.exchange.intake import identity, labelling, merging, store
from anlanh.exchange.intake.identity import Resource
from anlanh.fhir.model import json
from anlanh.fhir.rest.instance import checked
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, write
from anlanh.fhir.store import read as reading
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import Prepared
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work

AT_ONCE = 100
"""Identifiers asked for in one search."""
MOST_MERGES = 8
LABELS = ("security", "tag")
"""What of its meta a resource keeps that was told."""


@dataclass(slots=True)
class Telling:
    """What one message or document tells. `scope`: the system of identifiers without an authority; `source`: its
    meta.source; `own`: what it is known by itself; `plan`: made here."""

    bundle: Resource
    scope: str
    source: str
    own: str
    plan: identity.Plan | None = None


@dataclass(slots=True)
class _Staged:
    """What is to be written: new resources first, then versions in order, each over the version before."""

    new: dict[str, Prepared] = field(default_factory=dict)
    versions: list[tuple[Prepared, int]] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """Resources as they are at this point of the batch, with their version; None: there is none."""

    known: dict[str, tuple[int, Resource] | None] = field(default_factory=dict)


async def take(work: Work, record: Record, told: Sequence[Telling]) -> list[list[str] | Problem]:
    """Write what was told, in order, in the transaction of `work`; of each the resources (`Type/id`), or what is wrong.

    A single telling may bring back what has been deleted; several together may not, and are refused by the store.

    Safe to repeat: what was taken before changes nothing.

    Raises:
        Problem: of the store, such as a version that changed meanwhile; nothing was written, try again.
    """
    outcome: dict[int, list[str] | Problem] = {}
    found = await _look_up(work, record, told)
    planned: list[tuple[int, Telling]] = []
    for at, telling in enumerate(told):
        try:
            labelling.label(telling.bundle)
            telling.plan = identity.plan(telling.bundle, found, message=telling.own, scope=telling.scope)
        except Problem as problem:
            outcome[at] = problem
            continue
        planned.append((at, telling))
        for resource in telling.plan.resources:
            _learn(found, resource)
    state = _State(await _known(work, record, [telling for _, telling in planned]))
    staged = _Staged()
    for at, telling in planned:
        outcome[at] = _stage(record, telling, state, staged)
    if len(told) == 1:
        for prepared in staged.new.values():
            await write.put(work, record, prepared)
    elif staged.new:
        await write.add_new(work, record, list(staged.new.values()))
    for prepared, expected in staged.versions:
        await write.put(work, record, prepared, expected=expected)
    return [outcome[at] for at in range(len(told))]


async def _look_up(work: Work, record: Record, read: Iterable[Telling]) -> dict[tuple[str, str], frozenset[str]]:
    """Ids of the people, professionals and organizations that messages name; new people are held against other makers."""
    asked: set[tuple[str, str]] = set()
    for message in read:
        asked |= identity.wanted(message.bundle, message.scope)
    found: dict[tuple[str, str], frozenset[str]] = {}
    for kind in identity.LOOKED_UP:
        tokens = sorted(token for name, token in asked if name == kind)
        await _search(work, record, kind, tokens, found)
        missing = [token for token in tokens if (kind, token) not in found]
        if kind == "Patient" and missing:
            await store.hold_people(work, missing)
            await _search(work, record, kind, missing, found)
    return found


async def _search(
    work: Work, record: Record, kind: str, tokens: Sequence[str], found: dict[tuple[str, str], frozenset[str]]
) -> None:
    criteria = record.criteria()
    wanted = set(tokens)
    for start in range(0, len(tokens), AT_ONCE):
        value = ",".join(_escaped(token) for token in tokens[start : start + AT_ONCE])
        query = queries.read(criteria, (kind,), [("identifier", value), ("_count", "1000")])
        for stored in (await find.find(work, record, criteria, query)).matches:
            resource = json.decode_fast(stored.content)
            target = await _survivor(work, record, resource) if kind == "Patient" else stored.id
            for token in identity.tokens(resource):
                if token in wanted:
                    found[kind, token] = found.get((kind, token), frozenset()) | {target}


def _escaped(token: str) -> str:
    system, _, value = token.partition("|")
    return "|".join(
        part.replace("\\", "\\\\").replace(",", "\\,").replace("|", "\\|").replace("$", "\\$")
        for part in (system, value)
    )


async def _survivor(work: Work, record: Record, patient: Resource) -> str:
    """Who the person is today, when people have been merged."""
    for _ in range(MOST_MERGES):
        link = next((each for each in patient.get("link", []) if each.get("type") == "replaced-by"), None)
        kind, _, other = (link or {}).get("other", {}).get("reference", "").partition("/")
        if kind != "Patient" or not other:
            break
        rid = rid_of("Patient", other)
        stored = (await reading.current(work, record, [rid])).get(rid)
        if stored is None:
            break
        patient = json.decode_fast(stored.content)
    return str(patient["id"])


def _learn(found: dict[tuple[str, str], frozenset[str]], resource: Resource) -> None:
    """What one message makes, the next of the batch finds."""
    kind = resource["resourceType"]
    if kind not in identity.LOOKED_UP:
        return
    gone = next((each["other"]["reference"] for each in resource.get("link", []) if each["type"] == "replaced-by"), "")
    target = gone.partition("/")[2] or resource["id"]
    for token in identity.tokens(resource):
        found[kind, token] = frozenset((target,))


async def _known(work: Work, record: Record, planned: Iterable[Telling]) -> dict[str, tuple[int, Resource] | None]:
    targets = {
        f"{each['resourceType']}/{each['id']}"
        for message in planned
        if message.plan is not None
        for each in message.plan.resources
    }
    rids = [rid_of(*target.split("/")) for target in sorted(targets)]
    stored = await reading.current(work, record, rids) if rids else {}
    known: dict[str, tuple[int, Resource] | None] = dict.fromkeys(targets)
    for each in stored.values():
        known[f"{each.type}/{each.id}"] = (each.version, json.decode_fast(each.content))
    return known


def _stage(record: Record, message: Telling, state: _State, staged: _Staged) -> list[str] | Problem:
    """Add a message's resources to what is to be written, all of them or none."""
    assert message.plan is not None
    changed: list[tuple[str, int, Resource]] = []
    try:
        for told in message.plan.resources:
            target = f"{told['resourceType']}/{told['id']}"
            labels = {name: each for name, each in told.get("meta", {}).items() if name in LABELS}
            told["meta"] = {"source": message.source, **labels}
            known = state.known[target]
            result = merging.merged(known[1], told) if known is not None else told
            if known is not None and not merging.differs(known[1], result):
                continue
            checked(record, result, told["resourceType"], told["id"])
            changed.append((target, known[0] if known else 0, result))
    except Problem as problem:
        return problem
    for target, version, result in changed:
        prepared = write.prepare(record, result, result["id"])
        if version == 0:
            staged.new[target] = prepared
        else:
            staged.versions.append((prepared, version))
        state.known[target] = (version + 1, result)
    return [f"{each['resourceType']}/{each['id']}" for each in message.plan.resources]
