"""The article that explains a code of the record: that with the longest beginning of it.

FHIR: Coding
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from anlanh.services.knowledge.model import Article

By = Mapping[tuple[str, str], Article]


def by_beginning(articles: Iterable[Article]) -> By:
    """System and beginning of a code to the article; of two that name the same, the first by slug."""
    ordered = sorted(articles, key=lambda each: each.slug, reverse=True)
    return {code: each for each in ordered for code in each.codes}


def explaining(beginnings: By, system: str, code: str) -> Article | None:
    """The article with the longest beginning of the code; None: no one explains it."""
    lengths = range(len(code), 0, -1)
    return next((found for length in lengths if (found := beginnings.get((system, code[:length])))), None)
