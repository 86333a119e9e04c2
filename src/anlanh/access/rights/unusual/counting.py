"""Counts of the access log for each member of staff and day, and their pasts. One pass over the rows of a day.

FHIR: AuditEvent
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from anlanh.access.accounts import persons
from anlanh.access.policy import rules
from anlanh.access.rights.unusual.measures import MEASURES
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import read
from anlanh.fhir.store.record import Record
from anlanh.fhir.vn.systems import PERSONAL_ID
from anlanh.platform.work import Work

PAST_DAYS = 28
KEPT_DAYS = 60
LOOKING_FOR = "identification"
"""The rule by which staff see who somebody is, of whom they may see nothing else."""
EMERGENCY = "emergency"
ASKED_AGAIN = timedelta(days=30)

Counts = Sequence[int]


@dataclass(frozen=True, slots=True)
class Day:
    """The counts of somebody's day in a role at a facility, in the order of MEASURES."""

    subject: str
    role: str
    organization: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Past:
    """Counts of earlier days, of oneself and of others in the same role at the same facility."""

    own: tuple[Counts, ...]
    peers: tuple[Counts, ...]


def staff() -> list[str]:
    """The roles that are watched: all that need two factors."""
    return sorted(role.name for role in rules.load().roles.values() if role.careful)


_COUNT = """
with look as (
    select l.subject, l.role, l.organization, l.rule, l.request, p.patient,
        (l.at at time zone $4)::time not between '05:00' and '22:00' as night
    from access_log l cross join lateral unnest(l.patients) p(patient)
    where l.at >= $1 and l.at < $2 and l.role = any($3::text[]) and l.deed = 'R'
), person as (
    select subject, role, organization, patient, bool_or(night) as night, bool_or(rule = $6) as emergency
    from look where rule <> $5 group by subject, role, organization, patient
), lookup as (
    select subject, role, organization, count(distinct request)::integer as times
    from look where rule = $5 group by subject, role, organization
), colleague as (
    select distinct d.organization, s.patient, s.subject
    from staff_person s join access_day d using (subject) where s.patient is not null
), opened as (
    select p.subject, p.role, p.organization, count(*)::integer as persons,
        (count(*) filter (where p.night))::integer as night, (count(*) filter (where p.emergency))::integer as emergencies,
        count(c.patient)::integer as colleagues
    from person p left join colleague c
        on c.organization = p.organization and c.patient = p.patient and c.subject <> p.subject
    group by p.subject, p.role, p.organization
)
insert into access_day (day, subject, role, organization, counts)
select $7, subject, role, organization,
    array[coalesce(o.persons, 0), coalesce(l.times, 0), coalesce(o.night, 0), coalesce(o.emergencies, 0),
        coalesce(o.colleagues, 0)]
from opened o full join lookup l using (subject, role, organization)
on conflict (day, subject, role, organization) do update set counts = excluded.counts
returning subject, role, organization, counts
"""
"""In the order of MEASURES."""


async def count(work: Work, record: Record, day: date) -> list[Day]:
    """Count a day of the log and keep it. Safe to repeat: later in the day it is counted anew."""
    start = datetime.combine(day, time.min, record.zone)
    rows = await work.connection.fetch(
        _COUNT, start, start + timedelta(days=1), staff(), str(record.zone), LOOKING_FOR, EMERGENCY, day
    )
    await work.connection.execute("delete from access_day where day < $1", day - timedelta(days=KEPT_DAYS))
    return [Day(row["subject"], row["role"], row["organization"], tuple(row["counts"])) for row in rows]


async def pasts(work: Work, day: date, days: Iterable[Day]) -> Mapping[Day, Past]:
    """What was usual in the four weeks before, for those whose counts reach the least of a measure."""
    wanted = [each for each in days if any(count >= m.least for count, m in zip(each.counts, MEASURES, strict=True))]
    rows = await work.connection.fetch(
        "select subject, role, organization, counts from access_day where day >= $1 and day < $2"
        " and (role, organization) in (select * from unnest($3::text[], $4::text[])) order by day, subject",
        day - timedelta(days=PAST_DAYS), day, [each.role for each in wanted], [each.organization for each in wanted],
    )  # fmt: skip
    groups: dict[tuple[str, str], dict[str, list[Counts]]] = {}
    for row in rows:
        groups.setdefault((row["role"], row["organization"]), {}).setdefault(row["subject"], []).append(row["counts"])
    return {each: _past(groups.get((each.role, each.organization), {}), each.subject) for each in wanted}


def _past(group: Mapping[str, Sequence[Counts]], subject: str) -> Past:
    others = [days for other, days in group.items() if other != subject]
    peers = tuple(counts for days in others for counts in days) if len(others) > 1 else ()
    return Past(tuple(group.get(subject, ())), peers)


async def know_staff(work: Work, record: Record, subjects: Iterable[str]) -> None:
    """Note which Patients these members of staff are, by their personal numbers. Asked once a month of each, for it is a
    look at their record like any other."""
    known = await work.connection.fetch(
        "select subject from staff_person where found_at > $1 order by subject", work.at - ASKED_AGAIN
    )
    new = sorted({each for each in subjects if each.startswith("Practitioner/")} - {row["subject"] for row in known})
    people = await read.current(work, record, [rid_of(*each.split("/")) for each in new])
    for subject in new:
        stored = people.get(rid_of(*subject.split("/")))
        patient = await _patient(work, record, json.decode_fast(stored.content)) if stored else None
        await work.connection.execute(
            "insert into staff_person (subject, patient, found_at) values ($1, $2, $3)"
            " on conflict (subject) do update set patient = excluded.patient, found_at = excluded.found_at",
            subject, patient, work.at,
        )  # fmt: skip


async def _patient(work: Work, record: Record, practitioner: Mapping[str, object]) -> int | None:
    identifiers = practitioner.get("identifier", ())
    assert isinstance(identifiers, list | tuple)
    number = next((each.get("value") for each in identifiers if each.get("system") == PERSONAL_ID), None)
    if not number:
        return None
    found = await persons.by_identifier(work, record, "Patient", PERSONAL_ID, str(number))
    return rid_of(*found[0].split("/")) if found else None
