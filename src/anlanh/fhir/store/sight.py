"""What a principal may see and change: conditions on rows, and masks that leave out part of a resource.

`access` decides it; the store asks for it in every read, search and write, so that no page, count, chain, include or
history holds what its reader may not see. What was shown is noted in the work, for the audit.

FHIR: security labels and access control
Source: https://hl7.org/fhir/R4/security.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from anlanh.fhir.model import json
from anlanh.fhir.search import conditions
from anlanh.fhir.search.conditions import EVERYTHING, NOTHING, All, Condition, Not, ReferredBy, RefersTo
from anlanh.fhir.search.parameters import Parameter
from anlanh.fhir.search.paths import Field, Unsupported, steps_of
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Act, Deed, Principal, Seen, Work

if TYPE_CHECKING:
    from anlanh.fhir.store.read import Stored
    from anlanh.fhir.store.record import Record

Action: TypeAlias = Literal["c", "r", "u", "d", "s"]
"""Create, read, update, delete, search: the letters of SMART scopes."""

DEEDS: dict[Action, Deed] = {"c": "C", "r": "R", "u": "U", "d": "D", "s": "R"}


class NotAllowed(Problem):
    issue = "forbidden"
    says = "You may not {doing} this {type}."
    hint = "Ask the facility that keeps it, or act in a role that may; nothing was changed."


DOING: dict[str, str] = {
    "x": "export",
    "i": "import",
    "c": "create",
    "r": "read",
    "u": "change",
    "d": "delete",
    "s": "search",
}


@dataclass(frozen=True)
class Mask:
    """What is kept of a resource: whole elements, parts of them (`address.city`), or only the year of a date.

    `types` maps a resource type to the elements kept; a type that is not there is shown whole.
    """

    name: str
    types: Mapping[str, frozenset[str]]
    _trees: dict[str, Tree] = field(default_factory=dict, compare=False, repr=False)

    def __hash__(self) -> int:
        return hash(self.name)

    def shows(self, parameter: Parameter) -> bool:
        """Whether what a search parameter goes by is among what is kept, so that searching gives nothing away."""
        kept = self.types.get(parameter.type)
        if kept is None or parameter.code in OF_META:
            return True
        if parameter.composites or not parameter.branches:
            return False
        return all(_path_of(branch.path) and _kept(_path_of(branch.path), kept) for branch in parameter.branches)

    def part_of(self, resource_type: str, content: bytes) -> bytes:
        """The stored JSON with what is kept only, marked as a part."""
        kept = self.types.get(resource_type)
        if kept is None:
            return content
        tree = self._trees.get(resource_type)
        if tree is None:
            tree = self._trees[resource_type] = _tree(kept)
        resource = json.decode(content)
        part = {name: value for name, value in resource.items() if name in ("resourceType", "id", "meta")}
        part["meta"] = {**part.get("meta", {}), "tag": [*part.get("meta", {}).get("tag", ()), SUBSETTED]}
        part |= _pruned({name: value for name, value in resource.items() if name not in part}, tree)
        return json.encode(part)


SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
OF_META = frozenset(("_id", "_lastUpdated", "_profile", "_tag", "_security", "_source"))
YEAR = ":year"

Tree: TypeAlias = "dict[str, Tree | str | None]"
"""Element to what is kept of it: None all, "year", or a tree."""


def _tree(kept: Iterable[str]) -> Tree:
    root: Tree = {}
    for path in sorted(kept):
        names, year, _ = path.partition(YEAR)
        *outer, last = names.split(".")
        place = root
        for name in outer:
            inner = place.setdefault(name, {})
            assert isinstance(inner, dict)
            place = inner
        place[last] = "year" if year else None
    return root


def _pruned(element: dict[str, Any], tree: Tree) -> dict[str, Any]:
    out = {}
    for name, value in element.items():
        rule = tree.get(name, MISSING)
        if rule is None:
            out[name] = value
        elif rule == "year":
            out[name] = str(value)[:4]
        elif isinstance(rule, dict):
            inner = rule
            out[name] = [_pruned(v, inner) for v in value] if isinstance(value, list) else _pruned(value, inner)
    return out


MISSING = "missing"


def _path_of(path: Any) -> str:
    try:
        return ".".join(step.name for step in steps_of(path.node, path.type) if isinstance(step, Field))
    except Unsupported:
        return ""


def _kept(path: str, kept: Iterable[str]) -> bool:
    return any(path == each or path.startswith(f"{each}.") for each in kept)


@dataclass(frozen=True, slots=True)
class Grant:
    """One reason: the name of the rule, the rows it opens, and what it leaves out of them."""

    rule: str
    rows: Condition
    mask: Mask | None = None


class Sight(Protocol):
    """What one principal may do with the rows of the record, for one purpose."""

    @property
    def unlimited(self) -> bool:
        """Whether there is no limit at all."""

    @property
    def personal(self) -> frozenset[str]:
        """Types of resources that hold a person's data, so that seeing them is written down."""

    @property
    def exports(self) -> bool:
        """Whether it may take many records at once."""

    @property
    def memory(self) -> dict[Any, Any]:
        """What the store has worked out for it, by what it was worked out of."""

    def grants(self, action: Action, resource_type: str) -> tuple[Grant, ...]:
        """The reasons to do that with resources of the type, those that show most first; none: it is denied."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """How a reader asks for current rows: with the number of the grant that shows the row to them, if it takes asking."""

    choice: str = ""
    values: tuple[Any, ...] = ()

    def sql(self, where: str) -> str:
        """The statement; `$1` is left to the caller."""
        return f"select type, id, version, updated_at, deleted, content, patients, rid{self.choice} from resource r where {where}"


PLAIN = Asked()
"""By those who see all of it for one reason."""

PROBABLY = "r.patients[1]"
"""Whom a row is about, if it is about one person."""

Sights: TypeAlias = Callable[[Principal, str], Sight]
"""From a principal and a purpose of use to what they may see."""


@dataclass(frozen=True)
class _Unlimited:
    unlimited: bool = True
    exports: bool = True
    personal: frozenset[str] = frozenset()
    memory: dict[Any, Any] = field(default_factory=dict)

    def grants(self, action: Action, resource_type: str) -> tuple[Grant, ...]:
        return (Grant("system", EVERYTHING),)


@dataclass(frozen=True)
class _Denied:
    unlimited: bool = False
    exports: bool = False
    personal: frozenset[str] = frozenset()
    memory: dict[Any, Any] = field(default_factory=dict)

    def grants(self, action: Action, resource_type: str) -> tuple[Grant, ...]:
        return ()


UNLIMITED: Sight = _Unlimited()
DENIED: Sight = _Denied()


def system_only(principal: Principal, purpose: str) -> Sight:
    """Of a record that nobody has given rules: the program itself sees everything, others nothing."""
    return UNLIMITED if principal.role == "system" else DENIED


def rows(sight: Sight, action: Action, resource_type: str) -> Condition:
    """The rows of a type that may be seen, for whatever reason."""
    grants = sight.grants(action, resource_type)
    if any(grant.rows == EVERYTHING for grant in grants):
        return EVERYTHING
    return conditions.Any(tuple(grant.rows for grant in grants)) if grants else NOTHING


def guard(sight: Sight, resource_type: str, condition: Condition) -> Condition:
    """The condition on rows that may be seen; and so is every row that a chain goes through."""
    return All((rows(sight, "s", resource_type), chains(sight, condition)))


def chains(sight: Sight, condition: Condition) -> Condition:
    """The condition with every chained one limited to rows that may be seen."""
    match condition:
        case All(of):
            return All(tuple(chains(sight, each) for each in of))
        case conditions.Any(of):
            return conditions.Any(tuple(chains(sight, each) for each in of))
        case Not(inner):
            return Not(chains(sight, inner))
        case RefersTo() | ReferredBy():
            return replace(condition, condition=guard(sight, condition.type, condition.condition))
        case _:
            return condition


def searchable(sight: Sight, parameter: Parameter) -> Condition:
    """The rows that may be found by a parameter: not those of which it is masked."""
    grants = sight.grants("s", parameter.type)
    if all(grant.mask is None or grant.mask.shows(parameter) for grant in grants):
        return EVERYTHING
    return conditions.Any(tuple(g.rows for g in grants if g.mask is None or g.mask.shows(parameter)))


def narrowest(sight: Sight, resource_type: str) -> Grant | None:
    """The grant that shows least, for those who are shown many resources and not asked of each; None: none at all."""
    grants = sight.grants("s", resource_type)
    return grants[-1] if grants else None


def show(act: Act, sight: Sight, grant: Grant, stored: Stored, *, deed: Deed = "R") -> Stored:
    """The resource as the grant lets it be seen; noted for the audit when it is about a person."""
    note(act, sight, grant.rule, stored.type, stored.rid, stored.patients, deed)
    return _masked(grant, stored)


def show_all(act: Act, sight: Sight, granted: Sequence[Grant], found: Sequence[Stored]) -> list[Stored]:
    """Each resource as its grant lets it be seen; noted for the audit, those that are about the same persons together."""
    personal, shown = sight.personal, []
    rule, of_type, persons, rids = "", "", (), []  # type: str, str, Sequence[int], list[int]
    for grant, stored in zip(granted, found, strict=True):
        if stored.type in personal:
            if stored.patients != persons or grant.rule != rule or stored.type != of_type or not rids:
                rule, of_type, persons, rids = grant.rule, stored.type, stored.patients, []
                act.seen.append(Seen("R", of_type, rids, persons, rule))
            rids.append(stored.rid)
        shown.append(stored if grant.mask is None else _masked(grant, stored))
    return shown


def _masked(grant: Grant, stored: Stored) -> Stored:
    if grant.mask is None or not stored.content:
        return stored
    return replace(stored, content=grant.mask.part_of(stored.type, stored.content))


def note(act: Act, sight: Sight, rule: str, resource_type: str, rid: int, patients: Sequence[int], deed: Deed) -> None:
    """Write into the work that this was seen or changed."""
    if resource_type in sight.personal:
        act.seen.append(Seen(deed, resource_type, (rid,), patients, rule))


async def visible(work: Work, record: Record, found: Sequence[Stored], *, action: Action = "s") -> list[Stored]:
    """Those of the resources that may be seen, as they may be seen, in the order given; noted for the audit."""
    sight = record.sight(work)
    chosen = await _chosen(work, record, sight, found, action)
    seen = [each for each in found if each.rid in chosen]
    return show_all(work, sight, [chosen[each.rid] for each in seen], seen)


async def _chosen(
    work: Work, record: Record, sight: Sight, found: Sequence[Stored], action: Action
) -> dict[int, Grant]:
    chosen: dict[int, Grant] = {}
    by_type: dict[str, list[int]] = {}
    for each in found:
        by_type.setdefault(each.type, []).append(each.rid)
    for resource_type, rids in by_type.items():
        chosen |= await choose(work, record, sight, resource_type, rids, action)
    return chosen


async def choose(
    work: Work, record: Record, sight: Sight, resource_type: str, rids: Sequence[int], action: Action
) -> dict[int, Grant]:
    """Of the resources of a type those that may be seen, with the grant that shows them."""
    chosen = await _asked(work, record, sight, resource_type, rids, action, PROBABLY)
    return chosen | await exactly(work, record, sight, resource_type, [r for r in rids if r not in chosen], action)


async def exactly(
    work: Work, record: Record, sight: Sight, resource_type: str, rids: Sequence[int], action: Action
) -> dict[int, Grant]:
    """The same for those of which the quick question has said nothing."""
    return await _asked(work, record, sight, resource_type, rids, action, "")


async def _asked(
    work: Work, record: Record, sight: Sight, resource_type: str, rids: Sequence[int], action: Action, person: str
) -> dict[int, Grant]:
    grants = sight.grants(action, resource_type)
    if not grants or not rids:
        return {}
    asked = record.asking(sight, resource_type, action, person=person)
    if not asked.choice:
        return dict.fromkeys(rids, grants[0])
    rows = await work.by_key(
        f"select rid{asked.choice} from resource r where rid = any($1::bigint[])", rids, *asked.values
    )
    return {row[0]: grants[row[1]] for row in rows if row[1] is not None}
