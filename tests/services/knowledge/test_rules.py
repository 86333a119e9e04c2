"""Articles: each that comes with the program is whole and easy to read; searching and linking by code."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from anlanh.fhir.vn.systems import CVX, ICD10
from anlanh.services.knowledge import store
from anlanh.services.knowledge.model import Article, Heading, Kind, NotAnArticle, NotASlug
from anlanh.services.knowledge.rules import asking, linking, readability, reading, searching

GIVEN = tuple(reading.article(slug, text) for slug, text in store.given().items())
FILE = next(iter(store.given().values()))
each_article = pytest.mark.parametrize("article", GIVEN, ids=lambda each: each.slug)


def found(words: str) -> list[str]:
    """The slugs of what is found, the best first."""
    return [each.slug for each in searching.search(searching.index(GIVEN), words)]


def slug_of(system: str, code: str) -> str:
    """The slug of the article that explains a code; empty: none."""
    article = linking.explaining(linking.by_beginning(GIVEN), system, code)
    return article.slug if article else ""


def test_the_starting_set_has_sixty_articles_and_more_of_every_kind() -> None:
    assert len(GIVEN) >= 60
    assert {each.kind for each in GIVEN} == set(Kind)
    assert len({each.title for each in GIVEN}) == len(GIVEN)


@each_article
def test_an_article_is_whole(article: Article) -> None:
    assert [part.heading for part in article.parts] == list(Heading)
    danger = next(part for part in article.parts if part.heading is Heading.DANGER)
    assert sum(len(block.lines) for block in danger.blocks if block.listed) >= 3
    assert article.sources
    assert len(article.summary.splitlines()) == 1
    assert article.review_due - article.reviewed_on >= timedelta(days=365)


@each_article
def test_an_article_reads_easily(article: Article) -> None:
    lengths = readability.sentences(article)
    assert readability.mean_length(article) <= readability.LONGEST_MEAN
    assert max(lengths) <= readability.LONGEST_SENTENCE
    assert readability.SHORTEST <= sum(lengths) <= readability.LONGEST


def test_no_code_is_explained_by_two_articles() -> None:
    codes = [code for each in GIVEN for code in each.codes]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("sot xuat huyet", "sot-xuat-huyet-dengue"),
        ("SỐT XUẤT HUYẾT", "sot-xuat-huyet-dengue"),
        ("tiểu đường", "dai-thao-duong-tip-2"),
        ("cao huyet ap", "tang-huyet-ap"),
        ("chó cắn", "benh-dai"),
        ("measles", "soi"),
        ("con tôi bị sốt phải làm sao", "sot-o-tre"),
        ("bi bong nuoc soi", "bong"),
    ],
)
def test_people_find_with_or_without_accents_and_by_other_names(words: str, slug: str) -> None:
    assert found(words)[0] == slug


@pytest.mark.parametrize("words", ["", "???", "xyz qwerty", "đau mắt hột"])
def test_what_no_article_answers_finds_nothing(words: str) -> None:
    assert found(words) == []


@pytest.mark.parametrize(
    ("system", "code", "slug"),
    [
        (ICD10, "I10", "tang-huyet-ap"),
        (ICD10, "A97.1", "sot-xuat-huyet-dengue"),
        (ICD10, "O24.4", "dai-thao-duong-thai-ky"),
        (ICD10, "R62.0", "phat-trien-cua-tre"),
        (ICD10, "R62.8", "tang-truong-cua-tre"),
        (reading.SYSTEMS["ATC"], "C08CA01", "thuoc-huyet-ap"),
        (reading.SYSTEMS["LOINC"], "4548-4", "duong-mau-hba1c"),
        (CVX, "05", "tiem-chung-mo-rong"),
        (ICD10, "Z99", ""),
        ("http://example.vn", "I10", ""),
        (ICD10, "", ""),
    ],
)
def test_the_longest_beginning_of_a_code_wins(system: str, code: str, slug: str) -> None:
    assert slug_of(system, code) == slug


def test_an_article_is_due_after_its_day() -> None:
    article = GIVEN[0]
    assert not article.is_due(article.review_due)
    assert article.is_due(article.review_due + timedelta(days=1))


def test_a_review_changes_who_and_when_and_nothing_else() -> None:
    text = reading.reviewed(FILE, "BS. Lê Thị\nHoa", date(2027, 1, 2), date(2029, 1, 2))
    before, after = reading.article("a", FILE), reading.article("a", text)
    assert (after.reviewed_by, after.reviewed_on, after.review_due) == (
        "BS. Lê Thị Hoa",
        date(2027, 1, 2),
        date(2029, 1, 2),
    )
    assert (after.title, after.parts, after.sources) == (before.title, before.parts, before.sources)


def test_an_article_says_when_its_words_were_compared_with_its_sources_if_they_were() -> None:
    without = "\n".join(line for line in FILE.splitlines() if not line.startswith("checked: "))
    compared = without.replace("\nsource: ", "\nchecked: 2026-11-23\nsource: ", 1)
    assert reading.article("a", without).checked is None
    assert reading.article("a", compared).checked == date(2026, 11, 23)


def test_a_source_that_shows_no_year_is_cited_without_one() -> None:
    dated = FILE.replace(
        "\nsource: ", "\nsource: WHO | Dengue | 2024\nsource: WHO | Rabies | | https://who.int\nsource: ", 1
    )
    assert [(each.title, each.year) for each in reading.article("a", dated).sources[:2]] == [
        ("Dengue", 2024),
        ("Rabies", None),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: ", "titel: "),
        ("kind: bệnh", "kind: chuyện"),
        ("\n---\n", "\n"),
        ("source: ", "also: "),
        ("## Dấu hiệu", "## Khác"),
        ("reviewed_on: 2026-11-20", "reviewed_on: hôm qua"),
        ("reviewed_on: 2026-11-20", "reviewed_on: 2099-01-01"),
        ("review_due: ", "checked: hôm qua\nreview_due: "),
        ("https://", "javascript:"),
        ("codes: ICD-10 ", "codes: ICD-11 "),
    ],
)
def test_a_file_that_lacks_something_says_what(old: str, new: str) -> None:
    whole = store.given()["covid-19"]
    assert old in whole
    with pytest.raises(NotAnArticle):
        reading.article("covid-19", whole.replace(old, new))


@pytest.mark.parametrize("slug", ["", "Sởi", "a/b", "bien-tap", "moi", "-a", "a" * 61])
def test_an_address_is_plain_and_not_that_of_another_screen(slug: str) -> None:
    with pytest.raises(NotASlug):
        reading.article(slug, FILE)


@pytest.mark.parametrize("text", ["0912345678", "a@b.vn", "một hai ba bốn năm sáu", "x" * 41, "!!"])
def test_words_that_may_be_of_a_person_are_not_counted(text: str) -> None:
    assert asking.countable(text) == ""
