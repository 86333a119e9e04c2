"""Follows what is written to the record: relations and denials change in the same transaction as what they rest on.

FHIR: Encounter, Appointment, ServiceRequest, EpisodeOfCare, CareTeam, Patient, RelatedPerson, Consent
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from anlanh.access.policy import rules
from anlanh.access.policy.rules import Policy
from anlanh.access.relations import care, consent, family, store
from anlanh.access.relations.model import Denial, Relation
from anlanh.fhir.model import json
from anlanh.fhir.search.keys import hash64, rid_of
from anlanh.fhir.store.record import Call, Change, Record
from anlanh.fhir.vn.systems import PERSONAL_ID
from anlanh.platform.work import Work

if TYPE_CHECKING:
    import asyncpg


class Follower:
    """The projections of a record."""

    def __init__(self, record: Record, policy: Policy | None = None) -> None:
        self._record = record
        self._policy = policy or rules.load()

    def follow(self) -> None:
        """Be told of every write from now on."""
        for resource_type in care.MADE_BY:
            self._record.projections[resource_type] = self.care
            self._record.besides[resource_type] = self.beside_care
        self._record.projections["Patient"] = self.patients
        self._record.projections["RelatedPerson"] = self.related
        self._record.projections["Consent"] = self.consents

    async def care(self, work: Work, changes: Sequence[Change]) -> None:
        """Care relations."""
        found = [each for c in changes if c.resource is not None for each in care.of(c.resource, c.rid)]
        await store.replace(work, [c.rid for c in changes], found)

    def beside_care(self, work: Work, change: Change) -> Call:
        """The same with the write itself."""
        found = care.of(change.resource, change.rid) if change.resource is not None else ()
        return Call("put_with_relations", store.columns_of(work, found))

    async def consents(self, work: Work, changes: Sequence[Change]) -> None:
        """Permissions and denials."""
        relations: list[Relation] = []
        denials: list[Denial] = []
        for change in changes:
            if change.resource is not None:
                opened, closed = consent.of(change.resource, change.rid, self._record.type_number)
                relations += opened
                denials += closed
        sources = [change.rid for change in changes]
        await store.replace(work, sources, relations)
        await store.replace_denials(work, sources, denials)

    async def patients(self, work: Work, changes: Sequence[Change]) -> None:
        """Registration; and what RelatedPersons say of these patients, as children or as guardians."""
        await self.care(work, changes)
        if rows := await self._related_to(work, changes):
            await self._relate(work, [(row["rid"], json.decode_fast(row["content"])) for row in rows])

    def beside_patient(self, work: Work, change: Change) -> tuple[Any, ...]:
        """Values for `put_patient`, which does the same with the write itself when no RelatedPerson belongs to them."""
        return (*self.beside_care(work, change).values, *self._related_by([change]))

    async def _related_to(self, work: Work, changes: Sequence[Change]) -> list[asyncpg.Record]:
        """RelatedPersons that are these patients, or have them as their child."""
        return await work.connection.fetch(
            "select rid, id, content from resource where type = $1 and not deleted"
            " and (rid = any($2::bigint[]) or keys && $3::bigint[]) order by rid",
            *self._related_by(changes),
        )

    def _related_by(self, changes: Sequence[Change]) -> tuple[int, list[int], list[int]]:
        """By what they are found: number of the type, rids, keys."""
        resources = [change.resource for change in changes if change.resource is not None]
        linked = [
            each["other"]["reference"]
            for resource in resources
            for each in resource.get("link", ())
            if str(each.get("other", {}).get("reference")).startswith("RelatedPerson/")
        ]
        children = self._keys("RelatedPerson", "patient", [change.rid for change in changes])
        guardians = [
            key
            for resource in resources
            for number in _personal_ids(resource)
            for key in self._id_keys("RelatedPerson", number)
        ]
        rids = [rid_of("RelatedPerson", each.partition("/")[2]) for each in linked]
        return self._record.type_number("RelatedPerson"), rids, [*children, *guardians]

    async def related(self, work: Work, changes: Sequence[Change]) -> None:
        """Guardians."""
        await store.replace(work, [change.rid for change in changes if change.resource is None], ())
        given = [
            (change.rid, {**change.resource, "id": change.id}) for change in changes if change.resource is not None
        ]
        if given:
            await self._relate(work, given)

    async def _relate(self, work: Work, related: Sequence[tuple[int, dict[str, Any]]]) -> None:
        children = await self._births(
            work, [rid for _, each in related for rid in care.rids_of([each.get("patient")], "Patient")]
        )
        guardians = await self._guardians(work, related)
        found: list[Relation] = []
        for rid, resource in related:
            for child in care.rids_of([resource.get("patient")], "Patient"):
                born = children.get(child)
                if born is None or not family.is_guardian(resource):
                    continue
                for guardian in guardians[rid]:
                    found += family.of(resource, rid, child, born, guardian, self._policy.categories.values())
        await store.replace(work, [rid for rid, _ in related], found)

    async def _births(self, work: Work, patients: Iterable[int]) -> dict[int, date]:
        rows = await work.connection.fetch(
            "select rid, content from resource where rid = any($1::bigint[]) and not deleted order by rid",
            list(patients),
        )
        found = {}
        for row in rows:
            text = json.decode_fast(row["content"]).get("birthDate", "")
            year, _, rest = text.partition("-")
            month, _, day = rest.partition("-")
            if year:
                found[row["rid"]] = date(int(year), int(month or 1), int(day or 1))
        return found

    async def _guardians(self, work: Work, related: Sequence[tuple[int, dict[str, Any]]]) -> dict[int, list[int]]:
        """Of each the Patients who say that they are this RelatedPerson, or have the same personal number."""
        keys = {
            rid: [
                *self._keys("Patient", "link", [rid]),
                *(key for number in _personal_ids(resource) for key in self._id_keys("Patient", number)),
            ]
            for rid, resource in related
        }
        asked = [key for each in keys.values() for key in each]
        rows = await work.connection.fetch(
            "select r.rid, array(select k from unnest(r.keys) k where k = any($1::bigint[])) from resource r"
            " where r.keys && $1::bigint[] and r.type = $2 and not r.deleted order by r.rid",
            asked, self._record.type_number("Patient"),
        )  # fmt: skip
        by_key: dict[int, list[int]] = {}
        for rid, found in rows:
            for key in found:
                by_key.setdefault(key, []).append(rid)
        return {rid: sorted({patient for key in each for patient in by_key.get(key, ())}) for rid, each in keys.items()}

    def _keys(self, resource_type: str, code: str, targets: Iterable[int]) -> list[int]:
        salts = [branch.path.salt for branch in self._record.parameters.of(resource_type)[code].branches]
        return [salt ^ target for salt in salts for target in targets]

    def _id_keys(self, resource_type: str, number: str) -> list[int]:
        value = hash64(f"sc:{PERSONAL_ID}|{number.casefold()}")
        return [branch.path.salt ^ value for branch in self._record.parameters.of(resource_type)["identifier"].branches]


def _personal_ids(resource: dict[str, Any]) -> list[str]:
    return [
        each["value"]
        for each in resource.get("identifier", ())
        if each.get("system") == PERSONAL_ID and isinstance(each.get("value"), str)
    ]
