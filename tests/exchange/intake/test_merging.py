"""A name that is carefully written is not lost to a system that writes in capitals."""

from __future__ import annotations

import pytest

from anlanh.exchange.intake.merging import merged

KNOWN = {"family": "Phạm", "given": ["Thu", "Hà"]}


def named(name: object) -> dict[str, object]:
    return {"resourceType": "Patient", "name": [name]}


@pytest.mark.parametrize(
    "told",
    [
        {"family": "PHẠM", "given": ["HÀ", "THU"]},
        {"family": "PHAM", "given": ["THU", "HA"]},
        {"text": "pham thu ha"},
        {"text": "Phạm Hà Thu"},
    ],
)
def test_the_same_name_in_capitals_without_marks_or_in_another_order_changes_nothing(told: object) -> None:
    assert merged(named(KNOWN), named(told))["name"] == [KNOWN]


@pytest.mark.parametrize(
    "told", [{"family": "Phạm", "given": ["Thu", "Hằng"]}, {"family": "TRẦN", "given": ["THU HÀ"]}]
)
def test_another_name_replaces_it(told: object) -> None:
    assert merged(named(KNOWN), named(told))["name"] == [told]


def test_the_marks_are_taken_when_they_come() -> None:
    assert merged(named({"text": "PHAM THU HA"}), named(KNOWN))["name"] == [KNOWN]
