"""Pages of which some rows are hidden: full all the same, each row once, and nothing tells how many were left out."""

from __future__ import annotations

import random

import pytest

from tests.access.stage import AN, Actor, Stage, condition


def _pages(actor: Actor, search: str) -> list[list[str]]:
    pages, path = [], search
    while path:
        said = actor.get(path)
        pages.append(said.ids)
        following = [link["url"] for link in said.body["link"] if link["relation"] == "next"]
        path = following[0].partition("/fhir/")[2] if following else ""
    return pages


@pytest.mark.parametrize("hidden", [0, 1, 4, 5, 9, 25, 40])
@pytest.mark.parametrize("count", [3, 20])
def test_a_page_is_full_whatever_is_hidden_between(stage: Stage, hidden: int, count: int) -> None:
    rng = random.Random(hidden)
    guarded = set(rng.sample(range(40), hidden))
    for day in range(40):
        code = "B20" if day in guarded else "I10"
        at = f"2026-{1 + day // 28:02}-{1 + day % 28:02}"
        stage.put(condition(f"day-{day:02}", AN, code, onsetDateTime=at))
    wanted = [f"Condition/day-{day:02}" for day in range(39, -1, -1) if day not in guarded]
    pages = _pages(stage.doctor, f"Condition?patient={AN}&onset-date=ge2026&_sort=-onset-date&_count={count}")
    assert [each for page in pages for each in page] == wanted
    assert all(len(page) == count for page in pages[:-1])
    assert pages[-1] or len(pages) == 1
