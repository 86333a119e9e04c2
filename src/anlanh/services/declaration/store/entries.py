"""Declarations: answers in the record or sealed beside it, and a row of each that counts and stays."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from anlanh.access.rights import erasure
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read, write
from anlanh.fhir.store.problems import AlreadyExists, Gone, NotFound
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Principal, Work
from anlanh.services.declaration.model import Entry
from anlanh.services.declaration.store import calls

ERASER = Principal("system:declaration", "system")
TYPE = "QuestionnaireResponse"
COLUMNS = (
    "id, form, version, person, state, declared_at, delete_on, colour, commune, erased_at, told, alert, told_at, call, call_at,"
    " reminded_at"
)


def key_of(person: str) -> int:
    """The key of "Patient/x"."""
    return rid_of(*person.split("/"))


async def response(
    work: Work, record: Record, response_id: str, version: int | None = None
) -> tuple[dict[str, Any], int]:
    """A QuestionnaireResponse as who acts may see it, now or at a version, and its version.

    Raises:
        NotFound, Gone, VersionNotFound: there is none.
    """
    if version is None:
        found = await read.read(work, record, TYPE, response_id)
    else:
        found = await read.vread(work, record, TYPE, response_id, str(version))
    return json.decode(found.content), found.version


async def exists(work: Work, record: Record, response_id: str) -> bool:
    """Whether there is one that who acts may see."""
    try:
        await read.read(work, record, TYPE, response_id)
    except (NotFound, Gone):
        return False
    return True


async def put(work: Work, record: Record, resource: dict[str, Any], response_id: str, expected: int) -> bool:
    """Write it in the name of who acts. `expected`: the version it must have, 0: new; False: it was there already.

    Raises:
        VersionConflict: somebody else changed it meanwhile. NotAllowed: not theirs to write.
    """
    try:
        await write.put(work, record, write.prepare(record, resource, response_id), expected=expected)
    except AlreadyExists:
        return False
    return True


async def enter(work: Work, entry: Entry, zone: ZoneInfo, closed: bytes | None = None) -> bool:
    """Keep the row of a declaration; an unfinished one is replaced. False: a guest's was there already."""
    done = await work.connection.fetchval(
        "insert into declaration_entry as e (id, form, version, person, state, declared_at, declared_on, delete_on, colour,"
        " commune, closed, told, alert, told_at, call, call_at, reminded_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
        " on conflict (id) do update set told = excluded.told, alert = excluded.alert,"
        " told_at = coalesce(e.told_at, excluded.told_at),"
        " state = excluded.state, declared_at = excluded.declared_at, declared_on = excluded.declared_on,"
        " delete_on = excluded.delete_on, colour = excluded.colour, commune = excluded.commune"
        " where e.person = excluded.person and e.erased_at is null returning id",
        entry.id, entry.form, entry.version, entry.person, entry.state, entry.declared_at,
        entry.declared_at.astimezone(zone).date(), entry.delete_on, entry.colour, entry.commune, closed,
        entry.told, entry.alert, entry.told_at or (entry.declared_at if entry.told else None), entry.call, entry.call_at,
        entry.reminded_at,
    )  # fmt: skip
    return done is not None


async def one(work: Work, entry_id: str) -> Entry | None:
    """The row of a declaration."""
    row = await work.connection.fetchrow(f"select {COLUMNS} from declaration_entry where id = $1", entry_id)
    return _of(row) if row else None


async def of_alert(work: Work, alert: str, *, held: bool = False) -> Entry | None:
    """The row of the declaration of which a station was told under that name; `held` by this transaction alone."""
    row = await work.connection.fetchrow(
        f"select {COLUMNS} from declaration_entry where alert = $1 and alert <> ''{' for update' if held else ''}",
        alert,
    )
    return _of(row) if row else None


async def note_call(work: Work, entry_id: str, code: str) -> None:
    """What the station noted last of its calls."""
    await work.connection.execute(
        "update declaration_entry set call = $2, call_at = $3 where id = $1", entry_id, code, work.at
    )


