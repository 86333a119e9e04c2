"""The health book is filled in from the record, box by box; and a paper is a PDF with every Vietnamese sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from anlanh.services.record.actions import printing
from anlanh.services.record.model import (
    AllergyLine,
    Banner,
    Block,
    Chart,
    Due,
    DueLine,
    ImmunizationLine,
    ProblemLine,
    Sheet,
    Source,
    Standing,
)
from anlanh.services.record.rules import book

AT = datetime(2026, 11, 23, 7, tzinfo=UTC)
HERE = Source("Condition/x", 1, "Trạm Y tế xã Chợ Rã", AT)
BANNER = Banner("x", "Nông Văn Thành", "1959-04-12", "male", "006059000000", "", "", "Xã Chợ Rã", "Trạm Y tế xã Chợ Rã")
PENICILLIN = AllergyLine(HERE, "Penicillin", "medication", True, "Nổi mề đay", Standing.PRESENT, "2025-08-09")
SISTER = {"relationship": {"text": "Chị"}, "condition": [{"code": {"text": "Hen"}}]}
CHART = Chart(
    replace(BANNER, allergies=(PENICILLIN,)),
    problems=(
        ProblemLine(HERE, "Bệnh lý tăng huyết áp", "I10", Standing.PRESENT, "2021-01-19", "", True),
        ProblemLine(Source("Condition/y", 1, "", AT), "Đau lưng", "M54.5", Standing.PRESENT, "2026-01-01", "", False),
    ),
    allergies=(PENICILLIN,),
    immunizations=(ImmunizationLine(HERE, "Sởi", "SOI", 1, "2026-09-01", "MAU-1"),),
    due=(DueLine("MR", "Sởi, rubella", 1, date(2027, 6, 1), Due.COMING),),
)


def blocks() -> dict[str, Block]:
    """The blocks of the book by the first word of their titles."""
    return {
        each.title.partition(" ")[0]: each
        for each in reversed(book.blocks({}, CHART, {"72166-2": "Không hút"}, [SISTER]))
    }


def test_an_illness_ticks_its_box_and_what_has_none_stands_below_other() -> None:
    rows = {row[0]: row[1:] for row in blocks()["B4."].rows}
    assert rows["Tăng huyết áp"] == ("Có", "Bệnh lý tăng huyết áp, 19/01/2021")
    assert rows["Đái tháo đường"] == ("–", "")
    assert rows["Bệnh khác"] == ("Có", "Đau lưng, 01/01/2026")


def test_what_nobody_noted_is_said_to_be_not_noted() -> None:
    made = blocks()
    assert made["B3."].facts[:2] == (("Thuốc", "Penicillin (Nổi mề đay)"), ("Thực phẩm", "Chưa ghi nhận"))
    assert made["B2."].facts[:2] == (("Hút thuốc lá, thuốc lào", "Không hút"), ("Uống rượu bia", "Chưa ghi nhận"))
    assert made["B7."].rows == (("Hen", "Chị"),)
    assert "B8." not in made


def test_the_calendar_shows_doses_that_were_given_and_when_the_next_is_due() -> None:
    rows = {row[0]: row[1:] for row in blocks()["C."].rows}
    assert rows["Sởi, mũi 1"] == ("01/09/2026", "MAU-1", "")
    assert rows["Sởi, rubella, mũi 1"] == ("–", "", "01/06/2027")


def test_a_paper_is_a_pdf_with_its_own_letters() -> None:
    sheet = Sheet(
        "Sổ sức khỏe", book.LAW, BANNER, AT, (Block("Ưỡ ẵ Ệ đ", rows=(("10⁹", "a"),), headings=("Ngày", "Cơ sở")),)
    )
    made = printing.pdf(sheet, ZoneInfo("Asia/Ho_Chi_Minh"))
    assert made.startswith(b"%PDF-")
    assert b"BeVietnamPro" in made
