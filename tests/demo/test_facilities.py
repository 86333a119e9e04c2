"""Facilities: one station in each commune, the hospitals of the province, codes that nobody has."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from anlanh.demo import beds, facilities, places, staff
from anlanh.kernel.vn import boundaries


def test_there_are_92_communes_of_one_million_eight_hundred_thousand_people() -> None:
    assert len(places.communes()) == 92
    assert sum(each.urban for each in places.communes()) == 15
    assert 1_790_000 < sum(each.people for each in places.communes()) < 1_810_000


def test_the_middle_of_a_commune_lies_in_it_or_beside_it() -> None:
    inside = [boundaries.commune_at(each.longitude, each.latitude) == each.code for each in places.communes()]
    assert sum(inside) >= 90


def test_every_commune_has_its_station_and_a_hospital() -> None:
    assert [each.commune for each in facilities.stations()] == [each.code for each in places.communes()]
    assert all(facilities.nearest_hospital(each.code).departments for each in places.communes())


@pytest.mark.parametrize(
    ("commune", "hospital"), [("05443", "bv-trung-uong"), ("01912", "ttyt-ba-be"), ("05692", "ttyt-dong-hy")]
)
def test_people_go_to_the_hospital_nearby(commune: str, hospital: str) -> None:
    assert facilities.nearest_hospital(commune).id == hospital


def test_codes_of_facilities_are_unique_and_of_the_range_that_is_not_given_out() -> None:
    codes = [each.code for each in facilities.facilities() if each.code]
    assert [code for code, count in Counter(codes).items() if count > 1] == []
    assert all(re.fullmatch("(19|06)9[0-9]{2}", code) for code in codes)


def test_beds_are_filled_in_an_order_in_which_no_bed_comes_twice() -> None:
    filled = [bed.id for block in range(200) for bed in beds.slots(block)]
    assert len(filled) == len(set(filled)) == beds.IN_HOSPITAL * beds.FULL_BLOCKS + 200 - beds.FULL_BLOCKS


def test_no_bed_is_left_for_the_last_blocks_of_the_whole_province() -> None:
    assert beds.slots(17_999) == ()


def test_every_department_has_a_doctor_or_somebody_of_the_house_stands_in() -> None:
    clinical = [(f, d) for f in facilities.facilities() for d in f.departments if d.kind != "support"]
    assert all(staff.doctor(f.id, d.code, 1).facility_id == f.id for f, d in clinical)


def test_practitioners_with_a_licence_have_it_for_five_years() -> None:
    licensed = [each for each in map(staff.practitioner, staff.workers()) if "qualification" in each]
    periods = {tuple(each["qualification"][0]["period"].values()) for each in licensed}
    assert periods == {("2024-06-01", "2029-05-31")}
    numbers = [each["qualification"][0]["identifier"][0]["value"] for each in licensed]
    assert len(numbers) == len(set(numbers)) > 1000
