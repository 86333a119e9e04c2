"""Overlays: what is more exact wins, and what is not understood is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anlanh.exchange.hl7v2 import sites
from anlanh.exchange.hl7v2.problems import BadSites


def test_what_is_more_exact_is_laid_over_what_is_general(tmp_path: Path) -> None:
    file = tmp_path / "sites.json"
    file.write_text(
        json.dumps(
            {"*": {"systems": {"L": "a", "M": "m"}}, "*|BVA": {"systems": {"L": "b"}}, "LIS|BVA": {"charset": "VNI"}}
        )
    )
    found = sites.read(file, "UTC")
    assert found.of("LIS|BVA").systems == {"L": "b", "M": "m"}
    assert (found.of("LIS|BVA").codec, found.of("HIS|BVA").codec) == ("vni", None)
    assert found.of("HIS|BVB").systems["L"] == "a"


@pytest.mark.parametrize(
    "overlay",
    [
        "not json", "[]", '{"*": 1}', '{"*": {"charsets": "x"}}', '{"*": {"charset": "KLINGON"}}', '{"*": {"drop": ["PID"]}}',
        '{"*": {"drop": 1}}', '{"*": {"systems": []}}', '{"*": {"codes": {"HL70001": 1}}}',
        '{"*": {"middle": "yes"}}',
    ],
)  # fmt: skip
def test_an_overlay_that_is_not_understood_starts_nothing(tmp_path: Path, overlay: str) -> None:
    file = tmp_path / "sites.json"
    file.write_text(overlay)
    with pytest.raises(BadSites):
        sites.read(file, "UTC")


def test_without_a_file_every_sender_is_read_by_the_standard() -> None:
    assert sites.read(None, "UTC").of("A|B").systems == {}
