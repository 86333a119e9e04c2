"""The one decision point: from who acts, for what, to the rows they may see and what is left out of them.

A rule becomes a condition on rows, which the store adds to its SQL. Nothing is asked row by row, and nothing is
remembered that a consent or the end of a visit would change: relations and denials are read in the query itself.

FHIR: security labels, SMART scopes, Consent
Source: docs/access.md
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from anlanh.access.policy import rules as tables
from anlanh.access.policy import scopes as smart
from anlanh.access.policy.rules import Category, Policy, Rule
from anlanh.fhir.search.conditions import EVERYTHING, All, Any, Condition, HasKey, Where
from anlanh.fhir.search.extract import OF_PATIENT, label_key
from anlanh.fhir.search.keys import hash64, rid_of
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.sight import Action, Grant, Sight
from anlanh.platform.work import Principal

LABELS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
EVERYONE = hash64("party:everyone")
"""The party of relations that hold for all who act under the rule: consent to research, reported cases."""

_OPEN = (
    "a.party = any({{0}}) and a.kind = any({kinds}) and a.since <= now() and a.until > now()"
    " and (a.types is null or {{row}}.type = any(a.types)) and (a.keys is null or a.keys && {{row}}.keys)"
)
_RELATED = (
    "case cardinality({{row}}.patients) when 0 then false"
    f" when 1 then exists (select from relation a where a.patient = {{{{row}}}}.patients[1] and {_OPEN})"
    " else related_to_all({{row}}.patients, {{0}}, {kinds}, {{row}}.type, {{row}}.keys) end"
)

_RELATED_ALONE = (
    "exists (select from relation a where a.patient = {{person}} and a.party = any({{0}}) and a.kind = any({kinds})"
    " and a.since <= now() and a.until > now() and a.types is null and a.keys is null offset 0)"
)
"""The same for a person of whom the relation opens everything. `offset 0`: it is looked up, not made a hash of all."""

DENIED = (
    "not exists (select from denial d where d.patient = any({row}.patients)"
    " and (d.recipients is null or d.recipients && {0}) and (d.types is null or {row}.type = any(d.types))"
    " and (d.keys is null or d.keys && {row}.keys) and (d.purposes is null or {1} = any(d.purposes))"
    " and d.since <= now() and d.until > now())"
)
"""Nobody the row is about has hidden it from these parties, for this purpose."""


DENIED_ALONE = "not exists (select from denial d where d.patient = {person} offset 0)"
"""The person has hidden nothing from anybody."""

FACILITY_OF = {"Communication": "recipient", "Location": "organization", "VerificationResult": "target"}
"""The search parameter by which a type says to which facility it belongs; for rules with `facility`."""

MINE = "exists (select from subscription_owner o where o.rid = {row}.rid and o.subject = {0})"


class Decisions:
    """Gives what a principal may see; remembers what it has compiled. `Record.sights` is one of these."""

    def __init__(self, record: Record, policy: Policy | None = None) -> None:
        self.policy = policy or tables.load()
        self._record = record
        self._made: dict[tuple[Principal, str], _Sight] = {}
        self._last: _Sight | None = None

    def __call__(self, principal: Principal, purpose: str) -> Sight:
        """What the principal may see for that purpose of use."""
        last = self._last
        if last is not None and last.principal is principal and last.purpose == purpose:
            return last
        key = (principal, purpose)
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= REMEMBERED:
                self._made.clear()
            made = self._made[key] = _Sight(principal, purpose, self._record, self.policy)
        self._last = made
        return made


REMEMBERED = 10_000


@dataclass(eq=False)
class _Sight:
    principal: Principal
    purpose: str
    record: Record
    policy: Policy
    memory: dict[object, object] = field(default_factory=dict)
    _grants: dict[tuple[Action, str], tuple[Grant, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.unlimited = self.principal.role == "system" and self.principal.scopes is None
        self.personal = self.policy.personal
        role = self.policy.roles.get(self.principal.role)
        self.exports = role is not None and role.exports
        self._scopes = None if self.principal.scopes is None else smart.of(self.principal.scopes)

    def grants(self, action: Action, resource_type: str) -> tuple[Grant, ...]:
        found = self._grants.get((action, resource_type))
        if found is None:
            found = self._grants[action, resource_type] = self._compile(action, resource_type)
        return found

    def _compile(self, action: Action, resource_type: str) -> tuple[Grant, ...]:
        if self.unlimited:
            return (Grant("system", EVERYTHING),)
        limit = self._scope_limit(action, resource_type)
        if limit is None:
            return ()
        if self.principal.role == "system":
            return (Grant("system", limit),)
        grants = [
            Grant(rule.id, _all((limit, *self._rows(rule, resource_type))), rule.mask)
            for rule in self.policy.rules
            if self._applies(rule, action, resource_type)
        ]
        return tuple(sorted(grants, key=lambda grant: grant.mask is not None))

    def _applies(self, rule: Rule, action: Action, resource_type: str) -> bool:
        role = self.policy.roles.get(self.principal.role)
        if role is None or resource_type not in rule.types or action not in rule.may:
            return False
        if rule.roles == (tables.EVERYBODY,):
            return not role.anonymous
        if role.careful and self.principal.assurance < 2:
            return False
        return role.name in rule.roles and (not rule.purposes or self.purpose in rule.purposes)

    def _rows(self, rule: Rule, resource_type: str) -> Iterable[Condition]:
        """Conditions that must all hold for the rule to open a row."""
        yield Any((*self._where(rule), *self._named(rule, resource_type)))
        hidden = tables.hidden(self.policy, rule, self.principal.programmes)
        if hidden and resource_type in self.policy.personal:
            yield unlabelled(hidden)
        if rule.sensitive == "young":
            yield from self._young()
        if rule.consent and resource_type in self.policy.personal:
            yield Where(DENIED, ((self._parties, "bigint[]"), (self.purpose, "text")), DENIED_ALONE)

    def _where(self, rule: Rule) -> Iterable[Condition]:
        kinds = tuple(each for each in rule.where if each in tables.KINDS)
        if "all" in rule.where:
            yield EVERYTHING
        if "nobody" in rule.where:
            yield Where("{row}.patients = '{{}}'")
        if "own" in rule.where and self.principal.subject.startswith("Patient/"):
            rid = rid_of(*self.principal.subject.split("/"))
            yield All((HasKey((OF_PATIENT ^ rid,)), Where("{row}.patients <@ {0}", (((rid,), "bigint[]"),))))
        if "mine" in rule.where:
            yield Where(MINE, ((self.principal.subject, "text"),))
        if kinds:
            yield related(kinds, self._parties)

    def _named(self, rule: Rule, resource_type: str) -> Iterable[Condition]:
        """Rows that name one of the principal's organisations as theirs, or the principal as whom they are for."""
        criteria = self.record.criteria()
        for each in self.principal.organizations if "facility" in rule.where else ():
            yield criteria.condition(resource_type, FACILITY_OF[resource_type], each)
        if "addressed" in rule.where and self.principal.subject.startswith("Practitioner/"):
            to_me = criteria.condition(resource_type, "recipient", self.principal.subject)
            yield All((to_me, Where("{row}.patients = '{{}}'")))

    @property
    def _parties(self) -> tuple[int, ...]:
        """Those as whom the principal stands in a relation: itself, its organisations, its app, and everyone."""
        names = [self.principal.subject, *self.principal.organizations]
        found = [rid_of(*each.split("/")) for each in names if each.count("/") == 1]
        return (*found, *([client_party(self.principal.client)] if self.principal.client else []), EVERYONE)

    def _young(self) -> Iterable[Condition]:
        """What parents see only while the child is young; `parent:category` relations end at that age."""
        for category in self.policy.categories.values():
            seen = related((f"parent:{category.name}",), self._parties)
            yield Any((unlabelled([category]), seen))

    def _scope_limit(self, action: Action, resource_type: str) -> Condition | None:
        """The rows that the app's scopes reach; None: it may not do that with the type at all."""
        if self._scopes is None:
            return EVERYTHING
        criteria = self.record.criteria()
        found: list[Condition] = []
        for scope in self._scopes:
            if not scope.covers(action, resource_type):
                continue
            tests = [criteria.condition(resource_type, name, value) for name, value in scope.query]
            if scope.level == "patient" and resource_type in self.policy.personal:
                tests.append(HasKey((OF_PATIENT ^ rid_of("Patient", self.principal.patient.partition("/")[2]),)))
            found.append(_all(tests))
        if not found:
            return None
        return EVERYTHING if EVERYTHING in found else Any(tuple(found))


