"""Type-ahead over the concepts of a code system or value set, for people who type without accents.

Every word typed has to begin a word of one name of the concept, or its code. What begins like the text comes first.

FHIR: ValueSet $expand with `filter`
Source: https://hl7.org/fhir/R4/valueset-operation-expand.html
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest

from anlanh.fhir.terminology import concepts
from anlanh.fhir.terminology.concepts import CodeSystemProvider, Concept
from anlanh.kernel.vn.fold import fold, words

LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept that fits what was typed; `matched` is the name that did, if it was not the display."""

    code: str
    display: str
    matched: str | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    code: str
    display: str
    codes: tuple[str, str]
    """The code in lower case, as it is and without dots."""
    folded: str
    lower: str
    uses: int
    others: tuple[tuple[str, str], ...]


class Suggestions:
    """An index in memory. Made once per version of a code system; asking changes nothing."""

    def __init__(
        self,
        found: Iterable[Concept],
        abbreviations: Mapping[str, str] | None = None,
        uses: Mapping[str, int] | None = None,
    ) -> None:
        """`uses` tells how often codes are used here; those come before others that fit as well or better by name."""
        self._lines: list[_Line] = []
        self._abbreviations = {fold(short): fold(full) for short, full in (abbreviations or {}).items()}
        postings: dict[str, list[int]] = {}
        for concept in found:
            number = len(self._lines)
            display = concept.display or concept.code
            others = tuple((each["value"], fold(each["value"])) for each in concept.designations if each.get("value"))
            codes = (concept.code.lower(), concept.code.lower().replace(".", ""))
            used = (uses or {}).get(concept.code, 0)
            self._lines.append(_Line(concept.code, display, codes, fold(display), display.casefold(), used, others))
            known = {*codes, *words(display)}
            known.update(word for _, folded in others for word in words(folded))
            for word in known:
                postings.setdefault(word, []).append(number)
        self._words = sorted(postings)
        self._postings = [postings[word] for word in self._words]
        beginnings = [(line.folded, number) for number, line in enumerate(self._lines)]
        beginnings += [(code, number) for number, line in enumerate(self._lines) for code in line.codes]
        self._beginnings = sorted(beginnings)
        self._used = any(line.uses for line in self._lines)

    @classmethod
    def of(
        cls,
        provider: CodeSystemProvider,
        abbreviations: Mapping[str, str] | None = None,
        uses: Mapping[str, int] | None = None,
    ) -> Suggestions:
        """The index of what may be chosen of a code system: neither inactive nor abstract concepts."""
        usable = (
            each
            for each in provider.concepts()
            if not concepts.is_inactive(provider, each) and not concepts.is_abstract(provider, each)
        )
        return cls(usable, abbreviations, uses)

    def find(self, text: str, count: int = 20, offset: int = 0) -> list[Hit]:
        """The best hits from `offset` on, `count` at most. Nothing typed, nothing found."""
        asked = fold(text)
        asked = self._abbreviations.get(asked, asked)
        parts = asked.split() if "." in asked else list(words(asked))
        if not parts:
            return []
        phrase = " ".join(parts)
        exact = " ".join(text.casefold().split())
        found = set() if self._used else self._beginning_with(phrase)
        if len(found) < offset + count:
            found = self._fitting(parts)
        best = nsmallest(offset + count, found, key=lambda number: self._rank(number, phrase, exact))
        return [self._hit(number, parts) for number in best[offset:]]

    def _beginning_with(self, phrase: str) -> set[int]:
        """Numbers of the lines whose code or display begins with the phrase: they rank before all others."""
        start = bisect_left(self._beginnings, (phrase,))
        stop = bisect_left(self._beginnings, (phrase + LAST,))
        return {number for _, number in self._beginnings[start:stop]}

    def _fitting(self, parts: list[str]) -> set[int]:
        """Numbers of the lines that have all words, the rarest word first."""
        spans = sorted((self._span(part) for part in parts), key=lambda span: span[1] - span[0])
        found: set[int] | None = None
        for start, stop in spans:
            lines: set[int] = set().union(*self._postings[start:stop])
            found = lines if found is None else found & lines
            if not found:
                break
        return found or set()

    def _span(self, prefix: str) -> tuple[int, int]:
        return bisect_left(self._words, prefix), bisect_left(self._words, prefix + LAST)

    def _rank(self, number: int, phrase: str, exact: str) -> tuple[int, int, int, int, str]:
        """The lower the better: code, begins like it, has it in one piece, has its words; then use, accents, brevity."""
        line = self._lines[number]
        if line.codes[0].startswith(phrase) or line.codes[1].startswith(phrase):
            group = 0 if phrase in line.codes else 1
        elif line.uses or line.folded.startswith(phrase):
            group = 2
        elif f" {phrase}" in line.folded:
            group = 4
        else:
            group = 3 if any(folded.startswith(phrase) for _, folded in line.others) else 5
        return group, -line.uses, exact not in line.lower, len(line.display), line.code

    def _hit(self, number: int, parts: list[str]) -> Hit:
        line = self._lines[number]
        if _has(line.folded, parts) or not line.others:
            return Hit(line.code, line.display)
        matched = next((value for value, folded in line.others if _has(folded, parts)), None)
        return Hit(line.code, line.display, matched)


def _has(folded: str, parts: list[str]) -> bool:
    known = words(folded)
    return all(any(word.startswith(part) for word in known) for part in parts)
