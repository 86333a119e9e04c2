"""How easy an article reads: short sentences, not too many of them.

Vietnamese has no agreed measure that needs no word list; the length of sentences in syllables is the part of all measures
that can be counted without one.

Source: own limits, after L. T. Nguyen, A. B. Henkin, A readability formula for Vietnamese, Journal of Reading, 1982 (sentence length)
"""

from __future__ import annotations

import re

from anlanh.kernel.vn import fold
from anlanh.services.knowledge.model import Article

LONGEST_MEAN = 14.0
"""Syllables of a sentence at the mean, so that people with six years of school read it at once."""

LONGEST_SENTENCE = 32
SHORTEST, LONGEST = 120, 320
"""Syllables of the whole article: about 90 to 230 words."""

_END = re.compile(r"[.!?:;…]+(?:\s|$)|\n")


def sentences(article: Article) -> list[int]:
    """The length of each sentence in syllables, in order; points of lists count as sentences."""
    pieces = (piece for part in article.parts for piece in _END.split(part.text))
    return [count for piece in pieces if (count := len(fold.words(piece)))]


def mean_length(article: Article) -> float:
    """Syllables of a sentence at the mean."""
    found = sentences(article)
    return sum(found) / len(found)
