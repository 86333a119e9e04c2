"""Numbers and cards that identify people."""

from __future__ import annotations

from datetime import date

import pytest

from anlanh.kernel.vn import identity
from anlanh.kernel.vn.identity import Card, NotACard, NotACardCode, NotAPersonalId, PersonalId, ScannedCard

SCANNED = "019185001234|091234567|Nguyễn Thị  Hoa|05031985|Nữ|Tổ 5, Phan Đình Phùng, Thái Nguyên|12052021"


@pytest.mark.parametrize(
    ("text", "gender", "year"),
    [
        ("019185001234", "female", 1985),
        ("019 085 001 234", "male", 1985),
        ("019207001234", "male", 2007),
        ("006311000000", "female", 2011),
    ],
)
def test_a_personal_number_hints_at_sex_and_year(text: str, gender: str, year: int) -> None:
    found = identity.personal_id(text)
    assert found == PersonalId(text.replace(" ", ""), found.value[:3], gender, year)


@pytest.mark.parametrize("text", ["", "01918500123", "0191850012345", "VD-19901-20261123", "01918500123a"])
def test_what_has_not_twelve_digits_is_no_personal_number(text: str) -> None:
    with pytest.raises(NotAPersonalId):
        identity.personal_id(text)


def test_an_insurance_card_is_taken_apart() -> None:
    assert identity.card("gd 4 19 9900000001") == Card("GD4199900000001", "GD", "4", "19", "9900000001")


@pytest.mark.parametrize("text", ["", "GD9199900000001", "9900000001", "G44199900000001"])
def test_what_has_another_form_is_no_insurance_card(text: str) -> None:
    with pytest.raises(NotACard):
        identity.card(text)


def test_the_code_on_a_card_is_read() -> None:
    assert identity.scanned_card("\ufeff" + SCANNED + "|more\r\n") == ScannedCard(
        "019185001234",
        "091234567",
        "Nguyễn Thị Hoa",
        date(1985, 3, 5),
        "female",
        "Tổ 5, Phan Đình Phùng, Thái Nguyên",
        date(2021, 5, 12),
    )


def test_a_card_without_day_of_birth_or_date_of_issue_is_read_all_the_same() -> None:
    found = identity.scanned_card("019140001234||Hoàng Thị Già|00001940|Nữ|Thái Nguyên")
    assert (found.old_id, found.birth_date, found.issued_on) == (None, None, None)


@pytest.mark.parametrize("text", ["", "https://example.org", "019185001234|x", "GD4199900000001|a|b|c|d|e|f"])
def test_another_code_is_refused(text: str) -> None:
    with pytest.raises(NotACardCode):
        identity.scanned_card(text)
