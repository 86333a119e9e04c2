"""Which resources of a type an export may hold: those of the queries, in the compartments of the patients.

Provenance follows what it is about: that of every resource of a compartment belongs to the export.

FHIR: Bulk Data Access 2.0, Patient compartment
Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-kick-off-request
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from anlanh.fhir.bulk.asked import Asked
from anlanh.fhir.bulk.problems import BadExport
from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search import sql
from anlanh.fhir.search.conditions import EVERYTHING, Any, Condition
from anlanh.fhir.search.extract import compartment_salt
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.problems import NotFound
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import UNLIMITED, Sight, guard
from anlanh.platform.database import Connection

SALT = compartment_salt("Patient")


@dataclass(frozen=True, slots=True)
class Limits:
    """SQL that gives the keys of the resources, in order."""

    sql: str
    values: list[object]


async def patients_of(connection: Connection, asked: Asked) -> tuple[str, ...] | None:
    """Ids of the patients an export is limited to; None: no limit.

    Raises:
        NotFound: there is no such Group.
        BadExport: a patient asked for does not exist, or is no member of the Group.
    """
    members = None if asked.group_id is None else await _members(connection, asked.group_id)
    if asked.patients is None:
        return members
    rows = await connection.fetch(
        "select id from resource where rid = any($1::bigint[]) and not deleted order by rid",
        [rid_of("Patient", each) for each in asked.patients],
    )
    there = {row["id"] for row in rows}
    if any(each not in there for each in asked.patients):
        raise BadExport(name="patient", why="one of the patients does not exist")
    if members is not None and not set(asked.patients) <= set(members):
        raise BadExport(name="patient", why="one of the patients is not a member of the Group")
    return asked.patients


async def _members(connection: Connection, group_id: str) -> tuple[str, ...]:
    content = await connection.fetchval(
        "select content from resource where rid = $1 and not deleted", rid_of("Group", group_id)
    )
    if content is None:
        raise NotFound(type="Group")
    members = [each for each in json.decode_fast(content).get("member", ()) if each.get("inactive") is not True]
    references = [each.get("entity", {}).get("reference", "") for each in members]
    return tuple(each.split("/")[1] for each in references if each.startswith("Patient/"))


async def limits(
    connection: Connection, record: Record, asked: Asked, resource_type: str, sight: Sight = UNLIMITED
) -> Limits | None:
    """What limits this type, for one who sees that much; None: nothing, all of it is exported."""
    filters = asked.filters.get(resource_type, ())
    every_patient = asked.level == "Patient" and resource_type == "Patient" and asked.patients is None
    if not filters and (asked.level == "system" or every_patient) and sight.unlimited:
        return None
    condition = _condition(record, asked, resource_type, filters, sight)
    if not sight.unlimited:
        condition = guard(sight, resource_type, condition)
    writer = sql.Writer(record.type_number, await _look_up(connection, condition))
    where = writer.where(condition, "r", resource_type)
    if asked.level != "system" and not every_patient:
        inside = _Compartments(record, writer, await patients_of(connection, asked))
        where += f" and {inside.of('r', resource_type)}"
    return Limits(f"select r.rid from resource r where {where} order by r.rid", writer.values)


def _condition(record: Record, asked: Asked, resource_type: str, filters: tuple[str, ...], sight: Sight) -> Condition:
    if not filters:
        return EVERYTHING
    criteria = record.criteria(asked.base, sight)
    read = [queries.read(criteria, [resource_type], parse_qsl(each, keep_blank_values=True)) for each in filters]
    return Any(tuple(query.conditions[resource_type] for query in read))


async def _look_up(connection: Connection, condition: Condition) -> sql.Found:
    found: sql.Found = {}
    for lookup in sql.lookups(condition):
        text, values = sql.lookup_sql(lookup)
        found[lookup] = [(row[0], row[1]) for row in await connection.fetch(text, *values)]
    return found


class _Compartments:
    """Writes that a row is in the compartment of one of these patients, or of any (None)."""

    def __init__(self, record: Record, writer: sql.Writer, patients: tuple[str, ...] | None) -> None:
        self._record = record
        self._writer = writer
        self._rids = None if patients is None else [rid_of("Patient", each) for each in patients]

    def of(self, row: str, resource_type: str) -> str:
        """The test of a row of that type."""
        direct = self._direct(row)
        if resource_type != "Provenance":
            return direct
        t = self._writer.alias()
        salts = [b.path.salt for b in self._record.parameters.of("Provenance")["target"].branches]
        param = self._writer.param(salts, "bigint[]")
        about = (
            f"exists (select from unnest({row}.keys[1:{row}.refs]) k cross join unnest({param}) s"
            f" join resource {t} on {t}.rid = (k # s) where not {t}.deleted and {self._direct(t)})"
        )
        return f"({direct} or {about})"

    def _direct(self, row: str) -> str:
        if self._rids is not None:
            keys = self._writer.param([SALT ^ rid for rid in self._rids], "bigint[]")
            return f"({row}.keys && {keys} or {row}.rid = any({self._writer.param(self._rids, 'bigint[]')}))"
        p, number = self._writer.alias(), self._record.type_number("Patient")
        return (
            f"({row}.type = {number} or exists (select from unnest({row}.keys) c join resource {p} on {p}.rid = (c # ({SALT}))"
            f" where {p}.type = {number} and not {p}.deleted))"
        )
