"""Nouns of this service: an article and its parts, a version of it, a question that found nothing; permissions, problems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from anlanh.kernel.problem import Problem
from anlanh.web.permission import Permission

WRITE = Permission(
    "knowledge.write",
    frozenset(("doctor", "nurse", "pharmacist", "station-worker", "surveillance-officer")),
    assurance=2,
)
"""Propose articles, and see what is due and what was asked for in vain."""

REVIEW = Permission(
    "knowledge.review", frozenset(("doctor", "pharmacist", "surveillance-officer")), assurance=2, fresh=True
)
"""Decide on what a colleague wrote, review again, withdraw."""


class Kind(Enum):
    """What an article is about, by the word in its file; `path` by the word in addresses."""

    ILLNESS = "bệnh"
    MEDICINE = "thuốc"
    TEST = "xét nghiệm"
    VACCINATION = "tiêm chủng"
    FIRST_AID = "sơ cứu"
    PREGNANCY = "mang thai"
    CHILD = "trẻ em"
    NUTRITION = "dinh dưỡng"
    VISIT = "chuẩn bị trước khi khám"


class Heading(Enum):
    """The parts that every article has, in this order."""

    WHAT = "Là gì"
    SIGNS = "Dấu hiệu"
    SELF_CARE = "Tự chăm sóc"
    DANGER = "Khi nào đi khám ngay"
    PREVENTION = "Phòng tránh"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (one line), or a list (`listed`: each line one point)."""

    lines: tuple[str, ...]
    listed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an article."""

    heading: Heading
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """All its words, one line each paragraph or point."""
        return "\n".join(line for block in self.blocks for line in block.lines)


@dataclass(frozen=True, slots=True)
class Source:
    """What an article rests on. `year` None: the source shows none. `url` empty: none that is sure."""

    publisher: str
    title: str
    year: int | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """An article as its file says it. `codes`: code system and beginning of a code that it explains; `also`: other names
    under which people look for it; `reviewed_by`: who checked it, another than who wrote it; `checked`: when its words were
    compared with its sources, by no clinician; None: they never were."""

    slug: str
    title: str
    title_en: str
    summary: str
    summary_en: str
    kind: Kind
    also: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]
    owner: str
    reviewed_by: str
    reviewed_on: date
    review_due: date
    sources: tuple[Source, ...]
    parts: tuple[Part, ...]
    checked: date | None = None

    def is_due(self, today: date) -> bool:
        """Whether it has to be reviewed again before it is shown as valid."""
        return self.review_due < today


@dataclass(frozen=True, slots=True)
class Version:
    """A version that staff wrote, reviewed again or withdrew. `number` counts from 1 in each article; `state`: waiting,
    public, refused or withdrawn; `text`: the file."""

    slug: str
    number: int
    state: str
    text: str
    written_by: str
    written_at: datetime
    decided_by: str | None
    decided_name: str
    decided_at: datetime | None
    review_due: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """An article as it holds now. `number` 0: as it came with the program, so nobody of the province has reviewed it."""

    article: Article
    number: int = 0
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Words that found nothing, and how often they were looked for. Nobody is known who did."""

    words: str
    times: int
    last_on: date


class NotAnArticle(Problem):
    issue = "value"
    says = "The article {slug} cannot be read: {why}."
    hint = "Keep the shape of the other articles: a header, then the five parts; docs/knowledge.md shows one."


class NoSuchArticle(Problem):
    issue = "not-found"
    says = "There is no such article."
    hint = "Look for it in the health library."


class Withdrawn(Problem):
    issue = "not-found"
    says = "This article has been withdrawn."
    hint = "Look for another one in the health library, or ask your health station."


class OwnText(Problem):
    issue = "forbidden"
    says = "An article is reviewed by somebody else than who wrote it."
    hint = "Ask a colleague who may review articles."


class AlreadyReviewed(Problem):
    issue = "conflict"
    says = "This version has been decided on before, or is not there."
    hint = "Look at the article once more."


class NotASlug(Problem):
    issue = "value"
    says = "The address {slug} cannot be used."
    hint = "Use small letters without accents, digits and hyphens, such as sot-xuat-huyet-dengue."
