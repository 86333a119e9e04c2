"""Verbs: the shelf of articles as it holds now, searching it, and what staff do to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

from anlanh.fhir.store.record import Record
from anlanh.fhir.vn.systems import ICD10
from anlanh.platform.work import Work
from anlanh.services.knowledge import store
from anlanh.services.knowledge.model import (
    AlreadyReviewed,
    Article,
    Held,
    NoSuchArticle,
    OwnText,
    Question,
    Version,
    Withdrawn,
)
from anlanh.services.knowledge.rules import asking, linking, reading, searching

PACKAGE = "package"
"""Who wrote what comes with the program."""

VALID = timedelta(days=730)
"""How long a review holds."""

QUESTIONS = 50


@dataclass(frozen=True, slots=True)
class Shelf:
    """All articles as they hold now, by slug; `today` says which are due. What is due or withdrawn is not found."""

    held: dict[str, Held]
    today: date

    @property
    def valid(self) -> tuple[Article, ...]:
        """Articles that may be found, in order of slug."""
        found = (each.article for each in self.held.values() if not each.withdrawn)
        return tuple(each for each in found if not each.is_due(self.today))

    def article_for(self, system: str, code: str) -> Article | None:
        """The article that explains a code, by the longest beginning; None: no one does."""
        return linking.explaining(_by_beginning(self.valid), system, code)

    def illness(self, code: str) -> Article | None:
        """The same for a code of ICD-10, possibly empty."""
        return self.article_for(ICD10, code)

    def medicine(self, atc: str) -> Article | None:
        """The same for a code of ATC, possibly empty."""
        return self.article_for(reading.SYSTEMS["ATC"], atc)

    def for_key(self, key: str) -> Article | None:
        """The same for a key `system|code`."""
        system, _bar, code = key.partition("|")
        return self.article_for(system, code)


async def shelf(work: Work, record: Record) -> Shelf:
    """The articles of the program, each replaced by what staff made of it."""
    held = {slug: Held(article) for slug, article in _given().items()}
    for each in await store.holding(work):
        held[each.slug] = Held(reading.article(each.slug, each.text), each.number, each.state == "withdrawn")
    return Shelf(dict(sorted(held.items())), _today(work, record))


async def article(work: Work, record: Record, slug: str) -> tuple[Shelf, Held]:
    """One article, also one that is due, with the shelf it stands on.

    Raises:
        NoSuchArticle, Withdrawn: it is not there, or not any more.
    """
    all_of_them = await shelf(work, record)
    found = all_of_them.held.get(slug)
    if found is None:
        raise NoSuchArticle
    if found.withdrawn:
        raise Withdrawn
    return all_of_them, found


async def search(work: Work, record: Record, words: str) -> tuple[Article, ...]:
    """Articles that answer, the best first. Words that find nothing are counted, without anybody who asked."""
    all_of_them = await shelf(work, record)
    found = searching.search(searching.index(all_of_them.valid), words)
    if not found and (counted := asking.countable(words)):
        await store.forget_questions(work, all_of_them.today, asking.KEPT_DAYS)
        await store.count_question(work, counted, all_of_them.today, asking.MOST_KEPT)
    return found


async def questions(work: Work) -> list[Question]:
    """What was asked for several times and found nothing, the most frequent first."""
    return await store.questions(work, asking.SHOWN_FROM, QUESTIONS)


async def text_of(work: Work, slug: str) -> str:
    """The file of an article as it holds, or as it was last proposed by whoever acts; empty: there is none."""
    mine = [
        each for each in await store.versions(work, slug)
        if each.state in ("public", "withdrawn") or (each.state == "waiting" and each.written_by == work.principal.subject)
    ]  # fmt: skip
    return mine[0].text if mine else store.given().get(slug, "")


async def propose(work: Work, slug: str, text: str) -> Version:
    """Keep a new text, which somebody else has to review. Safe to repeat: the same text waits once.

    Raises:
        NotASlug, NotAnArticle: it cannot be read.
    """
    reading.article(slug, text)
    me = work.principal.subject
    before = [each for each in await store.versions(work, slug) if each.state == "waiting" and each.text == text]
    number = before[0].number if before else await store.add(work, slug, "waiting", text, me)
    return await version(work, slug, number)


async def version(work: Work, slug: str, number: int) -> Version:
    """One version.

    Raises:
        AlreadyReviewed: there is none.
    """
    found = next((each for each in await store.versions(work, slug) if each.number == number), None)
    if found is None:
        raise AlreadyReviewed
    return found


async def decide(work: Work, record: Record, slug: str, number: int, approved: bool) -> None:
    """Approve or refuse what a colleague wrote; approved it is public at once, reviewed today.

    Raises:
        OwnText: who acts wrote it. AlreadyReviewed: it was decided on before.
    """
    of = await version(work, slug, number)
    if of.written_by == work.principal.subject:
        raise OwnText
    name, today = await _reviewer(work, record)
    due = today + VALID if approved else None
    text = reading.reviewed(of.text, name, today, today + VALID) if approved else of.text
    if not await store.decide(work, of, "public" if approved else "refused", text, name, due):
        raise AlreadyReviewed


async def review_again(work: Work, record: Record, slug: str) -> None:
    """Say that an article still holds as it stands; it is valid anew from today.

    Raises:
        NoSuchArticle, Withdrawn: it is not there. OwnText: who acts wrote it.
    """
    author, text = await _standing(work, record, slug)
    if author == work.principal.subject:
        raise OwnText
    name, today = await _reviewer(work, record)
    due = today + VALID
    decided = (work.principal.subject, name, due)
    await store.add(work, slug, "public", reading.reviewed(text, name, today, due), author, decided)


async def withdraw(work: Work, record: Record, slug: str) -> None:
    """Take an article away at once, by one person alone: what may do harm does not wait.

    Raises:
        NoSuchArticle, Withdrawn: it is not there.
    """
    author, text = await _standing(work, record, slug)
    name, _ = await _reviewer(work, record)
    await store.add(work, slug, "withdrawn", text, author, (work.principal.subject, name, None))


async def _standing(work: Work, record: Record, slug: str) -> tuple[str, str]:
    """Who wrote the text that holds, and the text."""
    await article(work, record, slug)
    held = next((each for each in await store.versions(work, slug) if each.state == "public"), None)
    return (held.written_by, held.text) if held else (PACKAGE, store.given()[slug])


async def _reviewer(work: Work, record: Record) -> tuple[str, date]:
    """The name under which who acts reviews, and the day."""
    name = await store.name_of(work, record, work.principal.subject)
    return name or work.principal.role, _today(work, record)


def _today(work: Work, record: Record) -> date:
    return work.at.astimezone(record.zone).date()


@cache
def _given() -> dict[str, Article]:
    return {slug: reading.article(slug, text) for slug, text in store.given().items()}


@lru_cache(maxsize=4)
def _by_beginning(articles: tuple[Article, ...]) -> linking.By:
    return linking.by_beginning(articles)