def _all(conditions: Iterable[Condition]) -> Condition:
    """Every one of these; nothing more when all are everything."""
    kept = [each for each in map(_plain, conditions) if each != EVERYTHING]
    return kept[0] if len(kept) == 1 else All(tuple(kept))


def _plain(condition: Condition) -> Condition:
    match condition:
        case Any(of) if EVERYTHING in of:
            return EVERYTHING
        case Any((one,)):
            return one
        case _:
            return condition


def related(kinds: Iterable[str], parties: tuple[int, ...]) -> Where:
    """Every person the row is about has a relation of one of these kinds with one of the parties."""
    listed = f"array[{', '.join(repr(kind) for kind in kinds)}]"
    return Where(_RELATED.format(kinds=listed), ((parties, "bigint[]"),), _RELATED_ALONE.format(kinds=listed))


def unlabelled(categories: Iterable[Category]) -> Condition:
    """Rows of none of these sensitive categories."""
    keys = ", ".join(str(key) for category in categories for key in category_keys(category))
    no_label = "cardinality({row}.labels) = 0"
    return Where(f"({no_label} or not {{row}}.labels && array[{keys}]::bigint[])", alone=no_label)


def category_keys(category: Category) -> list[int]:
    """Index keys of the labels of a category."""
    return [label_key(LABELS, label) for label in category.labels]


def client_party(client: str) -> int:
    """The party as which an app stands in a relation or a denial."""
    return hash64(f"party:client:{client}")
