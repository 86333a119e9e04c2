"""Folding of Vietnamese and other text."""

from __future__ import annotations

import unicodedata

import pytest

from anlanh.kernel.vn.fold import fold, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đái tháo đường", "dai thao duong"),
        ("NGUYỄN THỊ ƯỚC", "nguyen thi uoc"),
        ("  two   spaces\t here ", "two spaces here"),
        ("Straße", "strasse"),
        ("Ørsted Łódź", "orsted lodz"),
        ("", ""),
        ("ภาษาไทย", "ภาษาไทย"),
    ],
)
def test_marks_and_case_and_extra_spaces_are_dropped(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_composed_and_decomposed_text_fold_to_the_same() -> None:
    text = "Phường Đức Xuân, tỉnh Thái Nguyên"
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_folding_twice_changes_nothing() -> None:
    assert fold(fold("Bệnh viện Trung ương Thái Nguyên İ ẞ")) == fold("Bệnh viện Trung ương Thái Nguyên İ ẞ")


def test_words_leave_punctuation_out() -> None:
    assert words("Tăng huyết áp (vô căn) – I10") == ("tang", "huyet", "ap", "vo", "can", "i10")
