"""Which resources refer to a Patient: by the keys under which references are indexed.

FHIR: Reference; SearchParameter of type reference
Source: docs/decisions/0002-keys.md
"""

from __future__ import annotations

from functools import lru_cache

from anlanh.fhir.search.extract import OF_PATIENT
from anlanh.fhir.search.parameters import Parameters
from anlanh.fhir.store.read import Stored
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

LEFT_ALONE = ("Bundle",)
"""Types that are kept as they were written: documents and messages, whose signatures hold for their bytes."""


async def to(work: Work, record: Record, rid: int, but: tuple[int, ...]) -> list[Stored]:
    """The current resources that refer to the Patient of that key, but for some; locked, in order of key."""
    keys = [salt ^ rid for salt in _salts(record.parameters)]
    left = [record.type_number(each) for each in LEFT_ALONE]
    rows = await work.connection.fetch(
        "select rid, type, id, version, updated_at, content, patients from resource"
        " where keys && $1::bigint[] and not deleted and rid <> all($2::bigint[]) and type <> all($3::smallint[])"
        " order by rid for update",
        keys, list(but), left,
    )  # fmt: skip
    return [
        Stored(record.type_names[row[1]], row[2], row[3], row[4], row[5], rid=row[0], patients=row[6]) for row in rows
    ]


@lru_cache(maxsize=4)
def _salts(parameters: Parameters) -> tuple[int, ...]:
    """Salts of every path of every search parameter for references, and that of the compartment."""
    found = {OF_PATIENT}
    for resource_type in parameters.definitions.resource_types:
        for parameter in parameters.of(resource_type).values():
            if parameter.kind == "reference":
                found |= {branch.path.salt for branch in parameter.branches}
    return tuple(sorted(found))
