"""Columns get their meaning, cells are understood or refused, rows become resources."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from openpyxl import chart  # type: ignore[import-untyped]

from anlanh.exchange.files import codec, importing, mapping
from anlanh.exchange.files.problems import (
    BadCell,
    MissingCell,
    NoCells,
    NoNumber,
    NotASheet,
    NothingMeant,
    TooManyCells,
    TooManyColumns,
    TooManyRows,
    TooMuch,
)
from anlanh.exchange.files.store import Sent
from anlanh.exchange.intake import charset
from anlanh.kernel import messages

TODAY = date(2026, 6, 1)
CSV = "TRẠM Y TẾ\n\nSTT;Họ và tên;Năm sinh;Giới;Số thẻ BHYT;Huyết áp;Ngày đo\n"
CSV += "1;Nguyễn Văn An;1950;Nam;DN4191234567890;150/95;31/05/2026\n"


def xlsx(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def understood(name: str, text: str) -> Any:
    return mapping.line((text, "An", "DN4191234567890"), {0: name, 1: "name", 2: "card"}, 2, TODAY).values.get(name)


def test_a_header_is_found_below_titles_and_columns_are_guessed_without_accents() -> None:
    sheet = codec.read(CSV.encode())
    assert mapping.guess(sheet.header) == {1: "name", 2: "birth", 3: "sex", 4: "card", 5: "pressure", 6: "date"}
    assert (sheet.first, len(sheet.rows)) == (4, 1)


@pytest.mark.parametrize("name", [charset.TCVN3, charset.VNI, "utf-8-sig", "utf-16", "utf-8"])
def test_text_of_old_and_new_character_sets_is_read(name: str) -> None:
    data = charset.encode(CSV, name) if name in codec.LEGACY else CSV.encode(name)
    assert codec.read(data).rows[0][1] == "Nguyễn Văn An"


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_any_separator_will_do(separator: str) -> None:
    assert codec.read(CSV.replace(";", separator).encode()).header[1] == "Họ và tên"


def test_days_of_excel_are_days_and_formulas_are_never_worked_out() -> None:
    sheet = codec.read(xlsx(("Họ tên", "Ngày sinh", "Cân nặng"), ("An", datetime(1980, 1, 2), "=1+1")))  # noqa: DTZ001
    assert sheet.rows == (("An", "1980-01-02", ""),)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("birth", "1950", "1950"), ("birth", "05/1950", "1950-05"), ("birth", "2/1/1950", "1950-01-02"), ("birth", "18264", "1950-01-01"),
     ("birth", "31/02/1950", None), ("date", "01/07/2026", None), ("sex", "Nữ", "female"), ("sex", "?", None),
     ("personal_id", "19050001234", "019050001234"), ("personal_id", "123", None), ("card", "dn 4 19 1234567890", "DN4191234567890"),
     ("phone", "912345678", "0912345678"), ("icd10", "j189", "J18.9"), ("icd10", "ho", None), ("height", "1,62", 162),
     ("weight", "9999", None), ("dose", "Mũi 2", 2)],
)  # fmt: skip
def test_cells_are_understood_or_refused(name: str, text: str, value: Any) -> None:
    assert understood(name, text) == value


def test_a_row_says_all_that_is_wrong_with_it() -> None:
    columns = {0: "name", 1: "card", 2: "pressure", 3: "date"}
    wrong = mapping.line(("An", "x", "150/95", ""), columns, 2, TODAY).problems
    assert [type(each) for each in wrong] == [BadCell, MissingCell]


def test_columns_must_say_who_is_meant() -> None:
    with pytest.raises(NothingMeant):
        mapping.check({0: "name"})
    mapping.check({0: "name", 1: "card"})


def test_without_a_number_columns_and_rows_say_birth_sex_and_commune() -> None:
    columns = {0: "name", 1: "birth", 2: "sex", 3: "commune"}
    mapping.check(columns)
    rows = [
        ("Lê Hoa", "02/03/1960", "nữ", "Xã Phú Đình"),
        ("Lê Hoa", "1960", "nữ", "Xã Phú Đình"),
        ("Lê Hoa", "02/03/1960", "", ""),
    ]
    problems = [[type(each) for each in mapping.line(row, columns, 2, TODAY).problems] for row in rows]
    assert problems == [[], [NoNumber], [NoNumber]]


def test_a_number_that_is_not_understood_is_not_passed_over() -> None:
    columns = {0: "name", 1: "birth", 2: "sex", 3: "commune", 4: "card"}
    wrong = mapping.line(("Lê Hoa", "02/03/1960", "nữ", "Xã Phú Đình", "x"), columns, 2, TODAY).problems
    assert [type(each) for each in wrong] == [BadCell]


def test_one_person_has_one_temporary_number_however_the_name_is_written() -> None:
    told = {"birth": "1960-03-02", "sex": "female", "commune": "Xã Phú Đình"}
    one, two, other = ({"name": name, **told} for name in ("Lê Hoa", "LÊ HOA", "Lê Hòa Bình"))
    assert mapping.temporary(one, "urn:x") == mapping.temporary(two, "urn:x") != mapping.temporary(other, "urn:x")
    assert mapping.temporary(one, "urn:x")["use"] == "temp"


def test_a_row_becomes_a_person_with_what_was_measured() -> None:
    sheet = codec.read(CSV.encode())
    line = mapping.line(sheet.rows[0], mapping.guess(sheet.header), 4, TODAY)
    patient, pressure = (
        each["resource"] for each in mapping.to_bundle(line.values, "urn:x", "Organization/t")["entry"]
    )
    assert patient["name"][0] == {"use": "official", "text": "Nguyễn Văn An", "family": "Nguyễn", "given": ["Văn An"]}
    assert patient["birthDate"] == "1950"
    assert [each["valueQuantity"]["value"] for each in pressure["component"]] == [150, 95]
    assert pressure["performer"] == [{"reference": "Organization/t"}]


def test_a_visit_and_a_vaccination_of_a_row() -> None:
    values = {
        "name": "An",
        "card": "DN4191234567890",
        "date": "2026-05-31",
        "vaccine": "BCG",
        "dose": 1,
        "icd10": "J18.9",
    }
    kinds = [each["resource"]["resourceType"] for each in mapping.to_bundle(values, "urn:x", None)["entry"]]
    assert kinds == ["Patient", "Immunization", "Encounter", "Condition"]


@pytest.mark.parametrize("data", [b"", b"\xd0\xcf\x11\xe0", b"PK\x03\x04broken", b"\x00\x01", b"one\n2\n"])
def test_what_is_no_spreadsheet_is_refused(data: bytes) -> None:
    with pytest.raises(NotASheet):
        codec.read(data)


def test_a_file_that_would_unpack_without_end_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (codec.MOST_UNPACKED_MB * 2**20 + 1))
    with pytest.raises(TooMuch):
        codec.read(out.getvalue())


def test_a_small_file_of_very_many_cells_is_not_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"<c/>" * (codec.MOST_TAGS + 1))
    with pytest.raises(TooManyCells, match="500000 cells") as told:
        codec.read(file.getvalue())
    assert str(messages.in_vietnamese(told.value)).startswith("Một trang tính có hơn 500000 ô")


@pytest.mark.parametrize(
    ("rows", "columns", "problem"),
    [(codec.MOST_ROWS + 20, 2, TooManyRows), (2, codec.MOST_COLUMNS + 1, TooManyColumns)],
)
def test_it_is_said_what_there_is_too_much_of(rows: int, columns: int, problem: type[TooMuch]) -> None:
    lines = [";".join(["Họ tên"] * columns)] * rows
    with pytest.raises(problem):
        codec.read("\n".join(lines).encode())


def test_a_chart_and_an_empty_sheet_before_the_list_are_passed_over() -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet(index=0).add_chart(chart.BarChart())
    listed = book.create_sheet()
    listed.append(("Họ tên", "Số thẻ BHYT"))
    listed.append(("An", "DN4191234567890"))
    assert codec.read(saved(book)).rows == (("An", "DN4191234567890"),)


def test_of_a_workbook_of_charts_alone_it_is_said_that_it_has_no_cells() -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet(index=0).add_chart(chart.BarChart())
    with pytest.raises(NoCells):
        codec.read(saved(book))


def test_the_report_repeats_the_line_with_its_reason_and_nothing_in_it_is_worked_out() -> None:
    sheet = codec.Sheet(("Họ tên", "Ghi chú"), (("An", "=1+1"),), 2)
    sent = Sent(1, "x", "a.csv", "", "", {}, datetime.now().astimezone(), None, 0, 0)
    report = importing.report(importing.Opened(sent, sheet), [(2, "Thiếu")]).decode("utf-8-sig")
    assert report.splitlines()[1] == "2;Thiếu;An;'=1+1"
