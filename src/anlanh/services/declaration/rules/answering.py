"""What was typed, held against the form: which questions are asked, what is wrong, what is kept, what is reckoned.

FHIR: QuestionnaireResponse, Questionnaire.item.enableWhen
Source: https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import Context, FhirPathProblem
from anlanh.fhir.model import json
from anlanh.services.declaration.model import Answers, Condition, Form, Item, Node
from anlanh.services.declaration.rules.reading import walk
from anlanh.web.texts import Text, _

MOST_ROUNDS = 20
"""Rounds of a repeating group, and answers to a question that may have several."""

MISSING = _("This answer is needed.")
NOT_A_NUMBER = _("Write a number here.")
NOT_WHOLE = _("Write a whole number here.")
NOT_A_DAY = _("There is no such day; write it as day/month/year.")
NOT_A_TIME = _("Write the time as 14:05.")
NOT_OFFERED = _("Choose one of the answers.")
TOO_LONG = _("This is too long.")
NO_LINK = _("Write an address that begins with https://.")

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, ">": gt, "<": lt, ">=": ge, "<=": le}


class _Wrong(Exception):
    """What was typed is no answer."""

    def __init__(self, says: Text) -> None:
        self.says = says


@dataclass(slots=True)
class _Seen:
    """Answers to the questions asked so far, by key."""

    answers: dict[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)

    def of(self, prefix: str, link_id: str) -> tuple[Mapping[str, Any], ...]:
        """Answers to a question, as seen from a place: of the same round first, then further out."""
        while True:
            if prefix + link_id in self.answers:
                return self.answers[prefix + link_id]
            if not prefix:
                return ()
            prefix = "".join(f"{each}:" for each in prefix.split(":")[:-3])


def answered(form: Form, typed: Answers) -> tuple[Node, ...]:
    """The form with what was typed: for every question whether it is asked, its answers, what is wrong."""
    return _nodes(form.items, "", typed, _Seen(), True)


def reckoned(form: Form, typed: Answers, now: datetime) -> dict[str, tuple[str, ...]]:
    """What was typed with what the form reckons itself (calculatedExpression)."""
    found = dict(typed)
    asked = [each for each in walk(form.items) if each.calculated]
    for _round in asked[:5]:
        response = {"resourceType": "QuestionnaireResponse", "item": items_of(answered(form, found))}
        known = _variables(form, response, now)
        for each in asked:
            found[each.link_id] = _results(each.calculated, response, known, now)
    return found


def prefilled(form: Form, patient: Mapping[str, Any] | None, now: datetime) -> dict[str, tuple[str, ...]]:
    """What the record knows already (initialExpression on %patient)."""
    if patient is None:
        return {}
    found = {}
    for each in walk(form.items):
        if each.initial and (values := _results(each.initial, dict(patient), {"patient": dict(patient)}, now)):
            found[each.link_id] = values
    return found


def faults(nodes: Sequence[Node]) -> dict[str, Text]:
    """What is wrong, by key, in the order of the form."""
    return {each.key: each.fault for each in flat(nodes) if each.fault is not None}


def flat(nodes: Sequence[Node]) -> Iterator[Node]:
    """All nodes, in the order of the form."""
    for each in nodes:
        yield each
        yield from flat(each.children)


def items_of(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """The items of a QuestionnaireResponse: what was asked and answered, nothing else."""
    found = []
    for node in nodes:
        inner = items_of(node.children)
        if not node.enabled or node.item.kind == "display" or not (node.answers or inner):
            continue
        kept: dict[str, Any] = {"linkId": node.item.link_id, "text": node.item.text}
        if node.item.kind == "group":
            kept["item"] = inner
        elif node.answers:
            kept["answer"] = [dict(each) for each in node.answers]
            if inner:
                kept["answer"][0]["item"] = inner
        found.append(kept)
    return found


def typed_of(form: Form, items: Sequence[Mapping[str, Any]], prefix: str = "") -> dict[str, tuple[str, ...]]:
    """What had been typed, out of the items of a QuestionnaireResponse."""
    by_link = {each.link_id: each for each in walk(form.items)}
    found: dict[str, tuple[str, ...]] = {}
    rounds: dict[str, int] = {}
    for kept in items:
        item = by_link.get(str(kept.get("linkId")))
        if item is None:
            continue
        inner = prefix
        if item.kind == "group" and item.repeats:
            number = rounds.get(item.link_id, 0)
            rounds[item.link_id] = number + 1
            inner = f"{prefix}{item.link_id}:{number}:"
        if answers := kept.get("answer"):
            found[prefix + item.link_id] = tuple(_as_typed(each) for each in answers)
        for each in (kept, *kept.get("answer", ())):
            found |= typed_of(form, each.get("item", ()), inner)
    return found


def conditions(item: Item) -> str:
    """When a question is asked, for the script of the page: JSON of [question, operator, value as a page sends it]."""
    return json.encode([[each.question, each.operator, _written(each.answer)] for each in item.when]).decode()


def _nodes(items: Sequence[Item], prefix: str, typed: Answers, seen: _Seen, asked: bool) -> tuple[Node, ...]:
    found = []
    for item in items:
        enabled = asked and _holds(item, prefix, seen)
        rounds = _rounds(item, prefix, typed) if item.kind == "group" and item.repeats else 1
        for number in range(rounds):
            inner = f"{prefix}{item.link_id}:{number}:" if item.kind == "group" and item.repeats else prefix
            key = inner + item.link_id if inner != prefix else prefix + item.link_id
            values, answers, fault = _read(item, typed.get(key, ()), enabled)
            if enabled:
                seen.answers[key] = answers
            children = _nodes(item.items, inner, typed, seen, enabled)
            found.append(Node(item, key, enabled, values, answers, fault, children, number))
    return tuple(found)


def _rounds(item: Item, prefix: str, typed: Answers) -> int:
    start = f"{prefix}{item.link_id}:"
    numbers = [key[len(start) :].partition(":")[0] for key in typed if key.startswith(start)]
    highest = max((int(each) for each in numbers if each.isascii() and each.isdigit() and len(each) < 3), default=0)
    return min(highest + 1, MOST_ROUNDS)


def _holds(item: Item, prefix: str, seen: _Seen) -> bool:
    if not item.when:
        return True
    found = [_meets(each, seen.of(prefix, each.question)) for each in item.when]
    return any(found) if item.when_any else all(found)


def _meets(condition: Condition, answers: Sequence[Mapping[str, Any]]) -> bool:
    if condition.operator == "exists":
        return bool(answers) is bool(condition.answer)
    wanted = _plain(condition.answer)
    compare = COMPARE[condition.operator]
    values = [_plain(next(iter(each.values()))) for each in answers]
    return any(compare(value, wanted) for value in values if isinstance(value, type(wanted)) or _numbers(value, wanted))


def _numbers(*values: Any) -> bool:
    return all(isinstance(each, int | float | Decimal) and not isinstance(each, bool) for each in values)


def _plain(value: Any) -> Any:
    """A value as it is compared: a Coding by its code, a Quantity by its number."""
    if isinstance(value, Mapping):
        return value.get("code") if "value" not in value else value["value"]
    return value


def _read(
    item: Item, typed: Sequence[str], enabled: bool
) -> tuple[tuple[str, ...], tuple[Mapping[str, Any], ...], Text | None]:
    values = tuple(each for each in typed if each)[: MOST_ROUNDS if item.repeats else 1]
    if not enabled or item.kind in ("group", "display"):
        return values, (), None
    try:
        answers = tuple(_answer(item, each) for each in values)
    except _Wrong as wrong:
        return values, (), wrong.says
    return values, answers, MISSING if item.required and not answers and not item.read_only else None


def _answer(item: Item, text: str) -> Mapping[str, Any]:
    if item.options and (chosen := next((each for each in item.options if each.key == text), None)):
        return chosen.answer
    if item.kind == "choice":
        raise _Wrong(NOT_OFFERED)
    return _READERS[item.kind](item, text)


def _boolean(item: Item, text: str) -> Mapping[str, Any]:
    if text not in ("true", "false"):
        raise _Wrong(NOT_OFFERED)
    return {"valueBoolean": text == "true"}


def _decimal(item: Item, text: str) -> Mapping[str, Any]:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise _Wrong(NOT_A_NUMBER) from None
    if not number.is_finite() or len(text) > 20:
        raise _Wrong(NOT_A_NUMBER)
    _between(item, number)
    return {"valueDecimal": number}


def _integer(item: Item, text: str) -> Mapping[str, Any]:
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
        raise _Wrong(NOT_WHOLE)
    _between(item, int(text))
    return {"valueInteger": int(text)}


def _quantity(item: Item, text: str) -> Mapping[str, Any]:
    unit = item.unit or {}
    named = {"unit": unit.get("display"), "system": unit.get("system"), "code": unit.get("code")} if unit else {}
    return {"valueQuantity": {"value": _decimal(item, text)["valueDecimal"], **named}}


def _date(item: Item, text: str) -> Mapping[str, Any]:
    day = day_of(text)
    if day is None:
        raise _Wrong(NOT_A_DAY)
    _between(item, day)
    return {"valueDate": day}


def day_of(text: str) -> str | None:
    """A day as browsers send it or people type it, as FHIR writes it; None where there is no such day.

    >>> day_of("2026-11-23"), day_of("5/3/1985"), day_of("31/02/1985")
    ('2026-11-23', '1985-03-05', None)
    """
    match = re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", text)
    try:
        if match:
            return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _moment(item: Item, text: str) -> Mapping[str, Any]:
    if day := day_of(text):
        return {"valueDateTime": day}
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Wrong(NOT_A_DAY) from None
    return {"valueDateTime": (moment if moment.tzinfo else moment.astimezone()).isoformat(timespec="seconds")}


def _time(item: Item, text: str) -> Mapping[str, Any]:
    try:
        return {"valueTime": time.fromisoformat(text).replace(tzinfo=None).isoformat(timespec="seconds")}
    except ValueError:
        raise _Wrong(NOT_A_TIME) from None


def _text(item: Item, text: str) -> Mapping[str, Any]:
    if len(text) > item.max_length:
        raise _Wrong(TOO_LONG)
    return {"valueString": text}


def _url(item: Item, text: str) -> Mapping[str, Any]:
    if not re.fullmatch(r"https?://\S{1,500}", text):
        raise _Wrong(NO_LINK)
    return {"valueUri": text}


_READERS: Mapping[str, Callable[[Item, str], Mapping[str, Any]]] = {
    "boolean": _boolean, "decimal": _decimal, "integer": _integer, "quantity": _quantity, "date": _date,
    "dateTime": _moment, "time": _time, "string": _text, "text": _text, "url": _url, "open-choice": _text,
}  # fmt: skip


def _between(item: Item, value: Any) -> None:
    low, high = item.low, item.high
    if low is not None and value < low:
        raise _Wrong(_("At least {low}.", low=low))
    if high is not None and value > high:
        raise _Wrong(_("At most {high}.", high=high))


def _as_typed(answer: Mapping[str, Any]) -> str:
    return _written(next(value for name, value in answer.items() if name.startswith("value")))


def _written(value: Any) -> str:
    """A value as a page sends it."""
    return str(value).lower() if isinstance(value, bool) else str(_plain(value))


def _variables(form: Form, response: dict[str, Any], now: datetime) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, expression in form.variables:
        known[name] = _evaluate(expression, response, known, now)
    return known


def _results(expression: str, focus: dict[str, Any], known: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    return tuple(_written(each) for each in _evaluate(expression, focus, known, now) if each is not None)


def _evaluate(expression: str, focus: dict[str, Any], known: Mapping[str, Any], now: datetime) -> list[Any]:
    """What an expression gives as JSON values; nothing where it does not fit what was answered so far."""
    try:
        found = fhirpath.compile(expression)(focus, Context(resource=focus, variables=known, now=now))
    except FhirPathProblem:
        return []
    return [fhirpath.plain(each) for each in found]
