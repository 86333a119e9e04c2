"""Whether a text is an expression constraint of SNOMED CT: its shape, not whether the concepts exist.

Source: https://confluence.ihtsdotools.org/display/DOCECL (Expression Constraint Language, brief syntax)
"""

from __future__ import annotations

import re
from typing import Final

TOKEN: Final = re.compile(
    r"\s*(?:(?P<id>\d{6,18})|(?P<term>\|[^|]*\|)|(?P<word>AND|OR|MINUS|and|or|minus)|(?P<op><<!|>>!|<<|>>|<!|>!|<|>|!!>|!!<|\^)"
    r"|(?P<any>\*)|(?P<open>\()|(?P<close>\))|(?P<comma>,)|(?P<colon>:)|(?P<dot>\.))"
)
DEEPEST: Final = 50


def is_expression(text: str) -> bool:
    """Whether the text is an expression constraint; what follows a colon (a refinement) is not looked into."""
    tokens = _tokens(text.partition(":")[0])
    if tokens is None:
        return False
    end = _expression(tokens, 0, 0)
    return end == len(tokens) and (":" not in text or bool(text.partition(":")[2].strip()))


def _tokens(text: str) -> list[str] | None:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            return None
        found.append(str(match.lastgroup))
        at = match.end()
    return found


def _expression(tokens: list[str], at: int, depth: int) -> int:
    """The index after one expression, or -1."""
    at = _operand(tokens, at, depth)
    while 0 <= at < len(tokens) and tokens[at] in {"word", "comma", "dot"}:
        at = _operand(tokens, at + 1, depth)
    return at


def _operand(tokens: list[str], at: int, depth: int) -> int:
    while at < len(tokens) and tokens[at] == "op":
        at += 1
    if at >= len(tokens) or depth > DEEPEST:
        return -1
    if tokens[at] == "open":
        end = _expression(tokens, at + 1, depth + 1)
        return end + 1 if 0 <= end < len(tokens) and tokens[end] == "close" else -1
    if tokens[at] not in {"id", "any"}:
        return -1
    at += 1
    return at + 1 if at < len(tokens) and tokens[at] == "term" else at