async def take_uncalled(work: Work, since: datetime, until: datetime, most: int) -> list[Entry]:
    """Declarations of which a station was told between two instants, and of which it noted no call and was not reminded,
    held by this transaction alone."""
    rows = await work.connection.fetch(
        f"select {COLUMNS} from declaration_entry where call = '' and reminded_at is null and told <> ''"
        " and erased_at is null and told_at > $1 and told_at <= $2 order by told_at, id limit $3"
        " for update skip locked",
        since, until, most,
    )  # fmt: skip
    return [_of(row) for row in rows]


async def note_reminded(work: Work, entry_id: str) -> None:
    """The station was reminded."""
    await work.connection.execute("update declaration_entry set reminded_at = $2 where id = $1", entry_id, work.at)


async def sealed(work: Work, entry_id: str) -> bytes | None:
    """What a guest declared, sealed, and held by this transaction; None: erased, claimed, or not a guest's."""
    found: bytes | None = await work.connection.fetchval(
        "select closed from declaration_entry where id = $1 for update", entry_id
    )
    return found


async def forget(work: Work, entry_id: str) -> None:
    """Take the row of a guest's declaration away that has become somebody's own."""
    await work.connection.execute("delete from declaration_entry where id = $1 and person is null", entry_id)


async def of_person(work: Work, person: int, most: int) -> list[Entry]:
    """Declarations of a person, the newest first, those included that are erased."""
    rows = await work.connection.fetch(
        f"select {COLUMNS} from declaration_entry where person = $1 order by declared_at desc, id limit $2",
        person,
        most,
    )
    return [_of(row) for row in rows]


async def counts(work: Work, form: str, since: date) -> list[tuple[date, str, str, int]]:
    """How many were declared: day, commune, colour, count; the newest day first."""
    rows = await work.connection.fetch(
        "select declared_on, commune, colour, count(*) as count from declaration_entry"
        " where form = $1 and declared_on >= $2 and state = 'declared' group by declared_on, commune, colour"
        " order by declared_on desc, commune, colour",
        form, since,
    )  # fmt: skip
    return [(row["declared_on"], row["commune"], row["colour"], row["count"]) for row in rows]


async def take_due(work: Work, today: date, most: int) -> list[Entry]:
    """Declarations past their day, held by this transaction alone."""
    rows = await work.connection.fetch(
        f"select {COLUMNS} from declaration_entry where erased_at is null and delete_on <= $1 order by delete_on, id"
        " limit $2 for update skip locked",
        today, most,
    )  # fmt: skip
    return [_of(row) for row in rows]


async def erase(work: Work, record: Record, entry: Entry) -> None:
    """Erase what was answered, all its versions, for good; the row stays and says when. Safe to repeat."""
    if entry.person is not None:
        await erasure.erase(work, record, TYPE, entry.id)
    if entry.alert:
        await calls.erase(work, record, entry.alert)
    await work.connection.execute(
        "update declaration_entry set closed = null, erased_at = $2 where id = $1", entry.id, work.at
    )


async def follow(work: Work, response_id: str, person: str) -> None:
    """The row of a declaration goes with the person whose it is now. Safe to repeat."""
    await work.connection.execute(
        "update declaration_entry set person = $2 where id = $1 and person <> $2", response_id, key_of(person)
    )


async def note_erased(work: Work, response_id: str) -> None:
    """Its answers were erased or deleted elsewhere. Safe to repeat."""
    await work.connection.execute(
        "update declaration_entry set erased_at = $2 where id = $1 and erased_at is null", response_id, work.at
    )


async def patient(work: Work, record: Record, person: str) -> dict[str, Any]:
    """The Patient, as who acts may see them."""
    found: dict[str, Any] = json.decode((await read.read(work, record, *person.split("/"))).content)
    return found


async def patient_of_key(work: Work, record: Record, person: int) -> dict[str, Any] | None:
    """The Patient of a key, as who acts may see them; None: not at all."""
    stored = (await read.current(work, record, [person])).get(person)
    return dict(json.decode(stored.content)) if stored else None


def _of(row: Any) -> Entry:
    at: datetime = row["declared_at"]
    return Entry(
        row["id"], row["form"], row["version"], row["person"], row["state"], at, row["delete_on"], row["colour"],
        row["commune"], row["erased_at"], row["told"], row["alert"], row["told_at"], row["call"], row["call_at"],
        row["reminded_at"],
    )  # fmt: skip
