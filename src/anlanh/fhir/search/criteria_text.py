"""The escapes of search values: what stands between separators, and what is meant.

Source: https://hl7.org/fhir/R4/search.html#escaping
"""

from __future__ import annotations

import re


def split(text: str, separator: str) -> list[str]:
    r"""Parts between unescaped separators, still escaped.

    >>> split(r"a\,b,c", ",")
    ['a\\\\,b', 'c']
    """
    if "\\" not in text:
        return text.split(separator)
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == separator:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def unescape(text: str) -> str:
    r"""The value meant: backslash before comma, dollar, bar or backslash stands for the character itself.

    >>> unescape(r"Richard\,Muller")
    'Richard,Muller'
    """
    return re.sub(r"\\([,$|\\])", r"\1", text) if "\\" in text else text
