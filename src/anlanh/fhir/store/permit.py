"""Whether a write is allowed: the resource as it will be, and as it is. Noted for the audit before it is done.

FHIR: security, access control
Source: https://hl7.org/fhir/R4/security.html
"""

from __future__ import annotations

from anlanh.fhir.search.leaves import Index
from anlanh.fhir.store.problems import Hidden
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import DEEDS, DOING, PROBABLY, Action, Asked, Grant, NotAllowed, Sight, choose, note
from anlanh.platform.work import Work


async def write(work: Work, record: Record, resource_type: str, rid: int, index: Index, *, new: bool) -> None:
    """A resource of that index may be written under the key. `new`: nothing is to be there yet.

    Raises:
        NotAllowed: not such a resource, or not over the one that is there.
        NotFound: there is one that may not even be seen.
    """
    sight = record.sight(work)
    if sight.unlimited:
        note(work, sight, "system", resource_type, rid, index.patients, "C" if new else "U")
        return
    action: Action = "c"
    if not new:
        there = await _there(work, sight, "u", resource_type, rid, record)
        action = "c" if there is None else "u"
        if action == "c" and not sight.grants("u", resource_type):  # an update that creates takes both
            raise NotAllowed(doing=DOING["u"], type=resource_type)
    number = await _opens(work, record, action, resource_type, rid, index)
    if number is None:
        raise NotAllowed(doing=DOING[action], type=resource_type)
    grant = sight.grants(action, resource_type)[number]
    note(work, sight, grant.rule, resource_type, rid, index.patients, DEEDS[action])


def probably(work: Work, record: Record, resource_type: str, rid: int, index: Index, first: int) -> Asked | None:
    """How the statement that writes a new resource asks whether it may be written; noted, as `write` does it. None: it is
    to be asked before. Parameters are numbered from `first` on."""
    sight = record.sight(work)
    grants = sight.grants("c", resource_type)
    if sight.unlimited or not grants:
        return None
    asked = record.asking(sight, resource_type, "c", first=first, person=PROBABLY)
    note(work, sight, grants[0].rule, resource_type, rid, index.patients, DEEDS["c"])
    return asked


async def _opens(work: Work, record: Record, action: Action, resource_type: str, rid: int, index: Index) -> int | None:
    """The number of the grant that allows the action with the resource as it will be."""
    sight = record.sight(work)
    for person in (PROBABLY, ""):  # quickly, and where that says nothing exactly
        asked = record.asking(sight, resource_type, action, person=person)
        if not asked.choice:
            return 0 if sight.grants(action, resource_type) else None
        after = 1 + len(asked.values)
        rows = await work.by_key(
            f"select null as nothing{asked.choice} from (select $1::bigint as rid, ${after + 1}::bigint[] as keys,"
            f" ${after + 2}::bigint[] as patients, ${after + 3}::int as refs, ${after + 4}::bigint[] as labels,"
            f" {record.type_number(resource_type)} as type, false as deleted) r",
            rid, *asked.values, index.refs + index.keys, index.patients, len(index.refs), index.labels,
        )  # fmt: skip
        if (number := rows[0][1]) is not None:
            return int(number)
    return None


async def delete(work: Work, record: Record, resource_type: str, rid: int) -> bool:
    """What is there may be deleted; False: there is nothing.

    Raises:
        NotAllowed: it may be seen, but not deleted. NotFound: it may not be seen.
    """
    sight = record.sight(work)
    found = await _there(work, sight, "d", resource_type, rid, record)
    if found is None:
        return False
    grant, patients = found
    note(work, sight, grant.rule, resource_type, rid, patients, "D")
    return True


async def _there(
    work: Work, sight: Sight, action: Action, resource_type: str, rid: int, record: Record
) -> tuple[Grant, list[int]] | None:
    """What allows the action on the resource that is there, and whose it is; None: there is none."""
    asked = record.asking(sight, resource_type, action)
    rows = await work.by_key(
        f"select patients, deleted{asked.choice} from resource r where rid = $1", rid, *asked.values
    )
    if not rows:
        return None
    grants = sight.grants(action, resource_type)
    number = rows[0][2] if asked.choice else 0
    if number is not None and grants:
        return None if rows[0]["deleted"] else (grants[number], rows[0]["patients"])
    if await choose(work, record, sight, resource_type, [rid], "r"):
        raise NotAllowed(doing=DOING[action], type=resource_type)
    raise Hidden(type=resource_type)
