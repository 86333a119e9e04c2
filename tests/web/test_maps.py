"""Maps: neighbours share one line, a small page holds the province, colours rise with values, words are escaped."""

from __future__ import annotations

import gzip
import re

import pytest

from anlanh.kernel.vn import boundaries, outlines
from anlanh.web import maps
from anlanh.web.maps import Pin


def test_every_commune_is_drawn_and_its_middle_lies_in_it() -> None:
    assert set(outlines.outlines()) == set(boundaries.commune_names())
    assert all(boundaries.commune_at(*outlines.middle_of(code)) == code for code in outlines.outlines())


def test_the_whole_province_is_small_enough_for_a_page() -> None:
    whole = "".join(each.path for each in outlines.outlines().values())
    assert len(gzip.compress(whole.encode())) < 10_000


@pytest.mark.parametrize(
    ("here", "there", "kilometres"),
    [((105.84, 21.59), (105.84, 21.59), 0), ((105.0, 21.0), (105.0, 22.0), 111.2), ((0.0, 0.0), (180.0, 0.0), 20015.1)],
)
def test_distances_are_those_of_the_sphere(
    here: tuple[float, float], there: tuple[float, float], kilometres: float
) -> None:
    assert outlines.kilometres(here, there) == pytest.approx(kilometres, abs=0.1)


def test_the_view_of_a_commune_lies_around_it_and_of_none_is_the_province() -> None:
    left, top, width, height = maps.view("05443")
    x, y = outlines.outlines()["05443"].middle
    assert left < x < left + width
    assert top < y < top + height
    assert maps.view("") == maps.view("none") == outlines.extent()


def test_what_a_pin_says_cannot_break_out_of_it() -> None:
    drawn = maps.drawn([Pin(105.84, 21.59, '<script>"', '/a?b="c')], "", "<b>", language="vi")
    assert "<script>" not in drawn
    assert "<b>" not in drawn
    assert 'href="/a?b=&#34;c"' in drawn


def test_pins_and_communes_are_no_stops_of_the_keyboard_for_the_list_has_them() -> None:
    drawn = maps.drawn([Pin(105.84, 21.59, "A", "/a")], "", "A", "/ban-do?loai=x", language="vi")
    assert len(re.findall("<a ", drawn)) == drawn.count('tabindex="-1"') == 93
    assert "/ban-do?loai=x&amp;xa=05443" in drawn


def test_values_are_coloured_in_steps_and_a_missing_one_is_none() -> None:
    drawn = maps.of_values({"05443": 1, "05455": 5, "01840": 9}, "%", "A", language="vi")
    assert [drawn.count(f'class="v{step}" d=') for step in range(3)] == [1, 1, 1]
    assert drawn.count('class="none"') == 89
    assert "9 %" in drawn
    assert maps.of_values({}, language="vi").count('class="none"') == 92
