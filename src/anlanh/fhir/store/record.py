"""The record of one tenant: what every function of the store needs to know beside the unit of work.

FHIR: RESTful API
Source: https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from anlanh.fhir.model import definitions
from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.search.conditions import EVERYTHING, Condition
from anlanh.fhir.search.criteria import Criteria
from anlanh.fhir.search.cursors import Cursors
from anlanh.fhir.search.extract import Extractor
from anlanh.fhir.search.leaves import Index, StringRow
from anlanh.fhir.search.parameters import Parameter, Parameters
from anlanh.fhir.search.sql import Writer
from anlanh.fhir.store import conformance
from anlanh.fhir.store import sight as sights
from anlanh.fhir.store.conformance import Conformance
from anlanh.fhir.store.frequency import Frequencies
from anlanh.fhir.store.sight import PLAIN, UNLIMITED, Action, Asked, Sight, Sights, system_only
from anlanh.fhir.validate import policy as policies
from anlanh.fhir.validate.policy import Policy
from anlanh.fhir.validate.validator import Validator
from anlanh.platform.database import Connection
from anlanh.platform.work import Act, Work

REMEMBERED_STRINGS = 1_000_000
POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that is being written; `resource` is None when it is being deleted."""

    type: str
    id: str
    rid: int
    resource: dict[str, Any] | None


