"""FHIRPath text to syntax tree: a Pratt parser of bounded depth.

FHIR: FHIRPath 2.0.0, grammar and operator precedence
Source: http://hl7.org/fhirpath/N1/grammar.html, http://hl7.org/fhirpath/N1/#operator-precedence
"""

from __future__ import annotations

from decimal import Decimal

from anlanh.fhir.fhirpath.lexer import Token, tokens
from anlanh.fhir.fhirpath.problems import SyntaxProblem, TooCostly
from anlanh.fhir.fhirpath.syntax import (
    Binary,
    Call,
    Constant,
    Indexer,
    Literal,
    Member,
    Node,
    QuantityLiteral,
    SortKey,
    TypeOperation,
    Unary,
    Variable,
)

MAX_LENGTH = 65_536
MAX_DEPTH = 150
"""Levels of the tree: enough for every expression of the FHIR packages, few enough for Python's stack."""

PRECEDENCE = {
    "implies": 1,
    "or": 2,
    "xor": 2,
    "and": 3,
    "in": 4,
    "contains": 4,
    "=": 5,
    "~": 5,
    "!=": 5,
    "!~": 5,
    "<": 6,
    "<=": 6,
    ">": 6,
    ">=": 6,
    "|": 7,
    "is": 8,
    "as": 8,
    "+": 9,
    "-": 9,
    "&": 9,
    "*": 10,
    "/": 10,
    "div": 10,
    "mod": 10,
}
POLARITY = 11
NEVER_A_TERM = frozenset({"and", "or", "xor", "implies", "div", "mod"})

CALENDAR_UNITS = frozenset(
    name + plural
    for name in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    for plural in ("", "s")
)


