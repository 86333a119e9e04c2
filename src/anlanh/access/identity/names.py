"""Vietnamese names as people write them: how much alike are two of them, and in what do they differ.

A name is its words in order: family name, middle names, name. Accents are lost in old systems and telephones, words change
places in foreign ones, middle names are left out or cut to a letter, y and i stand for each other. Two names with accents
that differ in an accent (Hà, Hạ) are two names, though they fold to one.

FHIR: HumanName
Source: Luật Hộ tịch 60/2014/QH13 (order of names); usage
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anlanh.kernel.vn.fold import words

TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")

LEVELS = (
    "same", "folded", "reordered", "abbreviated", "middle-missing", "typo", "given-typo", "accents", "middle-differs",
    "family-differs", "given-differs", "different", "unknown",
)  # fmt: skip
"""How two names are alike, from most to least; `unknown`: there is no name to compare."""

NOBODYS = (
    "con ba", "con me", "con chi", "con san phu", "cb", "vo danh", "khong ro", "khong ten", "chua dat ten", "chua co ten",
    "be trai", "be gai", "tre so sinh", "so sinh",
)  # fmt: skip
"""With what the names of newborns and of unknown people begin that tell nothing of who they are."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name's words: `plain` folded, with i for y; `voiced` with accents, wherever in the syllable they were put."""

    plain: tuple[str, ...]
    voiced: tuple[str, ...]

    @property
    def has_accents(self) -> bool:
        """Whether whoever wrote it wrote accents."""
        return not all(word.isascii() for word in self.voiced)


@lru_cache(maxsize=65536)
def read(text: str) -> Name | None:
    """A name as it was written; None where it is nobody's: empty, or that of a newborn or an unknown person.

    >>> read("LÝ  Thị Hoà").plain
    ('li', 'thi', 'hoa')
    >>> read("Con bà Lý Thị Hòa") is None
    True
    """
    plain = words(text)
    if not plain or f"{' '.join(plain)} ".startswith(tuple(f"{each} " for each in NOBODYS)):
        return None
    spoken = tuple(_voiced(word) for word in unicodedata.normalize("NFC", text).lower().split())
    return Name(tuple(word.replace("y", "i") for word in plain), spoken)


def _voiced(word: str) -> str:
    """The word with its tone at the end, so that hoà and hòa are one, and i for y."""
    parts = unicodedata.normalize("NFD", word)
    tone = "".join(char for char in parts if char in TONES)
    rest = "".join(char for char in parts if char not in TONES)
    return rest.replace("y", "i") + tone


@lru_cache(maxsize=262144)
def compare(a: Name, b: Name) -> str:
    """One of `LEVELS`; the same in both directions.

    >>> compare(read("Nguyễn Văn Đức"), read("NGUYEN V. DUC"))
    'abbreviated'
    >>> compare(read("Ma Thị Hà"), read("Ma Thị Hạ"))
    'accents'
    """
    if a.plain == b.plain:
        return _accents(a, b, "same")
    if sorted(a.plain) == sorted(b.plain):
        return _accents(a, b, "reordered")
    if len(a.plain) > 1 and len(b.plain) > 1:
        ends_a, ends_b = (a.plain[0], a.plain[-1]), (b.plain[0], b.plain[-1])
        middle = _middle(a.plain[1:-1], b.plain[1:-1])
        if ends_a == ends_b:
            return _accents(a, b, middle)
        if ends_a == ends_b[::-1] and middle != "middle-differs":
            return _accents(a, b, "reordered")
    return _apart(a.plain, b.plain)


def _accents(a: Name, b: Name, level: str) -> str:
    """The level, unless both have accents and differ in one; `folded` instead of `same` where one lost them."""
    if sorted(a.voiced) == sorted(b.voiced) or level == "middle-differs":
        return level
    if not (a.has_accents and b.has_accents):
        return "folded" if level == "same" else level
    heard_a, heard_b = _heard(a), _heard(b)
    shared = heard_a.keys() & heard_b.keys()
    return "accents" if any(heard_a[word] != heard_b[word] for word in shared) else level


def _heard(name: Name) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if len(name.plain) == len(name.voiced):
        for plain, voiced in zip(name.plain, name.voiced, strict=True):
            found.setdefault(plain, []).append(voiced)
    return {word: sorted(each) for word, each in found.items()}


def _middle(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    """How the middle names of two people with the same family name and name are alike."""
    short, long = sorted((a, b), key=len)
    if all(word in long for word in short):
        return "middle-missing"
    if len(a) == len(b) and all(x == y or _cut(x, y) for x, y in zip(a, b, strict=True)):
        return "abbreviated"
    return "typo" if is_slip("".join(a), "".join(b)) else "middle-differs"


def _cut(x: str, y: str) -> bool:
    return min(len(x), len(y)) == 1 and x[0] == y[0]


def _apart(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    """How names with different ends are alike."""
    whole_a, whole_b = "".join(a), "".join(b)
    if whole_a == whole_b:
        return "typo"
    if is_slip(whole_a, whole_b):
        return "typo" if a[-1] == b[-1] else "given-typo"
    if a[1:] == b[1:]:
        return "family-differs"
    return "given-differs" if a[0] == b[0] else "different"


def is_slip(a: str, b: str) -> bool:
    """Whether one letter was mistyped, left out, added, or two neighbours changed places.

    >>> is_slip("hung", "hugn"), is_slip("lan", "loan"), is_slip("lan", "lien"), is_slip("an", "an")
    (True, True, False, False)
    """
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    if len(a) == len(b):
        return rest_a[1:] == rest_b[1:] or (rest_a[:2] == rest_b[:2][::-1] and rest_a[2:] == rest_b[2:])
    return rest_a[1:] == rest_b or rest_a == rest_b[1:]
