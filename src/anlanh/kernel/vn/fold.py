"""Folding of text for search: no accents, no case, single spaces; `Đái  tháo ĐƯỜNG` becomes `dai thao duong`.

The embedded PostgreSQL has no `unaccent`, so both sides of every comparison are folded here, and only here.

FHIR: string search ignores case, accents and other diacritical marks
Source: https://hl7.org/fhir/R4/search.html#string
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CACHED_LENGTH = 64
_WORD = re.compile(r"[^\W_]+")
_NO_DECOMPOSITION = {"đ": "d", "ø": "o", "ł": "l", "ħ": "h", "ı": "i"}


class _Folded(dict[int, str]):
    """A table for `str.translate` that works out each character the first time it is met."""

    def __missing__(self, point: int) -> str:
        lowered = chr(point).casefold()
        bare = "".join(char for char in unicodedata.normalize("NFD", lowered) if not "\u0300" <= char <= "\u036f")
        folded = "".join(_NO_DECOMPOSITION.get(char, char) for char in unicodedata.normalize("NFC", bare))
        self[point] = folded
        return folded


_TABLE = _Folded()


def fold(text: str) -> str:
    """The text without diacritical marks and case, runs of white space made one space, ends trimmed.

    Folding twice changes nothing. Marks of other scripts (Thai, Devanagari, kana) stay: they carry the vowel.

    >>> fold("  Nguyễn   Thị ĐÀO ")
    'nguyen thi dao'
    """
    if text.isascii():
        return " ".join(text.lower().split())
    return _fold_short(text) if len(text) <= _CACHED_LENGTH else _fold(text)


def words(text: str) -> tuple[str, ...]:
    """The words of the folded text in order, without punctuation.

    >>> words("Đái tháo đường, type-2")
    ('dai', 'thao', 'duong', 'type', '2')
    """
    return tuple(_WORD.findall(fold(text)))


def _fold(text: str) -> str:
    return " ".join(text.translate(_TABLE).split())


_fold_short = lru_cache(maxsize=65536)(_fold)
