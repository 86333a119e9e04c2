"""A paper as PDF, in the platform's own typeface, so that every Vietnamese sign is where it belongs.

Source: ISO 32000; https://py-pdf.github.io/fpdf2
"""

from __future__ import annotations

from importlib.resources import as_file, files
from zoneinfo import ZoneInfo

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace, TTFFont

from anlanh.services.record.model import Block, Sheet

FAMILY, MORE = "be-vietnam", "be-vietnam-signs"
"""The typeface comes in two files for each weight: Latin letters, and those that only Vietnamese has."""

WEIGHTS = (("", "400"), ("B", "600"))
GREEN, GREY, BLACK, LINE = (11, 102, 80), (90, 100, 95), (0, 0, 0), (170, 180, 175)
UNKNOWN = "?"
MARGIN_MM = 15
LINE_MM = 5.2
WIDTHS = {2: (3, 7), 3: (4, 3, 4), 4: (4, 2, 3, 3)}


class _Paper(FPDF):
    """A page with the name of the paper and its number at the foot."""

    foot = ""

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(FAMILY, size=8)
        self.set_text_color(*GREY)
        self.cell(0, 5, f"{self.foot} · {self.page_no()}/{{nb}}", align="C")


def pdf(sheet: Sheet, zone: ZoneInfo) -> bytes:
    """The paper in A4."""
    paper = _Paper(format="A4")
    paper.set_title(sheet.title)
    paper.set_creator("An Lành")
    paper.set_lang("vi")
    paper.set_creation_date(sheet.at)
    paper.set_margins(MARGIN_MM, MARGIN_MM)
    paper.set_auto_page_break(True, margin=18)
    _take_letters(paper)
    moment = f"{sheet.at.astimezone(zone):%H:%M %d/%m/%Y}"
    paper.foot = f"An Lành · {sheet.title} · {moment}"
    paper.add_page()
    _head(paper, sheet, moment)
    for block in sheet.blocks:
        _block(paper, block)
    return bytes(paper.output())


def _take_letters(paper: FPDF) -> None:
    folder = files("anlanh.web") / "static" / "vendor"
    for style, weight in WEIGHTS:
        for family, letters in ((FAMILY, "latin"), (MORE, "vietnamese")):
            with as_file(folder / f"{letters}-{weight}.woff2") as path:
                paper.add_font(family, style, path)
    paper.set_fallback_fonts([MORE], exact_match=True)


def _head(paper: FPDF, sheet: Sheet, moment: str) -> None:
    banner = sheet.banner
    paper.set_draw_color(*LINE)
    paper.set_font(FAMILY, "B", 17)
    paper.set_text_color(*GREEN)
    paper.multi_cell(0, 8, sheet.title, new_x="LMARGIN", new_y="NEXT")
    paper.set_font(FAMILY, size=9)
    paper.set_text_color(*GREY)
    paper.multi_cell(0, LINE_MM, f"{sheet.law}. Lập lúc {moment}.", new_x="LMARGIN", new_y="NEXT")
    paper.ln(2)
    paper.set_text_color(*BLACK)
    paper.set_font(FAMILY, "B", 13)
    born = "/".join(reversed(banner.born.split("-")))
    paper.multi_cell(0, 7, f"{_written(paper, banner.name)} – sinh {born}", new_x="LMARGIN", new_y="NEXT")
    if banner.allergies:
        paper.set_font(FAMILY, "B", 11)
        told = ", ".join(f"{each.title}{' (nặng)' if each.grave else ''}" for each in banner.allergies)
        paper.multi_cell(0, 6, f"DỊ ỨNG: {_written(paper, told)}", border=1, new_x="LMARGIN", new_y="NEXT")


def _block(paper: FPDF, block: Block) -> None:
    paper.ln(3)
    if paper.will_page_break(20):
        paper.add_page()
    paper.set_font(FAMILY, "B", 11.5)
    paper.set_text_color(*GREEN)
    paper.multi_cell(0, 6.5, block.title, new_x="LMARGIN", new_y="NEXT")
    paper.set_text_color(*BLACK)
    paper.set_font(FAMILY, size=9.5)
    rows = (block.headings, *block.rows) if block.rows else block.facts
    rows = tuple(tuple(_written(paper, cell) for cell in row) for row in rows)
    if not rows:
        paper.multi_cell(0, LINE_MM, block.empty, new_x="LMARGIN", new_y="NEXT")
        return
    with paper.table(
        rows, first_row_as_headings=bool(block.rows), borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=WIDTHS.get(len(rows[0])), line_height=LINE_MM, text_align="LEFT", padding=(0.6, 1),
        headings_style=FontFace(emphasis="BOLD", color=GREY),
    ):  # fmt: skip
        pass


def _written(paper: FPDF, text: str) -> str:
    """The text with a mark in the place of each letter that the typeface has not: nothing is left out in silence."""
    known = [font.cmap for font in paper.fonts.values() if isinstance(font, TTFFont)]
    return "".join(each if any(ord(each) in cmap for cmap in known) else UNKNOWN for each in text)
