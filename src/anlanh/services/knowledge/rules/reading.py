"""An article's file to an article: a header of `name: value`, a line `---`, then the parts under `## ` headings.

Names may stand more than once (`source`, `codes`); points of lists begin with `- `. Nothing else is marked up.

FHIR: Coding.system
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from anlanh.fhir.vn.systems import CVX, ICD10
from anlanh.services.knowledge.model import Article, Block, Heading, Kind, NotAnArticle, NotASlug, Part, Source

SYSTEMS: Mapping[str, str] = {
    "ICD-10": ICD10,
    "LOINC": "http://loinc.org",
    "ATC": "http://www.whocc.no/atc",
    "CVX": CVX,
}
"""Names of code systems in the files."""

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 60
LONGEST = 8_000
RESERVED = frozenset(("bien-tap", "moi"))
"""Addresses of other screens."""

ONCE = ("title", "title_en", "summary", "summary_en", "kind", "owner", "reviewed_by", "reviewed_on", "review_due")
MAYBE = ("checked",)
OFTEN = ("also", "codes", "source")
HEADINGS = {each.value: each for each in Heading}
KINDS = {each.value: each for each in Kind}
FIELDS_OF_A_SOURCE = 4


def article(slug: str, text: str) -> Article:
    """Read a file.

    Raises:
        NotASlug: the name cannot be an address. NotAnArticle: something is missing or not understood; it says what.
    """
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG or slug in RESERVED:
        raise NotASlug(slug=slug[:LONGEST_SLUG])
    if len(text) > LONGEST:
        raise NotAnArticle(slug=slug, why=f"more than {LONGEST} characters")
    head, bar, body = text.replace("\r\n", "\n").strip().partition("\n---\n")
    if not bar:
        raise NotAnArticle(slug=slug, why="no line --- after the header")
    once, often = _header(slug, head)
    reviewed_on, review_due = _day(slug, once["reviewed_on"]), _day(slug, once["review_due"])
    if review_due <= reviewed_on:
        raise NotAnArticle(slug=slug, why="review_due is not after reviewed_on")
    if once["kind"] not in KINDS:
        raise NotAnArticle(slug=slug, why=f"kind {once['kind']!r}")
    return Article(
        slug, once["title"], once["title_en"], once["summary"], once["summary_en"], KINDS[once["kind"]],
        tuple(each.strip() for line in often["also"] for each in line.split(",")),
        tuple(each for line in often["codes"] for each in _codes(slug, line)),
        once["owner"], once["reviewed_by"], reviewed_on, review_due,
        tuple(_source(slug, line) for line in often["source"]), _parts(slug, body),
        _day(slug, once["checked"]) if "checked" in once else None,
    )  # fmt: skip


def reviewed(text: str, by: str, on: date, due: date) -> str:
    """The same file with another reviewer and other days. Safe to repeat."""
    for name, value in (("reviewed_by", by), ("reviewed_on", on.isoformat()), ("review_due", due.isoformat())):
        line = f"{name}: {' '.join(value.split())}".replace("\\", "")
        text = re.sub(rf"^{name}:.*$", line, text, count=1, flags=re.MULTILINE)
    return text


def _header(slug: str, head: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    once: dict[str, str] = {}
    often: dict[str, list[str]] = {name: [] for name in OFTEN}
    for line in head.splitlines():
        name, _colon, value = (each.strip() for each in line.partition(":"))
        if name in OFTEN and value:
            often[name].append(value)
        elif name in (*ONCE, *MAYBE) and value and name not in once:
            once[name] = value
        else:
            raise NotAnArticle(slug=slug, why=f"the line {line[:60]!r} of the header")
    if missing := [name for name in ONCE if name not in once] + ["source"] * (not often["source"]):
        raise NotAnArticle(slug=slug, why=f"the header lacks {', '.join(missing)}")
    return once, often


def _day(slug: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotAnArticle(slug=slug, why=f"{text[:20]!r} is no day, such as 2026-11-20") from None


def _codes(slug: str, line: str) -> list[tuple[str, str]]:
    """`ICD-10 A90, A91` to pairs of system and beginning."""
    name, _blank, beginnings = line.partition(" ")
    found = [each.strip() for each in beginnings.split(",")]
    if name not in SYSTEMS or not all(found):
        raise NotAnArticle(slug=slug, why=f"the codes {line[:60]!r}")
    return [(SYSTEMS[name], each) for each in found]


def _source(slug: str, line: str) -> Source:
    """`publisher | title | year | URL`; the year may be empty, the URL may be missing."""
    publisher, title, year, url = ([each.strip() for each in line.split("|")] + [""] * FIELDS_OF_A_SOURCE)[
        :FIELDS_OF_A_SOURCE
    ]
    if not (publisher and title and (year.isdecimal() or not year)) or (
        url and not url.startswith(("https://", "http://"))
    ):
        raise NotAnArticle(slug=slug, why=f"the source {line[:60]!r}")
    return Source(publisher, title, int(year) if year else None, url)


def _parts(slug: str, body: str) -> tuple[Part, ...]:
    found = [each.partition("\n") for each in re.split(r"^## ", body.strip(), flags=re.MULTILINE) if each.strip()]
    names = [name.strip() for name, _line, _text in found]
    if names != list(HEADINGS):
        raise NotAnArticle(slug=slug, why=f"the parts have to be: {', '.join(HEADINGS)}")
    parts = tuple(Part(HEADINGS[name.strip()], _blocks(text.strip().splitlines())) for name, _line, text in found)
    if empty := [each.heading.value for each in parts if not each.blocks]:
        raise NotAnArticle(slug=slug, why=f"nothing under {', '.join(empty)}")
    return parts


def _blocks(lines: Sequence[str]) -> tuple[Block, ...]:
    """Points that follow each other are one list; every other line is a paragraph."""
    blocks: list[Block] = []
    for line in (each.strip() for each in lines):
        if not line:
            continue
        if not line.startswith("- "):
            blocks.append(Block((line,), False))
        elif blocks and blocks[-1].listed:
            blocks[-1] = Block((*blocks[-1].lines, line[2:].strip()), True)
        else:
            blocks.append(Block((line[2:].strip(),), True))
    return tuple(blocks)
