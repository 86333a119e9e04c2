"""Places of pages: what they tell, and whose are taken."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from anlanh.access.accounts.vault import Vault
from anlanh.fhir.search import cursors
from anlanh.fhir.search.cursors import KEY_BYTES, Cursors
from anlanh.fhir.search.problems import BadCursor

PLACE: tuple[list[Any], int] = (["Nguyễn Thị Lan Anh", None, 12.5], -(2**63))


def of(data: Path) -> Cursors:
    return Cursors(lambda: Vault.of(data).key_for("cursors", KEY_BYTES))


def opened(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_every_process_of_an_installation_opens_the_places_of_the_others_and_after_a_restart_too(
    tmp_path: Path,
) -> None:
    text = of(tmp_path).close(*PLACE)
    assert of(tmp_path).open(text, 3) == [*PLACE[0], PLACE[1]]
    assert text.replace("-", "").replace("_", "").isalnum()


def test_a_place_tells_neither_the_values_nor_how_long_they_are(tmp_path: Path) -> None:
    ours = of(tmp_path)
    texts = [ours.close([name], 7) for name in ("An", "Bình", "Nguyễn Thị Lan")]
    assert len({len(text) for text in texts}) == 1
    assert not any(name in opened(text) for text in texts for name in (b"An", "Bình".encode(), b"Lan"))


def test_a_place_that_holds_only_a_key_outlives_a_change_of_the_key() -> None:
    assert Cursors().open(Cursors().close([], 7), 0) == [7]


@pytest.mark.parametrize(
    "text",
    [
        "", "abc", "é", "=", "A" * 64, cursors.encode(PLACE[0], PLACE[1]), Cursors().close(*PLACE),
    ],
)  # fmt: skip
def test_places_of_before_of_another_server_and_of_nobody_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadCursor):
        of(tmp_path).open(text, 3)


def test_a_place_that_was_changed_or_is_of_another_order_is_refused(tmp_path: Path) -> None:
    ours = of(tmp_path)
    content = bytearray(opened(ours.close(*PLACE)))
    content[-1] ^= 1
    with pytest.raises(BadCursor):
        ours.open(base64.urlsafe_b64encode(content).decode(), 3)
    with pytest.raises(BadCursor):
        ours.open(ours.close(*PLACE), 2)
    with pytest.raises(BadCursor):
        ours.open(ours.close(*PLACE), 0)


@pytest.mark.parametrize("content", [b"[7]", b"7", b"[1,9223372036854775808]", b'[1,"7"]', b"[1,7"])
def test_what_is_no_place_of_so_many_values_is_refused(content: bytes) -> None:
    with pytest.raises(BadCursor):
        cursors.decode(base64.urlsafe_b64encode(content).decode(), 1)
