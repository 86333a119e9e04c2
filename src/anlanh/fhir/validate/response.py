"""Answers to a Questionnaire: are they of the right kind, all there, and only where a question was to be answered?

FHIR: QuestionnaireResponse
Source: https://hl7.org/fhir/R4/questionnaireresponse.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from anlanh.fhir.validate import answers, questionnaire
from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import Run, Scope

FINISHED: Final = frozenset({"completed", "amended"})
WITHOUT_ANSWERS: Final = frozenset({"group", "display", "question"})


def check(scope: Scope, run: Run, profiles: Profiles) -> None:
    """All items against the Questionnaire that the response names, where it is known."""
    canonical = scope.resource.get("questionnaire")
    if not isinstance(canonical, str):
        return
    found = [each for each, _ in scope.found(canonical)] if canonical.startswith("#") else [profiles.find(canonical)]
    form = found[0] if found else None
    if form is None:
        run.add("questionnaire-unknown", f"{scope.path}.questionnaire", found=canonical)
    elif form.get("resourceType") != "Questionnaire":
        run.add(
            "not-a-questionnaire", f"{scope.path}.questionnaire", found=form.get("resourceType"), canonical=canonical
        )
    else:
        _Responses(form, scope, run, profiles).check()


@dataclass(frozen=True, slots=True)
class _Place:
    """Items of a response beside each other, and what surrounds them: where a condition looks for its question."""

    items: list[dict[str, Any]]
    outer: _Place | None


class _Responses:
    def __init__(self, form: dict[str, Any], scope: Scope, run: Run, profiles: Profiles) -> None:
        self.form = form
        self.scope = scope
        self.run = run
        self.profiles = profiles
        self.finished = scope.resource.get("status") in FINISHED
        self.known = {link_id for link_id, _, _ in questionnaire.walk(form, "")}

    def check(self) -> None:
        self._check_items(self.form, self.scope.resource, self.scope.path, None)

    def _check_items(self, form: dict[str, Any], given: dict[str, Any], path: str, outer: _Place | None) -> None:
        """The items of a response, group or answer against those of the form at that level."""
        questions = _dicts(form.get("item"))
        place = _Place(_dicts(given.get("item")), outer)
        links = [str(each.get("linkId")) for each in questions]
        located = [(item, f"{path}.item[{index}]") for index, item in enumerate(place.items)]
        rank = -1
        for item, at in located:
            link_id = str(item.get("linkId"))
            if link_id not in links:
                self.run.add("link-misplaced" if link_id in self.known else "link-unknown", path, found=link_id)
                continue
            if links.index(link_id) < rank:
                self.run.add("item-out-of-order", at, found=link_id)
            rank = max(rank, links.index(link_id))
        for question in questions:
            mine = [(item, at) for item, at in located if item.get("linkId") == question.get("linkId")]
            self._check_question(question, mine, path, place)

    def _check_question(
        self, question: dict[str, Any], mine: list[tuple[dict[str, Any], str]], path: str, place: _Place
    ) -> None:
        link_id, kind = question.get("linkId"), question.get("type")
        if not _is_enabled(question, place):
            for item, at in mine:
                if _is_filled(item):
                    self.run.add("answer-not-enabled", at, found=link_id)
            return
        answered = any(_is_filled(item) for item, _ in mine)
        if question.get("required") and not answered and kind != "display":
            self.run.add("answer-missing", path, "error" if self.finished else "warning", found=link_id)
        if len(mine) > 1 and not (kind == "group" and question.get("repeats")):
            self.run.add("item-repeated", mine[1][1], found=link_id)
        for item, at in mine:
            self._check_item(question, item, at, place)

    def _check_item(self, question: dict[str, Any], item: dict[str, Any], path: str, place: _Place) -> None:
        given = _dicts(item.get("answer"))
        kind = question.get("type")
        if kind in WITHOUT_ANSWERS:
            if given:
                self.run.add("answer-to-no-question", path, type=kind)
            self._check_items(question, item, path, place)
            return
        if "item" in item:
            self.run.add("items-outside-answer", path, found=question.get("linkId"))
        self._check_count(question, given, path)
        for index, answer in enumerate(given):
            at = f"{path}.answer[{index}]"
            answers.check(question, answer, at, self.form, self.run, self.profiles)
            self._check_items(question, answer, at, place)
        self._check_exclusive(question, given, path)

    def _check_count(self, question: dict[str, Any], given: list[dict[str, Any]], path: str) -> None:
        if len(given) > 1 and not question.get("repeats"):
            self.run.add("answer-repeated", path, found=question.get("linkId"))
        most, least = (
            answers.extension_of(question, "questionnaire-maxOccurs"),
            answers.extension_of(question, "questionnaire-minOccurs"),
        )
        if isinstance(most, int) and len(given) > most:
            self.run.add("answers-too-many", path, max=most, found=len(given))
        if isinstance(least, int) and 0 < len(given) < least:
            self.run.add("answers-too-few", path, min=least, found=len(given))

    def _check_exclusive(self, question: dict[str, Any], given: list[dict[str, Any]], path: str) -> None:
        """An exclusive option stands alone."""
        exclusive = [
            option
            for option in _dicts(question.get("answerOption"))
            if answers.extension_of(option, "questionnaire-optionExclusive") is True
        ]
        for index, answer in enumerate(given):
            if len(given) > 1 and any(answers.is_option(answer, option) for option in exclusive):
                self.run.add("answer-exclusive", f"{path}.answer[{index}]", found=answers.shown(answer))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _is_filled(item: dict[str, Any]) -> bool:
    """Whether an item or one below it has an answer."""
    return bool(item.get("answer")) or any(_is_filled(inner) for inner in _dicts(item.get("item")))


# --- conditions -----------------------------------------------------------------------------------------------------


def _is_enabled(question: dict[str, Any], place: _Place) -> bool:
    conditions = _dicts(question.get("enableWhen"))
    if not conditions:
        return True
    held = [_holds(condition, _answers_to(str(condition.get("question")), place)) for condition in conditions]
    return any(held) if question.get("enableBehavior") == "any" else all(held)


def _answers_to(link_id: str, place: _Place | None) -> list[Any]:
    """The answers to a question, from the nearest place that has it."""
    while place is not None:
        found = [item for item in _below(place.items) if item.get("linkId") == link_id]
        if found:
            return [
                value for item in found for answer in _dicts(item.get("answer")) for value in answers.values(answer)
            ]
        place = place.outer
    return []


def _below(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield item
        yield from _below(_dicts(item.get("item")))
        for answer in _dicts(item.get("answer")):
            yield from _below(_dicts(answer.get("item")))


def _holds(condition: dict[str, Any], given: list[Any]) -> bool:
    wanted = next((value for key, value in condition.items() if key.startswith("answer")), None)
    operator = str(condition.get("operator"))
    if operator == "exists":
        return bool(given) == bool(wanted)
    if operator == "!=":
        return bool(given) and not any(answers.same(value, wanted) for value in given)
    return any(_COMPARISONS.get(operator, _never)(value, wanted) for value in given)


def _never(value: Any, wanted: Any) -> bool:
    return False


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(value: Any, wanted: Any) -> bool:
        if isinstance(value, dict) and isinstance(wanted, dict):
            value, wanted = value.get("value"), wanted.get("value")
        numbers = isinstance(value, int | Decimal) and isinstance(wanted, int | Decimal)
        texts = isinstance(value, str) and isinstance(wanted, str)
        return (numbers or texts) and test(value, wanted)

    return compare


_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": answers.same,
    ">": _ordered(lambda value, wanted: bool(value > wanted)),
    "<": _ordered(lambda value, wanted: bool(value < wanted)),
    ">=": _ordered(lambda value, wanted: bool(value >= wanted)),
    "<=": _ordered(lambda value, wanted: bool(value <= wanted)),
}
