"""UCUM codes to their parts: a small recursive parser.

Source: https://ucum.org/ucum section 2.1 (grammar of units and terms), case sensitive codes
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from anlanh.kernel.units.problems import UnknownUnit
from anlanh.kernel.units.table import BASE_UNITS, PREFIXES, UNITS

MAX_LENGTH = 250
MAX_DEPTH = 20
MAX_EXPONENT = 999

_TOKEN = re.compile(
    r"""
      (?P<annotation>\{[!-z|~]*\})
    | (?P<symbol>10[*^]|(?:[!#-'*,:-Z\\^-z|~]|\[[!-Z\\^-z|~]*\])+)
    | (?P<number>\d+)
    | (?P<operator>[./()+-])
    """,
    re.VERBOSE | re.ASCII,
)

METRIC = frozenset([row.code for row in BASE_UNITS] + [row.code for row in UNITS if row.metric])
ATOMS = METRIC | {row.code for row in UNITS}
PREFIX_CODES = frozenset(row.code for row in PREFIXES)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A unit atom with its prefix (or "") and exponent."""

    prefix: str
    atom: str
    exponent: int


@dataclass(frozen=True, slots=True)
class Factor:
    """A whole number."""

    value: int


@dataclass(frozen=True, slots=True)
class Annotation:
    """Words in braces; they stand for the unity."""

    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """Components in order, each with the operator before it: "." multiplies and "/" divides, left to right."""

    parts: tuple[tuple[str, Component], ...]


Component = Symbol | Factor | Annotation | Term


def parse(code: str) -> Term:
    """The parts of a UCUM code.

    Raises:
        UnknownUnit: the code breaks the grammar or names a unit that UCUM does not have.
    """
    if len(code) > MAX_LENGTH:
        raise UnknownUnit(code=code[:40] + "...", reason=f"longer than {MAX_LENGTH} characters")
    parser = _Parser(code)
    term = parser.term(0)
    if parser.at < len(parser.tokens):
        raise UnknownUnit(code=code, reason=f"did not expect {parser.tokens[parser.at][1]!r}")
    return term


class _Parser:
    def __init__(self, code: str) -> None:
        self.code = code
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        position = 0
        while position < len(code):
            hit = _TOKEN.match(code, position)
            if hit is None:
                raise UnknownUnit(code=code, reason=f"did not expect {code[position]!r}")
            self.tokens.append((str(hit.lastgroup), hit.group()))
            position = hit.end()

    def term(self, depth: int) -> Term:
        if depth > MAX_DEPTH:
            raise UnknownUnit(code=self.code, reason="too many parentheses")
        operator = "/" if self._accept("/") else "."
        parts = [(operator, self._component(depth))]
        while (operator := self._peek()) in (".", "/"):
            self.at += 1
            parts.append((operator, self._component(depth)))
        return Term(tuple(parts))

    def _component(self, depth: int) -> Component:
        if self.at >= len(self.tokens):
            raise UnknownUnit(code=self.code, reason="a unit is missing at the end")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "annotation":
            return Annotation(text[1:-1])
        component = self._bare_component(kind, text, depth)
        # The grammar has annotations after symbols only; UCUM's own list of examples has /100{WBC} and (8.h){shift}.
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "annotation":
            self.at += 1
        return component

    def _bare_component(self, kind: str, text: str, depth: int) -> Component:
        if kind == "number":
            return Factor(int(text))
        if kind == "symbol":
            return self._symbol(text)
        if text != "(":
            raise UnknownUnit(code=self.code, reason=f"did not expect {text!r}")
        inner = self.term(depth + 1)
        if not self._accept(")"):
            raise UnknownUnit(code=self.code, reason="a parenthesis is not closed")
        return inner

    def _symbol(self, text: str) -> Symbol:
        prefix, atom = split(text, self.code)
        return Symbol(prefix, atom, self._exponent())

    def _exponent(self) -> int:
        sign = self._peek()
        if sign in ("+", "-"):
            self.at += 1
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "number":
            if sign in ("+", "-"):
                raise UnknownUnit(code=self.code, reason=f"a number is missing after {sign!r}")
            return 1
        exponent = int(self.tokens[self.at][1])
        self.at += 1
        if exponent > MAX_EXPONENT:
            raise UnknownUnit(code=self.code, reason=f"exponents go up to {MAX_EXPONENT}")
        return -exponent if sign == "-" else exponent

    def _peek(self) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "operator":
            return ""
        return self.tokens[self.at][1]

    def _accept(self, operator: str) -> bool:
        if self._peek() != operator:
            return False
        self.at += 1
        return True


def split(text: str, code: str) -> tuple[str, str]:
    """Prefix and atom of a symbol; a whole atom wins over a prefixed one (cd is candela, not centiday).

    Raises:
        UnknownUnit: no atom fits.
    """
    if text in ATOMS:
        return "", text
    for length in (1, 2):
        if text[:length] in PREFIX_CODES and text[length:] in METRIC:
            return text[:length], text[length:]
    raise UnknownUnit(code=code, reason=f"does not know {text!r}")
