"""The words of FHIRPath: text to tokens.

FHIR: FHIRPath 2.0.0, lexical elements
Source: http://hl7.org/fhirpath/N1/#lexical-elements
"""

from __future__ import annotations

import re
from typing import NamedTuple

from anlanh.fhir.fhirpath.problems import SyntaxProblem

_DATE = r"\d{4}(?:-\d\d(?:-\d\d)?)?"
_TIME = r"\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?"
_ZONE = r"(?:Z|[+-]\d\d:\d\d)"

_TOKEN = re.compile(
    rf"""
      (?P<space>\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)
    | (?P<datetime>@{_DATE}T(?:{_TIME}{_ZONE}?)?)
    | (?P<time>@T{_TIME})
    | (?P<date>@{_DATE})
    | (?P<number>\d+(?:\.\d+|L\b)?)
    | (?P<identifier>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<delimited>`(?:[^`\\]|\\.)*`)
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<variable>\$(?:this|index|total)\b)
    | (?P<symbol><=|>=|!=|!~|[-+*/&|<>=~.,()\[\]{{}}%])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)

_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {
    "'": "'",
    '"': '"',
    "`": "`",
    "\\": "\\",
    "/": "/",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}

_OPENING = {"'": "the string is not closed", "`": "the identifier is not closed", "/": "the comment is not closed"}


class Token(NamedTuple):
    """`kind` is a group of the lexer's pattern, or "end"; `text` has quotes removed and escapes resolved."""

    kind: str
    text: str
    at: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, in order, with an end token.

    Raises:
        SyntaxProblem: a character that begins no token, or an unknown escape.
    """
    found: list[Token] = []
    at = 0
    match = _TOKEN.match
    while at < len(text):
        hit = match(text, at)
        if hit is None or (text[at] == "/" and text.startswith("/*", at) and hit.end() == at + 1):
            raise SyntaxProblem(_OPENING.get(text[at], f"does not know the character {text[at]!r}"), text, at)
        kind, value = str(hit.lastgroup), hit.group()
        if kind in ("string", "delimited"):
            value = _unescape(value[1:-1], text, at) if "\\" in value else value[1:-1]
        if kind != "space":
            found.append(Token(kind, value, at, hit.end()))
        at = hit.end()
    found.append(Token("end", "", at, at))
    return found


def _unescape(value: str, text: str, at: int) -> str:
    def character(hit: re.Match[str]) -> str:
        code = hit.group(1)
        if code[0] == "u" and len(code) == 5:
            return chr(int(code[1:], 16))
        if code not in _ESCAPED:
            raise SyntaxProblem(f"does not know the escape \\{code}", text, at)
        return _ESCAPED[code]

    return _ESCAPE.sub(character, value)