Projection: TypeAlias = Callable[[Work, Sequence[Change]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the database that writes one resource, and its values beyond those of `put_resource`."""

    function: str
    values: tuple[Any, ...] = ()


Beside: TypeAlias = Callable[[Work, Change], Call]
"""From a single write to the one call that does it with all that its projection would do. Its outcome may be `more`: nothing
was written, for there is more to do."""


Labeller: TypeAlias = Callable[[dict[str, Any]], Iterable[int]]
"""From a resource to the keys of the sensitive labels that it earns by what it is about."""


def no_labels(resource: dict[str, Any]) -> Iterable[int]:
    """Of a record that nobody has given rules."""
    return ()


@dataclass
class Record:
    """What is known about one tenant's record. Shared by all requests of a process.

    `sights` gives what a principal may see, by the rules of `access`; `projections` are told, in the transaction, of every
    write of a type; `besides` spare a single write that transaction; `labeller` says which sensitive labels a resource
    earns by its codes. `strings` are the entries that the dictionary of strings is known to have, `frequencies` how
    common keys are; `conformance` is replaced when the record's own conformance resources change; `indexing` are the urls
    of search parameters not yet searchable; `policy` says what a write has to satisfy; `cursors` closes the places of pages.
    """

    zone: ZoneInfo
    conformance: Conformance
    known: Definitions = field(default_factory=definitions.load)
    strings: set[int] = field(default_factory=set)
    indexing: frozenset[str] = frozenset()
    policy: Policy = POLICY
    sights: Sights = system_only
    labeller: Labeller = no_labels
    projections: dict[str, Projection] = field(default_factory=dict)
    besides: dict[str, Beside] = field(default_factory=dict)
    frequencies: Frequencies = field(default_factory=Frequencies)
    cursors: Cursors = field(default_factory=Cursors)

    @property
    def parameters(self) -> Parameters:
        """The search parameters in force."""
        return self.conformance.parameters

    @property
    def extractor(self) -> Extractor:
        """Makes the index of resources."""
        return self.conformance.extractor

    @property
    def validator(self) -> Validator:
        """Validates resources."""
        return self.conformance.validator

    @property
    def type_numbers(self) -> dict[str, int]:
        """Name of a resource type to the number under which it is stored."""
        return self.known.type_numbers

    @cached_property
    def type_names(self) -> dict[int, str]:
        """The same the other way round."""
        return {number: name for name, number in self.type_numbers.items()}

    def type_number(self, name: str) -> int:
        """The number under which a resource type is stored."""
        return self.known.type_numbers[name]

    @cached_property
    def conformance_numbers(self) -> frozenset[int]:
        """The numbers of the types whose change every process must hear of."""
        return frozenset(map(self.type_number, conformance.TYPES))

    def criteria(self, base: str = "", sight: Sight = UNLIMITED) -> Criteria:
        """Reads search parameters, for a server reached at `base` and a reader who sees that much."""
        searchable = None if sight.unlimited else self._searchable(sight)
        return Criteria(
            self.parameters,
            self.zone,
            self.conformance.terminology,
            self.cursors,
            base,
            self.indexing,
            searchable,
        )

    def _searchable(self, sight: Sight) -> Callable[[Parameter], Condition]:
        """As `sights.searchable`, worked out once for each parameter; parameters are replaced as a whole."""
        memory = sight.memory

        def of(parameter: Parameter) -> Condition:
            found: tuple[Parameter, Condition] | None = memory.get(id(parameter))
            if found is None or found[0] is not parameter:
                found = memory[id(parameter)] = (parameter, sights.searchable(sight, parameter))
            return found[1]

        return of

    def index(self, resource: dict[str, Any], rid: int) -> Index:
        """Everything the resource of that key is found by, the labels that its codes earn it included."""
        index = self.extractor.index(resource, rid)
        index.labels = sorted(self.labeller(resource))
        index.keys += [key for key in index.labels if key not in index.keys]
        return index

    def sight(self, act: Act) -> Sight:
        """What the principal of a work may see, for its purpose."""
        return self.sights(act.principal, act.purpose)

    def asking(self, sight: Sight, resource_type: str, action: Action, *, first: int = 2, person: str = "") -> Asked:
        """How one who sees that much asks for resources of a type by key; parameters are numbered from `first` on.

        `person`: SQL of whom the resources are probably about; then it is asked for the first reason only, and quickly,
        and of the rows without one nothing is said.
        """
        if sight.unlimited:
            return PLAIN
        key = (action, resource_type, first, person)
        found: Asked | None = sight.memory.get(key)
        if found is None:
            found = sight.memory[key] = self._asking(sight, resource_type, action, first, person)
        return found

    def _asking(self, sight: Sight, resource_type: str, action: Action, first: int, person: str) -> Asked:
        grants = sight.grants(action, resource_type)
        if grants and grants[0].rows == EVERYTHING:
            return PLAIN
        writer = Writer(self.type_number, values=[None] * (first - 1))
        if grants and person:
            choice = writer.surely(grants[0].rows, "r", person)
        else:
            choice = writer.first_of([grant.rows for grant in grants], "r")
        values = tuple(tuple(value) if isinstance(value, list) else value for value in writer.values[first - 1 :])
        return Asked(f", {choice} as choice", values)

    async def refresh(self, connection: Connection) -> None:
        """Read the record's own conformance resources, and which search parameters are still being indexed."""
        rows = await connection.fetch("select url from reindex where state <> 'ready' order by url")
        self.conformance = await conformance.load(connection, self.zone, sorted(self.conformance_numbers))
        self.indexing = frozenset(row["url"] for row in rows)


def new(zone: str, policy: str = "", sights: Sights = system_only) -> Record:
    """A record that knows the packages only; `refresh` adds what the database holds. `policy` as in `policies.read`.

    Raises:
        BadPolicy: it is not understood.
    """
    known = definitions.load()
    return Record(
        ZoneInfo(zone),
        Conformance(ZoneInfo(zone)),
        known,
        policy=policies.read(policy, known.resource_types),
        sights=sights,
    )


async def enter_strings(work: Work, record: Record, rows: Iterable[StringRow]) -> None:
    """Add what is missing in the dictionary of strings. In order of key, so that two writers never wait for each other."""
    missing = {row[0]: row for row in rows if row[0] not in record.strings}
    if not missing:
        return
    entries = [missing[key] for key in sorted(missing)]
    await work.connection.execute(
        "insert into string_value (key, path, whole, value)"
        " select * from unnest($1::bigint[], $2::int[], $3::boolean[], $4::text[]) on conflict do nothing",
        *map(list, zip(*entries, strict=True)),
    )

    def remember() -> None:
        if len(record.strings) > REMEMBERED_STRINGS:
            record.strings.clear()
        record.strings.update(missing)

    if work.connection.is_in_transaction():
        work.after_commit.append(remember)
    else:
        remember()
