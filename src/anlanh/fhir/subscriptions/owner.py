"""Whose Subscription it is: it is told of what its owner may see, when it happens and when it is told.

FHIR: Subscription, safety and security
Source: https://hl7.org/fhir/R4/subscription.html#safety
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from anlanh.fhir.search import conditions
from anlanh.fhir.search.conditions import All, Column
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.search.sql import Writer
from anlanh.fhir.store.record import Change, Record
from anlanh.fhir.store.sight import Sight, note
from anlanh.fhir.subscriptions.notification import Event
from anlanh.platform.database import Connection
from anlanh.platform.work import Act, Occasion, Principal, Work, instant

NOTIFIER = Principal("subscriptions", "system")
UNKNOWN = Principal("nobody", "nobody")


async def keep(work: Work, changes: Sequence[Change]) -> None:
    """Note who wrote these Subscriptions; what the notifier itself writes changes no owner."""
    for change in changes:
        if change.resource is None:
            await work.connection.execute("delete from subscription_owner where rid = $1", change.rid)
        elif work.principal.subject != NOTIFIER.subject:
            await work.connection.execute(
                "insert into subscription_owner (rid, subject, principal) values ($1, $2, $3) on conflict (rid)"
                " do update set subject = excluded.subject, principal = excluded.principal",
                change.rid, work.principal.subject, msgspec.json.encode(work.principal).decode(),
            )  # fmt: skip


async def of(connection: Connection, subscription_id: str) -> Principal:
    """The owner; nobody, who sees nothing, when it is not known."""
    kept = await connection.fetchval(
        "select principal from subscription_owner where rid = $1", rid_of("Subscription", subscription_id)
    )
    return UNKNOWN if kept is None else msgspec.json.decode(kept, type=Principal)


async def among(
    connection: Connection, record: Record, sight: Sight, resource_type: str, rids: Sequence[int]
) -> set[int]:
    """Those of the resources that the owner may see whole; deleted ones, when the persons were theirs to see."""
    if sight.unlimited:
        return set(rids)
    opened = conditions.Any(tuple(grant.rows for grant in sight.grants("r", resource_type) if grant.mask is None))
    writer = Writer(record.type_number)
    test = writer.test(All((Column("rid", "=", tuple(rids)), opened)), "r")
    rows = await connection.fetch(f"select r.rid from resource r where {test} order by r.rid", *writer.values)
    return {row["rid"] for row in rows}


async def told(work: Work, record: Record, subscription_id: str, events: Sequence[Event]) -> list[Event]:
    """The events as they may be told now: without the resource, when the owner may no longer see it. Written down."""
    who = await of(work.connection, subscription_id)
    sight = record.sights(who, who.purpose)
    by_type: dict[str, list[int]] = {}
    for event in events:
        by_type.setdefault(event.resource_type, []).append(rid_of(event.resource_type, event.resource_id))
    seen: set[int] = set()
    for resource_type, rids in by_type.items():
        seen |= await among(work.connection, record, sight, resource_type, rids)
    rows = await work.connection.fetch(
        "select rid, patients from resource where rid = any($1::bigint[]) order by rid", list(seen)
    )
    patients = {row["rid"]: row["patients"] for row in rows}
    occasion = Occasion(interaction="subscription", query=f"Subscription/{subscription_id}")
    act = Act(principal=who, purpose=who.purpose, at=instant(), occasion=occasion)
    out = []
    for event in events:
        rid = rid_of(event.resource_type, event.resource_id)
        if rid not in seen:
            out.append(replace(event, content=b""))
            continue
        if event.content:
            note(act, sight, "subscription", event.resource_type, rid, patients.get(rid, ()), "R")
        out.append(event)
    if act.seen:
        await work.database.auditor.apart(act)
    return out
