"""What a Subscription waits for, worked out once: for each type of resource, tests of a change.

FHIR: SubscriptionTopic.resourceTrigger, Subscription.criteria
Source: https://hl7.org/fhir/R5/subscriptiontopic.html#trigger
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any as AnyValue
from urllib.parse import parse_qsl

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath.context import Context
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.conditions import All, Any, Condition, HasKey
from anlanh.fhir.search.criteria import Criteria
from anlanh.fhir.subscriptions.definition import Definition
from anlanh.fhir.subscriptions.matching import Facts, in_memory, meets
from anlanh.fhir.subscriptions.problems import BadSubscription
from anlanh.fhir.subscriptions.topics import Topic, Trigger
from anlanh.kernel.problem import Problem


@dataclass(frozen=True, slots=True)
class Change:
    """One version of a resource and the one before it; either is None where there is none. `method`: PUT, POST, DELETE."""

    interaction: str
    before: Facts | None
    after: Facts | None
    before_json: AnyValue = None
    after_json: AnyValue = None


@dataclass(frozen=True, slots=True)
class Test:
    """A trigger with its searches read, and the Subscription's own filter. `needs`: a resource without any of these keys
    is not meant, which is seen at once; empty when there are none."""

    trigger: Trigger
    previous: Condition | None
    current: Condition | None
    filter: Condition
    needs: frozenset[int] = frozenset()

    def answers(self, change: Change) -> bool | None:
        """Whether the change is what one waits for; None: `current` and `filter` are to be asked of the database."""
        if change.interaction not in self.trigger.interactions:
            return False
        subject = change.after or change.before
        if self.needs and subject is not None and self.needs.isdisjoint(subject.keys):
            return False
        filtered = meets(self.filter, subject) if subject is not None else False
        if filtered is False or not self._by_fhirpath(change):
            return False
        searched = self._searched(change)
        return searched if filtered is True or searched is False else None

    def _searched(self, change: Change) -> bool | None:
        after = self._side(self.current, change.after, self.trigger.delete_passes)
        before = self._side(self.previous, change.before, self.trigger.create_passes)
        given = [each for each, condition in ((before, self.previous), (after, self.current)) if condition is not None]
        decisive = not self.trigger.both
        if not given:
            return True
        if decisive in given:
            return decisive
        return None if None in given else not decisive

    def _side(self, condition: Condition | None, facts: Facts | None, without: bool) -> bool | None:
        if condition is None:
            return None
        return without if facts is None else meets(condition, facts)

    def _by_fhirpath(self, change: Change) -> bool:
        if self.trigger.fhirpath is None:
            return True
        variables = {"previous": change.before_json, "current": change.after_json}
        context = Context(variables={name: value for name, value in variables.items() if value is not None})
        try:
            return fhirpath.compile(self.trigger.fhirpath).holds(change.after_json or change.before_json, context)
        except Problem:
            return False


Plan = dict[str, tuple[Test, ...]]
"""Resource type to the tests of a change of one."""


def plan(criteria: Criteria, definition: Definition, topics: Mapping[str, Topic]) -> Plan:
    """What to test.

    Raises:
        BadSubscription: the topic is not known, or a search or filter is wrong.
    """
    if definition.topic is None:
        resource_type, _, query = definition.criteria.partition("?")
        trigger = Trigger(resource_type, ("create", "update"), current=query)
        return {resource_type: (_test(criteria, trigger, ()),)}
    topic = topics.get(definition.topic)
    if topic is None:
        raise BadSubscription(why=f"the topic {definition.topic[:120]} is not known")
    out: dict[str, list[Test]] = {}
    for trigger in topic.triggers:
        out.setdefault(trigger.type, []).append(_test(criteria, trigger, _filters(definition, topic, trigger.type)))
    return {resource_type: tuple(tests) for resource_type, tests in out.items()}


def _filters(definition: Definition, topic: Topic, resource_type: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for text in definition.filters:
        named, _, query = text.rpartition("?")
        if named and named not in {trigger.type for trigger in topic.triggers}:
            raise BadSubscription(why=f"the filter {text[:80]!r} is on a type that the topic is not about")
        if named in ("", resource_type):
            found += parse_qsl(query, keep_blank_values=True)
    allowed = topic.filters.get(resource_type)
    wrong = [name for name, _ in found if allowed is not None and name.partition(":")[0] not in allowed]
    if wrong:
        raise BadSubscription(why=f"the topic cannot be filtered by {wrong[0][:40]}")
    return tuple(found)


def _test(criteria: Criteria, trigger: Trigger, filters: tuple[tuple[str, str], ...]) -> Test:
    known = criteria.parameters.definitions.types.get(trigger.type)
    if known is None or known.kind != "resource" or known.abstract:
        raise BadSubscription(why=f"{trigger.type[:40]!r} is no type of resource")
    previous = None if trigger.previous is None else _condition(criteria, trigger.type, parse_qsl(trigger.previous))
    if previous is not None and not in_memory(previous):
        raise BadSubscription(why="what was before cannot be searched by a chain, a position or a composite of strings")
    current = None if trigger.current is None else _condition(criteria, trigger.type, parse_qsl(trigger.current))
    chosen = _condition(criteria, trigger.type, list(filters))
    decisive = current is not None and (previous is None or trigger.both) and not trigger.delete_passes
    return Test(trigger, previous, current, chosen, _needs(chosen, current if decisive else None))


def _needs(*conditions: Condition | None) -> frozenset[int]:
    """The fewest keys of which every match has at least one."""
    found = [frozenset(keys) for each in conditions if each is not None for keys in _required(each)]
    return min(found, key=len, default=frozenset())


def _required(condition: Condition) -> Iterator[tuple[int, ...]]:
    match condition:
        case HasKey(keys):
            yield keys
        case All(of):
            for each in of:
                yield from _required(each)
        case Any((single,)):
            yield from _required(single)


def _condition(criteria: Criteria, resource_type: str, pairs: list[tuple[str, str]]) -> Condition:
    try:
        return queries.read(criteria, [resource_type], pairs).conditions[resource_type]
    except Problem as problem:
        raise BadSubscription(why=problem.text.rstrip(".")) from None


def by_database(test: Test) -> Condition:
    """What to ask the database about the resource as it is now, where `answers` gave None."""
    return All(tuple(each for each in (test.current, test.filter) if each is not None))
