"""What is known of those who are told: addresses, devices, what they switched off, and who shares a child's news."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from anlanh.access import principals
from anlanh.access.rights import kin
from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, read, sight
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.notify.model import EMAIL, PUSH, SMS, ZALO

TELECOM = {SMS: ("phone", "sms"), ZALO: ("phone", "sms"), EMAIL: ("email",)}
"""Systems of Patient.telecom by channel."""

STATIONS = 200


async def subscribe(work: Work, person: int, address: str, endpoint: str, device: str) -> None:
    """Keep the address of a device. Safe to repeat; a device that somebody else used is theirs from now on."""
    await work.connection.execute(
        "insert into notify_subscription (id, person, address, device, made_at) values ($1, $2, $3, $4, $5)"
        " on conflict (id) do update set person = excluded.person, address = excluded.address, device = excluded.device",
        hashlib.sha256(endpoint.encode()).hexdigest(), person, address, device, work.at,
    )  # fmt: skip


async def devices(work: Work, person: int) -> list[tuple[str, str, datetime]]:
    """Devices that are notified: id, name, since when."""
    rows = await work.connection.fetch(
        "select id, device, made_at from notify_subscription where person = $1 order by made_at, id", person
    )
    return [(row["id"], row["device"], row["made_at"]) for row in rows]


async def unsubscribe(work: Work, person: int, device_id: str) -> None:
    """Notify a device no more. Safe to repeat."""
    await work.connection.execute("delete from notify_subscription where id = $1 and person = $2", device_id, person)


async def drop_addresses(work: Work, addresses: Iterable[str]) -> None:
    """Forget devices that are no more. Safe to repeat."""
    await work.connection.execute("delete from notify_subscription where address = any($1::text[])", list(addresses))


async def switched_off(work: Work, person: int) -> frozenset[tuple[str, str]]:
    """Kinds and channels that a person does not want."""
    rows = await work.connection.fetch("select kind, channel from notify_off where person = $1 order by 1, 2", person)
    return frozenset((row["kind"], row["channel"]) for row in rows)


async def switch_off(work: Work, person: int, pairs: Iterable[tuple[str, str]]) -> None:
    """Have exactly these switched off. Safe to repeat; in a transaction."""
    await work.connection.execute("delete from notify_off where person = $1", person)
    await work.connection.executemany(
        "insert into notify_off (person, kind, channel) values ($1, $2, $3) on conflict do nothing",
        [(person, kind, channel) for kind, channel in sorted(pairs)],
    )


async def addresses(work: Work, record: Record, person: int, channel: str) -> tuple[str, ...]:
    """Where a person is reached on a channel: telephones and mail of the record, devices of theirs."""
    if channel == PUSH:
        rows = await work.connection.fetch(
            "select address from notify_subscription where person = $1 order by made_at, id", person
        )
        return tuple(row["address"] for row in rows)
    stored = (await read.current(work, record, [person])).get(person)
    telecom = json.decode_fast(stored.content).get("telecom", ()) if stored else ()
    found = [
        str(each["value"])
        for each in telecom
        if each.get("system") in TELECOM[channel] and each.get("use") != "old" and each.get("value")
    ]
    return tuple(found[:1])


async def name_of(work: Work, record: Record, person: str) -> str:
    """How a person is called; empty where the record does not know them."""
    stored = (await read.current(work, record, [rid_of(*person.split("/"))])).values()
    return next((kin.called(json.decode_fast(each.content)) for each in stored), "")


async def shared_with(work: Work, record: Record, person: str, resource_type: str, resource_id: str) -> list[str]:
    """The parents of a person who may see that resource ("Patient/x")."""
    rid = rid_of(resource_type, resource_id)
    found = []
    for each in await kin.trusted(work, record, person):
        who = principals.principal(each.reference, "citizen", patient=each.reference, purpose="FAMRQT", assurance=2)
        sees = record.sights(who, who.purpose)
        if each.kind == "parent" and rid in await sight.choose(work, record, sees, resource_type, [rid], "r"):
            found.append(each.reference)
    return found


async def report(work: Work, record: Record, report_id: str) -> dict[str, Any] | None:
    """A DiagnosticReport; None: it is gone."""
    stored = (await read.current(work, record, [rid_of("DiagnosticReport", report_id)])).values()
    return next((json.decode_fast(each.content) for each in stored), None)


async def stations(work: Work, record: Record) -> list[tuple[str, str]]:
    """Health stations where people are registered: id of the Organization, name; by name."""
    criteria = record.criteria("", record.sight(work))
    pairs = [("name", "Trạm Y tế"), ("_count", str(STATIONS))]
    page = await find.find(work, record, criteria, queries.read(criteria, ("Organization",), pairs))
    found = [json.decode_fast(each.content) for each in page.matches]
    return sorted(((each["id"], str(each.get("name", ""))) for each in found), key=lambda pair: pair[1])


async def audience(
    work: Work, record: Record, station: str, born: tuple[date, date], after: str | None, most: int
) -> tuple[Sequence[str], str | None]:
    """The next ones ("Patient/x") of those registered at a station (empty: everywhere) and born between two days, both
    included; and where those after them begin, None: nowhere."""
    criteria = record.criteria("", record.sight(work))
    pairs = [
        ("active:not", "false"),
        ("deceased:not", "true"),
        ("birthdate", f"ge{born[0]}"),
        ("birthdate", f"le{born[1]}"),
        ("_count", str(most)),
    ]
    if station:
        pairs.insert(0, ("general-practitioner", f"Organization/{station}"))
    if after:
        pairs.append(("_cursor", after))
    page = await find.find(work, record, criteria, queries.read(criteria, ("Patient",), pairs))
    return [f"Patient/{each.id}" for each in page.matches], page.next
