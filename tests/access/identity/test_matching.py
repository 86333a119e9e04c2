"""Names, dates and whole persons side by side: tables of cases, properties, and planted duplicates."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlanh.access.identity import comparing, matching, names, person
from tests.access.identity import measured, planted

FAMILY = ("Nguyễn", "Trần", "Lý", "Ma", "Đặng", "Hoàng")
MIDDLE = ("Văn", "Thị", "Thúy", "Đức", "Bảo", "")
GIVEN = ("Hà", "Hạ", "Hoà", "Dũng", "Mỹ", "Anh", "Quý")
NAMES = st.tuples(*map(st.sampled_from, (FAMILY, MIDDLE, GIVEN))).map(lambda parts: " ".join(filter(None, parts)))


@pytest.mark.parametrize(
    ("one", "two", "level"),
    [
        ("Nguyễn Thị Hoa", "Nguyễn Thị Hoa", "same"),
        ("Nguyễn Thị Hòa", "Nguyễn Thị Hoà", "same"),
        ("Lý Thị Mỹ", "Lí Thị Mĩ", "same"),
        ("ĐẶNG VĂN ĐỨC", "Đặng Văn Đức", "same"),
        ("Đặng Văn Đức", "DANG VAN DUC", "folded"),
        ("Nguyễn Thị Hoa", "Hoa Thị Nguyễn", "reordered"),
        ("Nguyễn Thị Hoa", "Thị Hoa Nguyễn", "reordered"),
        ("Nguyễn Thị Thu Hoa", "Hoa Nguyen", "reordered"),
        ("Nguyễn Thị Thu Hoa", "Nguyễn Hoa", "middle-missing"),
        ("Nguyễn Thị Thu Hoa", "Nguyễn Thu Hoa", "middle-missing"),
        ("Trần Văn Nam", "Trần V. Nam", "abbreviated"),
        ("Trần Văn Nam", "Trần Văm Nam", "typo"),
        ("Trần ThịNga", "Trần Thị Nga", "typo"),
        ("Ngyễn Văn Nam", "Nguyễn Văn Nam", "typo"),
        ("Trần Thị Lan", "Trần Thị Loan", "given-typo"),
        ("Ma Thị Hà", "Ma Thị Hạ", "accents"),
        ("Nguyễn Thị Hoa", "Nguyễn Thị Hòa", "accents"),
        ("Nguyễn Bảo Anh", "Nguyễn Gia Anh", "middle-differs"),
        ("Trần Văn Nam", "Nông Văn Nam", "family-differs"),
        ("Trần Văn Nam", "Trần Văn Khánh", "given-differs"),
        ("Trần Văn Nam", "Nông Thị Pèng", "different"),
    ],
)
def test_names_are_alike_as_people_would_say(one: str, two: str, level: str) -> None:
    assert names.compare(names.read(one), names.read(two)) == level  # type: ignore[arg-type]  # they are names


@pytest.mark.parametrize("text", ["", "Con bà Nguyễn Thị Hoa", "CB HOA", "Vô danh", "Bé trai", "Không rõ tên"])
def test_a_newborn_and_an_unknown_person_have_no_name(text: str) -> None:
    assert names.read(text) is None


@given(NAMES, NAMES)
def test_names_compare_the_same_in_both_directions(one: str, two: str) -> None:
    a, b = names.read(one), names.read(two)
    assert a is not None
    assert b is not None
    assert names.compare(a, b) == names.compare(b, a)


@given(NAMES)
def test_how_a_name_is_encoded_and_in_which_case_does_not_matter(text: str) -> None:
    written = names.read(unicodedata.normalize("NFD", text).upper())
    assert names.compare(names.read(text), written) == "same"  # type: ignore[arg-type]  # they are names


@pytest.mark.parametrize(
    ("one", "two", "level"),
    [
        ("1985-03-05", "1985-03-05", "same"),
        ("1985-03-05", "1985-05-03", "swapped"),
        ("1985-03-05", "1958-03-05", "slip"),
        ("1985-03-05", "1985-03-06", "slip"),
        ("1985-03-05", "1985", "year"),
        ("1950-01-01", "1950-07-02", "year"),
        ("1950-01-01", "1950-01-01", "year"),
        ("1985-03-05", "1985-11-27", "same-year"),
        ("1985-03-05", "1991-11-27", "differs"),
        ("1985-03-05", None, "unknown"),
    ],
)
def test_birth_dates_are_alike_though_part_of_them_is_wrong_or_missing(one: str, two: str | None, level: str) -> None:
    a, b = person.of({"birthDate": one}).born, person.of({"birthDate": two}).born
    assert comparing.birth(a, b) == comparing.birth(b, a) == level


def _patient(name: str = "Nông Văn Thành", **more: Any) -> dict[str, Any]:
    number = more.pop("number", None)
    return {
        "resourceType": "Patient", "name": [{"text": name}], "gender": "male", "birthDate": "1959-04-12",
        "telecom": [{"system": "phone", "value": "0950000001"}],
        "address": [{"line": ["Thôn Pác Nghè"], "city": "Xã Chợ Rã", "state": "Thái Nguyên"}],
        "identifier": [{"system": "http://fhir.vn/sid/cccd", "value": number}] if number else [], **more,
    }  # fmt: skip


def _verdict(one: dict[str, Any], two: dict[str, Any]) -> str:
    return matching.score(person.of(one), person.of(two)).verdict


def test_one_personal_number_and_alike_names_are_one_person() -> None:
    moved = _patient("NONG VAN THANH", number="006059000001", address=[], telecom=[], birthDate="1959")
    assert _verdict(_patient(number="006059000001"), moved) == "automatic"


def test_two_active_personal_numbers_are_never_one_person_without_asking() -> None:
    assert _verdict(_patient(number="006059000001"), _patient(number="006059999999")) != "automatic"


def test_a_number_that_was_cancelled_is_still_that_persons() -> None:
    old = {"system": "http://fhir.vn/sid/cccd", "value": "006059000001", "use": "old"}
    new = {"system": "http://fhir.vn/sid/cccd", "value": "006059000777"}
    assert _verdict(_patient(number="006059000001"), _patient(identifier=[old, new])) == "automatic"


def test_a_mother_whose_card_was_used_for_her_child_is_for_a_steward() -> None:
    child = _patient("Nông Bảo Châu", number="006059000001", birthDate="2024-02-03")
    assert _verdict(_patient("Hoàng Thị Lành", number="006059000001"), child) == "waiting"


@pytest.mark.parametrize(
    ("one", "two"),
    [("Nông Thị Hà", "Nông Thị Hạ"), ("Nông Bảo Anh", "Nông Gia Anh"), ("Nông Thị Lan", "Nông Thị Loan")],
)
def test_twins_with_nearly_one_name_are_not_merged(one: str, two: str) -> None:
    assert _verdict(_patient(one), _patient(two)) != "automatic"


def test_a_father_and_his_son_of_the_same_name_are_two_people() -> None:
    assert _verdict(_patient(), _patient(birthDate="1986-04-12")) == "different"


def test_unnamed_newborns_of_one_mother_are_never_merged_without_asking() -> None:
    assert _verdict(_patient("Con bà Lành"), _patient("Con bà Lành")) != "automatic"


def test_a_commune_of_before_the_merger_is_the_one_of_today() -> None:
    before = _patient(
        address=[{"line": ["thon pac nghe"], "city": "Thị trấn Chợ Rã", "district": "Huyện Ba Bể"}], telecom=[]
    )
    assert comparing.compare(person.of(_patient()), person.of(before)).where == "home"


def test_van_lang_is_not_van_lang_of_another_accent() -> None:
    one = person.of({"address": [{"city": "Xã Văn Lang"}]})
    two = person.of({"address": [{"city": "Xã Văn Lăng"}]})
    assert comparing.compare(one, two).where == "elsewhere"


def test_planted_duplicates_are_found_and_nobody_else() -> None:
    world = planted.world(12_000, seed=43)
    people = measured.persons(world)
    pairs = measured.scored(people)
    found = measured.figures(world, pairs)
    assert found.true >= 0.05 * 12_000
    assert found.recall >= 0.98
    assert found.precision >= 0.999
    assert found.reached >= 0.995
    assert {pair: matching.score(people[pair[1]], people[pair[0]], len(people)) for pair in pairs} == pairs
