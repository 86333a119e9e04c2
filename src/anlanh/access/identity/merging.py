"""Merging two Patients into one, and undoing it. Each is one transaction: all of it happens, or nothing.

FHIR: Patient/$merge
Source: https://hl7.org/fhir/patient-operation-merge.html; docs/identity.md
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from anlanh.access.identity import following, joining, merges, pairs, references
from anlanh.access.identity.joining import Resource
from anlanh.access.identity.merges import Change, Merge
from anlanh.access.identity.problems import (
    AlreadyReplaced,
    MergedFurther,
    NotASteward,
    SamePatient,
    TwoNumbers,
    WrongResult,
)
from anlanh.fhir.model import json
from anlanh.fhir.search.extract import OF_PATIENT
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import write
from anlanh.fhir.store.problems import NotFound
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Principal, Work

PROGRAM = Principal("system:identity", "system")
"""Who writes what a merge changes: a steward may order it, and need not be allowed to see what is changed."""
RULE = "stewardship"
ROLES = {"steward": "steward", "system": "system"}
"""Who may merge, and how such a merge is called."""
MOST_NEWER = 200


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge does, or did. `result` is the target as it is afterwards; `redirected` how many resources refer to it
    now that referred to the source; `id` is empty where it was only looked at."""

    id: str
    source: Resource
    target: Resource
    result: Resource
    redirected: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What undoing a merge did. `restored`: resources that are as before; `changed_since`: those where only what the merge
    had changed was taken back, `newer`: those that were written for the target afterwards and stay with it; a person has
    to look at both. References `Type/id`."""

    id: str
    restored: int
    changed_since: list[str]
    newer: list[str]
    again: bool = False


def allowed(work: Work) -> str:
    """How a merge by whoever acts is called.

    Raises:
        NotASteward: they may not.
    """
    who = work.principal
    if who.role not in ROLES or who.scopes is not None or (who.role == "steward" and who.assurance < 2):
        raise NotASteward
    return ROLES[who.role]


async def merge(
    work: Work, record: Record, source_id: str, target_id: str, *, result: Resource | None = None, preview: bool = False,
    how: str = "",
) -> Merged:  # fmt: skip
    """Merge the Patient `source_id` into `target_id`, in the transaction of `work`. Safe to repeat.

    `preview`: only say what would happen. `how`: `automatic` or `message`, for the program's own; a message may already
    have closed the source in favour of the target.

    Raises:
        NotASteward, SamePatient, NotFound, AlreadyReplaced, TwoNumbers, WrongResult: nothing is changed.
    """
    how = how or allowed(work)
    if source_id == target_id:
        raise SamePatient
    source, target = await _lock(work, record, source_id, target_id)
    before, kept = json.decode(source.content), json.decode(target.content)
    known = await merges.in_force(work, source.rid)
    if known is not None and known.target == target.rid:
        return Merged(known.id, before, kept, kept, len(await merges.changes(work, known.id)) - 2, again=True)
    if known is not None:
        raise AlreadyReplaced
    told = how == "message" and joining.replaced_by(before) == target_id
    if not ((joining.is_open(before) or told) and joining.is_open(kept)):
        raise AlreadyReplaced
    if joining.numbers_clash(before, kept):
        raise TwoNumbers
    if result is not None and (result.get("resourceType"), result.get("id")) != ("Patient", target_id):
        raise WrongResult
    joined = joining.with_link(result, kept, before) if result else joining.joined(kept, before)
    found = await references.to(work, record, source.rid, (source.rid, target.rid))
    pointing = [
        (each, resource)
        for each in found
        if joining.redirect(resource := json.decode(each.content), source_id, target_id)
    ]
    if preview:
        return Merged("", before, kept, joined, len(pointing))
    merge_id = str(uuid.uuid4())
    changed = [
        *((each, resource) for each, resource in pointing),
        (source, joining.replaced(before, target_id)),
        (target, joined),
    ]
    changes = await _write(work, record, changed)
    moved = await following.move(work, (source.rid, f"Patient/{source_id}"), (target.rid, f"Patient/{target_id}"))
    row = Merge(merge_id, source.rid, target.rid, how, work.at, work.principal.subject, moved, None, None)
    await merges.add(work, row, changes)
    await pairs.inherit(work, source.rid, target.rid)
    await pairs.decide(work, (source.rid, target.rid), "automatic" if how == "automatic" else "same")
    return Merged(merge_id, before, kept, joined, len(pointing))


async def unmerge(work: Work, record: Record, merge_id: str) -> Unmerged:
    """Undo a merge, in the transaction of `work`. Safe to repeat.

    What nobody changed since is exactly as before. Of what was changed since, only what the merge had changed goes back.
    The pair is kept as two people, so that it is not merged again without asking.

    Raises:
        NotASteward, NoSuchMerge, MergedFurther: nothing is changed.
    """
    allowed(work)
    done = await merges.of_id(work, merge_id)
    if done.undone_at is not None:
        return Unmerged(done.id, 0, [], [], again=True)
    if await merges.in_force(work, done.target) is not None:
        raise MergedFurther
    changes = await merges.changes(work, done.id)
    now = {each.rid: each for each in await _locked(work, record, [each.rid for each in changes])}
    plain, changed_since = [], []
    for change in sorted(changes, key=lambda each: each.rid in (done.source, done.target)):
        there = now.get(change.rid)
        if there is None:
            continue
        before, after = await _versions(work, change)
        if there.version == change.after:
            plain.append((there, before))
        else:
            plain.append((there, joining.reverted(before, after, json.decode(there.content))))
            changed_since.append(f"{there.type}/{there.id}")
    newer = await _newer(work, record, done, {each.rid for each in changes})
    await _write(work, record, plain)
    names = {rid: f"Patient/{now[rid].id}" for rid in (done.source, done.target) if rid in now}
    if len(names) == 2:
        await following.bring_back(
            work, done.moved, (done.source, names[done.source]), (done.target, names[done.target])
        )
    await merges.undone(work, done.id)
    await pairs.decide(work, (done.source, done.target), "different")
    return Unmerged(done.id, len(plain) - len(changed_since), changed_since, newer)


async def _lock(work: Work, record: Record, source_id: str, target_id: str) -> tuple[Stored, Stored]:
    """Both Patients, held in the order of their keys, so that two merges never wait for each other.

    Raises:
        NotFound: one of them is not there.
    """
    wanted = [rid_of("Patient", source_id), rid_of("Patient", target_id)]
    found = {each.rid: each for each in await _locked(work, record, wanted)}
    if any(rid not in found or found[rid].type != "Patient" for rid in wanted):
        raise NotFound(type="Patient")
    return found[wanted[0]], found[wanted[1]]


async def _locked(work: Work, record: Record, rids: Iterable[int]) -> list[Stored]:
    rows = await work.connection.fetch(
        "select rid, type, id, version, updated_at, content, patients from resource"
        " where rid = any($1::bigint[]) and not deleted order by rid for update",
        list(rids),
    )
    return [
        Stored(record.type_names[row[1]], row[2], row[3], row[4], row[5], rid=row[0], patients=row[6]) for row in rows
    ]


async def _write(work: Work, record: Record, changed: Iterable[tuple[Stored, Resource]]) -> list[Change]:
    """Write new versions over those that were locked; noted for the audit as what whoever acts has done."""
    changes = []
    async with _as_program(work):
        for there, resource in changed:
            prepared = write.prepare(record, resource, there.id)
            written = await write.put(work, record, prepared, expected=there.version)
            changes.append(Change(there.rid, there.version, written.version))
    return changes


@asynccontextmanager
async def _as_program(work: Work) -> AsyncIterator[None]:
    """The program itself writes; what it changes is noted under the rule by which it was ordered."""
    actor, start = work.principal, len(work.seen)
    work.principal = PROGRAM
    try:
        yield
    finally:
        work.principal = actor
        work.seen[start:] = [each._replace(rule=RULE) for each in work.seen[start:]]


async def _versions(work: Work, change: Change) -> tuple[Resource, Resource]:
    """The resource as it was before the merge, and as the merge left it."""
    rows = await work.connection.fetch(
        "select version, content from history where rid = $1 and version = any($2::int[]) union all"
        " select version, content from resource where rid = $1 and version = any($2::int[]) order by version",
        change.rid, [change.before, change.after],
    )  # fmt: skip
    found = {row["version"]: row["content"] for row in rows}
    return json.decode(found[change.before]), json.decode(found[change.after])


async def _newer(work: Work, record: Record, done: Merge, known: set[int]) -> list[str]:
    """What was written for the target after the merge."""
    since: datetime = done.merged_at
    rows = await work.connection.fetch(
        "select type, id from resource where keys @> array[$1::bigint] and updated_at >= $2 and not deleted"
        " and rid <> all($3::bigint[]) order by updated_at, rid limit $4",
        OF_PATIENT ^ done.target, since, list(known), MOST_NEWER,
    )  # fmt: skip
    return [f"{record.type_names[row['type']]}/{row['id']}" for row in rows]
