"""The grammar of `_filter`: `given eq "peter" and (birthdate ge 1990 or not (gender eq male))`.

FHIR: _filter
Source: https://hl7.org/fhir/R4/search_filter.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from anlanh.fhir.search.conditions import All, Any, Condition, Not
from anlanh.fhir.search.criteria import Criteria
from anlanh.fhir.search.problems import BadFilter

DEEPEST = 50

_TOKEN = re.compile(r'\s*(?:(?P<open>\()|(?P<close>\))|(?P<string>"(?:[^"\\]|\\.)*")|(?P<word>[^\s()"]+))')

_RANGED = frozenset(("gt", "lt", "ge", "le", "sa", "eb", "ap"))

_MODIFIERS = {"co": "contains", "in": "in", "ni": "not-in", "ss": "above", "sb": "below"}


def parse(criteria: Criteria, resource_type: str, text: str) -> Condition:
    """The condition a filter expresses.

    Raises:
        BadFilter: not of the grammar, with the place.
        Problem: a parameter or value in it is wrong.
    """
    return _Parser(criteria, resource_type, text).whole()


class _Parser:
    def __init__(self, criteria: Criteria, resource_type: str, text: str) -> None:
        self._criteria = criteria
        self._type = resource_type
        self._tokens: list[tuple[str, str, int]] = []
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise BadFilter(at=at + 1, why="a string is not closed")
            self._tokens.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            at = match.end()
        self._at = 0

    def whole(self) -> Condition:
        condition = self._or(0)
        if self._at < len(self._tokens):
            self._fail("nothing more was expected here")
        return condition

    def _or(self, depth: int) -> Condition:
        return self._joined("or", self._and, lambda parts: Any(tuple(parts)), depth)

    def _and(self, depth: int) -> Condition:
        return self._joined("and", self._term, lambda parts: All(tuple(parts)), depth)

    def _joined(
        self, word: str, part: Callable[[int], Condition], join: Callable[[list[Condition]], Condition], depth: int
    ) -> Condition:
        parts = [part(depth)]
        while self._peek() == ("word", word):
            self._at += 1
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else join(parts)

    def _term(self, depth: int) -> Condition:
        if depth > DEEPEST:
            self._fail(f"nested deeper than {DEEPEST}")
        if self._peek() == ("word", "not"):
            self._at += 1
            self._expect("open", "an opening bracket after not")
            return Not(self._closed(depth))
        if self._peek()[0] == "open":
            self._at += 1
            return self._closed(depth)
        name = self._expect("word", "a parameter")
        operator = self._expect("word", "an operator")
        kind, value = self._peek()
        if kind not in ("word", "string"):
            self._fail("a value was expected here")
        self._at += 1
        return self._test(name, operator, _unquoted(value) if kind == "string" else value)

    def _closed(self, depth: int) -> Condition:
        condition = self._or(depth + 1)
        self._expect("close", "a closing bracket")
        return condition

    def _test(self, name: str, operator: str, value: str) -> Condition:
        def condition(modifier: str, text: str) -> Condition:
            return self._criteria.condition(self._type, name + (f":{modifier}" if modifier else ""), text)

        if operator == "pr":
            return condition("missing", "false" if value == "true" else "true")
        kind = self._criteria.parameter(self._type, name.partition(".")[0].partition(":")[0]).kind
        escaped = value.replace("\\", "\\\\").replace(",", "\\,") if kind == "string" else value
        chained = "." in name
        if operator in ("eq", "ne"):
            exact = "exact" if kind == "string" and not chained else ""
            found = condition(exact, escaped)
            return Not(found) if operator == "ne" else found
        if operator == "sw":
            return condition("", escaped)
        if operator in _RANGED:
            return condition("", operator + value)
        if operator == "re":
            return condition("", value)
        if operator in _MODIFIERS:
            return condition(_MODIFIERS[operator], escaped)
        self._at -= 2
        return self._fail("the operators are eq ne co sw gt lt ge le ap sa eb pr po ss sb in ni re")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at][:2] if self._at < len(self._tokens) else ("end", "")

    def _expect(self, kind: str, wanted: str) -> str:
        found, text = self._peek()
        if found != kind:
            self._fail(f"{wanted} was expected here")
        self._at += 1
        return text

    def _fail(self, why: str) -> Condition:
        place = (
            self._tokens[self._at][2]
            if self._at < len(self._tokens)
            else (self._tokens[-1][2] + 1 if self._tokens else 0)
        )
        raise BadFilter(at=place + 1, why=why)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