def parse(text: str) -> Node:
    """The syntax tree of a FHIRPath expression.

    Raises:
        SyntaxProblem: the text is not an expression; the message points at the place.
        TooCostly: longer than MAX_LENGTH characters or deeper than MAX_DEPTH levels.
    """
    if len(text) > MAX_LENGTH:
        raise TooCostly(f"expressions may have {MAX_LENGTH} characters, this one has {len(text)}")
    parser = _Parser(text)
    node = parser.expression(0)
    parser.expect_end()
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.next = 0
        self.depth = 0

    def expression(self, minimum: int) -> Node:
        entered = self.depth
        self._deeper(self.tokens[self.next])
        node = self._prefix()
        while True:
            token = self.tokens[self.next]
            strength = PRECEDENCE.get(token.text, 0) if token.kind in ("symbol", "identifier") else 0
            if strength <= minimum:
                break
            self._deeper(token)
            self.next += 1
            if token.text in ("is", "as"):
                node = self._type_operation(token, node)
            else:
                node = Binary(token.text, node, self.expression(strength), token.at)
        self.depth = entered
        return node

    def expect_end(self) -> None:
        token = self.tokens[self.next]
        if token.kind != "end":
            raise SyntaxProblem(f"did not expect {token.text!r}", self.text, token.at)

    def _prefix(self) -> Node:
        token = self.tokens[self.next]
        if token.kind == "symbol" and token.text in "+-":
            self.next += 1
            return Unary(token.text, self.expression(POLARITY), token.at)
        node = self._term(token)
        while True:
            token = self.tokens[self.next]
            if token.kind != "symbol" or token.text not in (".", "["):
                return node
            self._deeper(token)
            self.next += 1
            node = self._invocation(node) if token.text == "." else self._indexer(node, token)

    def _term(self, token: Token) -> Node:
        self.next += 1
        match token.kind:
            case "identifier":
                return self._word(token)
            case "delimited":
                return self._named(None, token)
            case "number":
                return self._number(token)
            case "string":
                return Literal(token.text, "String", token.at)
            case "date":
                return Literal(token.text[1:], "Date", token.at)
            case "datetime":
                return Literal(token.text[1:], "DateTime", token.at)
            case "time":
                return Literal(token.text[2:], "Time", token.at)
            case "variable":
                return Variable(token.text[1:], token.at)
            case "symbol":
                return self._bracketed(token)
        raise SyntaxProblem("ends where a value is expected", self.text, token.at)

    def _word(self, token: Token) -> Node:
        if token.text in ("true", "false"):
            return Literal(token.text == "true", "Boolean", token.at)
        if token.text in NEVER_A_TERM:
            raise SyntaxProblem(f"expects a value before {token.text!r}", self.text, token.at)
        return self._named(None, token)

    def _bracketed(self, token: Token) -> Node:
        if token.text == "(":
            node = self.expression(0)
            self._expect(")", "the parenthesis is not closed", token)
            return node
        if token.text == "{":
            self._expect("}", "the braces of the empty collection must be empty", token)
            return Literal(None, "Null", token.at)
        if token.text == "%":
            name = self.tokens[self.next]
            if name.kind not in ("identifier", "delimited", "string") or name.at != token.end:
                raise SyntaxProblem("expects the name of a constant after '%'", self.text, token.at)
            self.next += 1
            return Constant(name.text, token.at)
        raise SyntaxProblem(f"did not expect {token.text!r}", self.text, token.at)

    def _number(self, token: Token) -> Node:
        if token.text.endswith("L"):
            return Literal(int(token.text[:-1]), "Long", token.at)
        unit = self.tokens[self.next]
        if unit.kind == "string" or (unit.kind == "identifier" and unit.text in CALENDAR_UNITS):
            self.next += 1
            return QuantityLiteral(Decimal(token.text), unit.text, unit.kind == "identifier", token.at)
        if "." in token.text:
            return Literal(Decimal(token.text), "Decimal", token.at)
        return Literal(int(token.text), "Integer", token.at)

    def _invocation(self, source: Node) -> Node:
        token = self.tokens[self.next]
        self.next += 1
        if token.kind == "variable":
            # The grammar allows it; it means the variable, whatever stands before it.
            return Variable(token.text[1:], token.at)
        if token.kind not in ("identifier", "delimited"):
            raise SyntaxProblem("expects a name after '.'", self.text, token.at)
        return self._named(source, token)

    def _named(self, source: Node | None, name: Token) -> Node:
        token = self.tokens[self.next]
        if token.kind != "symbol" or token.text != "(":
            return Member(source, name.text, name.at)
        self.next += 1
        arguments: list[Node] = []
        if self.tokens[self.next].text != ")" or self.tokens[self.next].kind != "symbol":
            arguments.append(self._argument(name))
            while self._accept(","):
                arguments.append(self._argument(name))
        self._expect(")", f"the parenthesis of {name.text}() is not closed", token)
        return Call(source, name.text, tuple(arguments), name.at)

    def _argument(self, function: Token) -> Node:
        node = self.expression(0)
        token = self.tokens[self.next]
        if function.text == "sort" and token.kind == "identifier" and token.text in ("asc", "desc"):
            self.next += 1
            return SortKey(node, token.text == "desc", token.at)
        return node

    def _indexer(self, source: Node, bracket: Token) -> Node:
        index = self.expression(0)
        self._expect("]", "the bracket is not closed", bracket)
        return Indexer(source, index, bracket.at)

    def _type_operation(self, operator: Token, operand: Node) -> Node:
        words = [self._type_word()]
        while self._accept("."):
            words.append(self._type_word())
        if len(words) > 2:
            raise SyntaxProblem("a type has one name, or a namespace and a name", self.text, operator.at)
        return TypeOperation(operator.text, operand, words[0] if len(words) == 2 else "", words[-1], operator.at)

    def _type_word(self) -> str:
        token = self.tokens[self.next]
        if token.kind not in ("identifier", "delimited"):
            raise SyntaxProblem("expects the name of a type", self.text, token.at)
        self.next += 1
        return token.text

    def _accept(self, symbol: str) -> bool:
        token = self.tokens[self.next]
        if token.kind != "symbol" or token.text != symbol:
            return False
        self.next += 1
        return True

    def _expect(self, symbol: str, otherwise: str, opened: Token) -> None:
        if not self._accept(symbol):
            raise SyntaxProblem(f"did not expect {self.tokens[self.next].text!r}; {otherwise}", self.text, opened.at)

    def _deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooCostly(f"expressions may be {MAX_DEPTH} levels deep", self.text, token.at)
