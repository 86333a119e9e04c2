"""Every SHALL of SMART App Launch and of Bulk Data that binds a server has a test, or a reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import requirements
from tests.conformance.requirements import TITLES

APPS_PAGE = Path(__file__).parents[2] / "docs" / "smart.md"


@pytest.mark.parametrize("guide", TITLES)
def test_every_requirement_has_a_test_or_a_reason_and_none_has_both(guide: str) -> None:
    demanded = requirements.demanded(guide)
    met = {each.number for each in requirements.named() if each.guide == guide}
    excused = set(requirements.reasons()[guide])
    assert sorted(demanded - met - excused) == []
    assert sorted(met & excused) == []
    assert sorted(excused - demanded) == []


def test_the_page_says_what_the_tests_say() -> None:
    wanted = requirements.render({guide: requirements.demanded(guide) for guide in TITLES})
    page = requirements.PAGE.read_text(encoding="utf-8")
    assert page == wanted, "python -m tests.conformance.requirements"


@pytest.mark.parametrize("kit", requirements.inferno())
def test_every_test_of_inferno_has_one_of_ours_or_a_reason(kit: str) -> None:
    ours = requirements.inferno()[kit]
    assert sorted(requirements.of_inferno(kit) - set(ours)) == []
    assert [each for each in ours.values() if not each.startswith("outside: ") and not requirements.exists(each)] == []


def test_ranges_of_numbers_are_read() -> None:
    assert requirements.numbers("3 7-9") == {3, 7, 8, 9}


def test_the_page_for_apps_says_what_happens_with_linked_patients() -> None:
    """SMART [139]"""
    assert "Patient.link" in APPS_PAGE.read_text(encoding="utf-8")
