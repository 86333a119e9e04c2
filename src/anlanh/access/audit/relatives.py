"""The list of accesses as shown to somebody else than its person: a parent, a delegate.

They are told what they may see anyway. Left out is what would tell them of things kept from them: lines of whoever, in
the same span of time, opened something that they may not see (a clinic for HIV that a grown child visits). Relatives
and delegates are named to the person only.

Source: Luật 91/2025/QH15 Điều 4, 24; docs/privacy.md
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from anlanh.access.audit import looks
from anlanh.access.audit.looks import TEN_MINUTES_S, Look, Page, Wanted
from anlanh.access.audit.rows import resources_of
from anlanh.access.policy import rules
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import choose
from anlanh.platform.work import Seen, Work

Moment = tuple[int, str, str]
"""Span of ten minutes, subject and organisation."""


async def of(work: Work, record: Record, patient: str, wanted: Wanted, rule: str) -> Page:
    """The list of "Patient/x" for who acts, to whom `rule` opens the record; that they saw it is noted on it."""
    page = await looks.of(work, record, patient, replace(wanted, own=False))
    kept_back = await _kept_back(work, record, patient, page.looks)
    shown = [_discreet(each, work.principal.subject) for each in page.looks if not _moments(each) & kept_back]
    rid = rid_of(*patient.split("/"))
    work.seen.append(Seen("R", "AuditEvent", (rid_of("AuditEvent", patient.partition("/")[2]),), (rid,), rule))
    return Page(shown, page.before)


def _discreet(look: Look, reader: str) -> Look:
    """A line without the name of other citizens. Pure."""
    if look.role != "citizen" or look.subject == reader:
        return look
    return replace(look, subject="", name="", basis="")


def _moments(look: Look) -> set[Moment]:
    first, last = (int(each.timestamp()) // TEN_MINUTES_S for each in (look.first_at, look.last_at))
    return {(span, look.subject, look.organization) for span in range(first, last + 1)}


async def _kept_back(work: Work, record: Record, patient: str, lines: Iterable[Look]) -> set[Moment]:
    """When and by whom something was opened that who acts may not see."""
    found = list(lines)
    if not found:
        return set()
    rows = await work.connection.fetch(
        "select at, subject, organization, resources, array_position(patients, $1) - 1 as place from access_log"
        " where patients @> array[$1::bigint] and at between $2 and $3 order by at, seq",
        rid_of(*patient.split("/")), min(each.first_at for each in found), max(each.last_at for each in found),
    )  # fmt: skip
    seen = {each for row in rows for each in resources_of(row["resources"], row["place"])}
    closed = await _closed(work, record, seen)
    return {
        (int(row["at"].timestamp()) // TEN_MINUTES_S, row["subject"], row["organization"])
        for row in rows
        if any(rid in closed for rid, _ in resources_of(row["resources"], row["place"]))
    }


async def _closed(work: Work, record: Record, resources: set[tuple[int, int]]) -> set[int]:
    """Keys of those that who acts may not see, or that are gone. The log itself and consents tell of no illness."""
    sight = record.sight(work)
    silent = rules.load().groups["privacy"]
    by_type: dict[str, list[int]] = {}
    for rid, number in resources:
        by_type.setdefault(record.type_names[number], []).append(rid)
    closed: set[int] = set()
    for resource_type, rids in by_type.items():
        if resource_type not in silent:
            opened = await choose(work, record, sight, resource_type, rids, "r")
            gone = await work.connection.fetch(
                "select rid from resource where rid = any($1::bigint[]) and deleted order by rid", rids
            )
            closed |= {rid for rid in rids if rid not in opened} | {row["rid"] for row in gone}
    return closed
