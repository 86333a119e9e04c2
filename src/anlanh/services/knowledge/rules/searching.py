"""Finding articles by words, with or without accents, the best first.

A Vietnamese word is mostly two syllables, so pairs of syllables that follow each other count more than single ones, and
rare ones more than frequent ones. An article is found when most of what was asked (by rarity) stands in it.

Source: inverse document frequency after K. Spärck Jones, 1972
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from anlanh.kernel.vn import fold
from anlanh.services.knowledge.model import Article

TITLE, SUMMARY, BODY = 12.0, 4.0, 1.0
"""How much a field counts; the title with its English and other names."""

PAIR = 3.0
"""How much more than a syllable a pair of them counts."""

ENOUGH = 0.65
"""The share of what was asked that has to stand in an article."""

MOST = 20
MOST_WORDS = 12

SAY_LITTLE = frozenset(
    (
        "ba", "bi", "can", "chau", "chua", "em", "gi", "khi", "la", "lam", "minh", "nao", "nen", "nhu", "o", "ong", "phai",
        "sao", "the", "thi", "toi", "va", "voi",
    )
)  # fmt: skip
"""Words of a question that are not about its matter; passed over where others remain."""

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """What is searched. `weights`: for each article its tokens with the weight of the best field they stand in."""

    articles: tuple[Article, ...]
    weights: tuple[Mapping[str, float], ...]
    rarity: Mapping[str, float]
    rarest: float


@lru_cache(maxsize=4)
def index(articles: tuple[Article, ...]) -> Index:
    """The index of these articles; made once for the same ones."""
    weights = tuple(_weights(each) for each in articles)
    spread = Counter(token for each in weights for token in each)
    rarity = {token: math.log(1 + len(articles) / count) for token, count in spread.items()}
    return Index(articles, weights, rarity, math.log(1 + len(articles)))


def search(held: Index, words: str) -> tuple[Article, ...]:
    """The articles that answer, the best first, at most MOST; of equals by title."""
    asked = _telling(words)[:MOST_WORDS]
    if not asked:
        return ()
    scored = [(_score(held, weights, asked), each) for each, weights in zip(held.articles, held.weights, strict=True)]
    found = sorted(((score, each) for score, each in scored if score), key=lambda one: (-one[0], one[1].title))
    return tuple(each for _points, each in found[:MOST])


def _score(held: Index, weights: Mapping[str, float], asked: Tokens) -> float:
    """How well an article answers; 0: not at all."""
    known = sum(held.rarity.get(each, held.rarest) for each in asked if each in weights)
    if known < ENOUGH * sum(held.rarity.get(each, held.rarest) for each in asked):
        return 0.0
    pairs = _pairs(asked)
    if pairs and not any(each in weights for each in pairs):
        return 0.0
    single = sum(weights.get(each, 0.0) * held.rarity.get(each, 0.0) for each in asked)
    return single + PAIR * sum(weights.get(each, 0.0) * held.rarity.get(each, 0.0) for each in pairs)


def _weights(article: Article) -> dict[str, float]:
    """Tokens with their weight: syllables and pairs of them. Weights of titles are shared out over their length, so that
    the article that is about nothing else comes first."""
    found: dict[str, float] = {}
    fields: Sequence[tuple[float, str]] = (
        *((TITLE, each) for each in (article.title, article.title_en, *article.also)),
        *((SUMMARY, each) for each in (article.summary, article.summary_en)),
        *((BODY, line) for part in article.parts for line in part.text.splitlines()),
    )
    for weight, text in fields:
        syllables = _telling(text)
        worth = weight if weight < TITLE else SUMMARY + (TITLE - SUMMARY) * 2 / max(2, len(syllables))
        for token in (*syllables, *_pairs(syllables)):
            found[token] = max(found.get(token, 0.0), worth)
    return found


def _telling(text: str) -> Tokens:
    words = fold.words(text)
    return tuple(each for each in words if each not in SAY_LITTLE) or words


def _pairs(syllables: Sequence[str]) -> Tokens:
    return tuple(f"{first} {second}" for first, second in pairwise(syllables))
