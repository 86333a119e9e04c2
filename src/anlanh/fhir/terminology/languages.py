"""Languages a client asks for, in order of preference.

FHIR: displayLanguage, Accept-Language; code system urn:ietf:bcp:47
Source: https://www.rfc-editor.org/rfc/rfc9110#field.accept-language, https://www.rfc-editor.org/rfc/rfc5646
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from anlanh.fhir.terminology.problems import BadLanguage

TAG = re.compile(
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})"
    r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?(?:-(?:[A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3}))*"
    r"(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*(?:-x(?:-[A-Za-z0-9]{1,8})+)?|x(?:-[A-Za-z0-9]{1,8})+"
)


@dataclass(frozen=True)
class Languages:
    """Tags by preference. `text` is what was asked; `others` is False when `*;q=0` rules all others out."""

    text: str = ""
    tags: tuple[str, ...] = ()
    others: bool = True

    def __bool__(self) -> bool:
        return bool(self.tags)

    def accept(self, language: str | None) -> bool:
        """Whether a text in that language fits. Text without a language fits every one."""
        return language is None or any(fits(tag, language) for tag in self.tags)


def fits(tag: str, language: str) -> bool:
    """Whether one tag is the other or a part of it: `de` and `de-CH` fit, in both directions."""
    one, other = tag.lower(), language.lower()
    return one == other or one.startswith(other + "-") or other.startswith(one + "-")


def parse(text: str) -> Languages:
    """Read an Accept-Language value.

    >>> parse("en-AU;q=0.4, vi").tags
    ('vi', 'en-AU')

    Raises:
        BadLanguage: a part is no language tag.
    """
    ranked: list[tuple[float, str]] = []
    others = True
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        tag, _, quality = (piece.strip() for piece in part.partition(";"))
        weight = _weight(quality, text)
        if tag == "*":
            others = weight > 0
        elif TAG.fullmatch(tag) is None:
            raise BadLanguage(language=text)
        elif weight > 0:
            ranked.append((weight, tag))
    ranked.sort(key=lambda pair: -pair[0])
    return Languages(text, tuple(tag for _, tag in ranked), others)


def _weight(quality: str, text: str) -> float:
    if not quality:
        return 1.0
    name, _, number = quality.partition("=")
    try:
        return float(number) if name.strip() == "q" else 1.0
    except ValueError:
        raise BadLanguage(language=text) from None
