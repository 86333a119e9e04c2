"""Charts: what they say, what they show outside the usual range, and what they do with little."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from anlanh.web import charts

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
GLUCOSE: list[charts.Point] = [(date(2026, 3, 1), Decimal("7.20")), (date(2026, 1, 1), 5), (date(2026, 2, 1), 3.1)]


def _trend(points: list[charts.Point], low: float | None = 3.9, high: float | None = 6.1, language: str = "vi") -> str:
    return str(charts.trend(points, "mmol/L", low, high, "Đường huyết", language=language, zone=ZONE))


def _numbers(drawing: str) -> list[float]:
    return [float(each) for each in re.findall(r'\s(?:x|y|width|height)="([^"]+)"', drawing)]


def test_a_trend_says_in_a_sentence_what_it_shows() -> None:
    said = ElementTree.fromstring(_trend(GLUCOSE)).attrib["aria-label"]
    assert said == (
        "Đường huyết: 3 giá trị từ 01/01/2026 đến 01/03/2026, gần nhất là 7,20 mmol/L; 2 giá trị ngoài khoảng thường gặp."
    )
    assert "the last one 7.20 mmol/L" in _trend(GLUCOSE, language="en")


def test_what_lies_outside_the_usual_range_has_another_shape() -> None:
    marks = re.findall(r'class="(dot[^"]*)" d="([^"]*)"', _trend(GLUCOSE))
    shapes = [shape.partition("m")[2] for _kind, shape in marks]
    assert [kind for kind, _shape in marks] == ["dot", "dot out", "dot out"]
    assert len(set(shapes)) == 3


def test_without_a_range_nothing_is_outside() -> None:
    drawing = _trend(GLUCOSE, None, None)
    assert "band" not in drawing
    assert "dot out" not in drawing
    assert "ngoài khoảng" not in drawing


@pytest.mark.parametrize(("low", "high"), [(None, 6.1), (3.9, None)])
def test_a_range_with_one_edge_stays_inside_the_drawing(low: float | None, high: float | None) -> None:
    numbers = _numbers(_trend(GLUCOSE, low, high))
    assert min(numbers) >= 0
    assert max(numbers) <= charts.WIDTH


def test_one_value_stands_in_the_middle_and_none_draws_nothing() -> None:
    assert f"M{(charts.LEFT + charts.WIDTH - charts.RIGHT) / 2:g} " in _trend([(date(2026, 1, 1), 5)], None, None)
    assert _trend([]) == ""


def test_moments_are_days_of_the_place() -> None:
    late: list[charts.Point] = [(datetime(2026, 1, 1, 20, tzinfo=UTC), 5.0)]
    assert "02/01/2026" in _trend(late)


def test_values_that_are_all_the_same_have_a_place() -> None:
    drawing = _trend([(date(2026, 1, 1), 0), (date(2026, 1, 1), 0)], None, None)
    assert "nan" not in drawing
    assert "inf" not in drawing


def test_names_in_a_chart_are_text_and_nothing_else() -> None:
    drawing = str(charts.bars([("<script>", 1)], title='"><script>', language="vi"))
    assert "<script>" not in drawing
    ElementTree.fromstring(drawing)


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    drawing = str(charts.bars([("a", 50), ("b", 100)], language="vi"))
    assert re.findall(r'class="bar" x="0" y="[^"]+" width="([^"]+)"', drawing) == ["160", "320"]
    assert "dài nhất là b với 100" in drawing


def test_columns_write_as_many_names_as_there_is_room_for() -> None:
    drawing = str(charts.columns([(str(week), week) for week in range(1, 53)], language="en"))
    assert drawing.count('class="bar"') == 52
    assert drawing.count('text-anchor="middle"') == 6


def test_nothing_to_count_is_no_chart() -> None:
    assert str(charts.bars([], language="vi")) == str(charts.columns([], language="vi")) == ""
    assert "nan" not in str(charts.columns([("45", 0)], language="vi"))


def test_a_line_of_text_shows_the_course_to_the_eye_only() -> None:
    spark = str(charts.sparkline(GLUCOSE, 3.9, 6.1, zone=ZONE))
    assert 'aria-hidden="true"' in spark
    assert "<text" not in spark
    assert str(charts.sparkline(GLUCOSE[:1], zone=ZONE)) == ""
