"""Bytes of a spreadsheet to rows of text: XLSX and CSV. Formulas are never worked out: what was saved beside them is read.

FHIR: none
Source: ECMA-376 (Office Open XML); RFC 4180; the character sets of exchange/intake/charset.py
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import openpyxl  # type: ignore[import-untyped]

from anlanh.exchange.files.problems import (
    Damaged,
    NoCells,
    NoHeader,
    NotASheet,
    NotDivided,
    OldOrLocked,
    TooManyCells,
    TooManyColumns,
    TooManyRows,
    TooMuch,
)
from anlanh.exchange.intake import charset
from anlanh.kernel.vn.fold import fold

MOST_ROWS = 5_000
MOST_COLUMNS = 100
MOST_UNPACKED_MB = 200
MOST_TAGS = 4_000_000
"""In a sheet: those of the most rows and columns, six a cell, and then some. A small file can hold hundreds of millions."""
PIECE = 2**20
LONGEST_CELL = 500
HEADER_WITHIN = 15
"""A header is looked for in so many rows: titles of a report stand above it."""
SEPARATORS = ";\t,|"
ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
LEGACY = (charset.TCVN3, charset.VNI)
WORDS = (
    "ho",
    "ten",
    "ngay",
    "sinh",
    "gioi",
    "so",
    "dia",
    "chi",
    "ma",
    "the",
    "xin",
    "kham",
    "chan",
    "doan",
    "can",
    "nang",
)
"""Words of headers, by which a legacy character set is told from others."""


@dataclass(frozen=True)
class Sheet:
    """A header and the rows below it, all text; days as YYYY-MM-DD. `first`: the number of the first row as the program
    that made the file counts."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first: int


def read(data: bytes) -> Sheet:
    """The first sheet of a file that has cells: a chart or an empty sheet before it is passed over.

    Raises:
        NotASheet: neither XLSX nor text, damaged, without cells or without a header.
        TooMuch: too many rows, columns, cells or bytes.
    """
    if data.startswith(OLD_EXCEL):
        raise OldOrLocked
    rows = _xlsx(data) if data.startswith(ZIP) else list(_csv(data))
    at = next((number for number, row in enumerate(rows[:HEADER_WITHIN]) if _is_header(row)), None)
    if at is None:
        raise NoHeader(within=HEADER_WITHIN)
    width = max(number + 1 for number, cell in enumerate(rows[at]) if cell)
    if width > MOST_COLUMNS:
        raise TooManyColumns(limit=MOST_COLUMNS)
    below = [(number, _wide(row, width)) for number, row in enumerate(rows[at + 1 :], at + 2)]
    while below and not any(below[-1][1]):
        below.pop()
    return Sheet(_wide(rows[at], width), tuple(row for _, row in below), at + 2)


def _is_header(row: tuple[str, ...]) -> bool:
    filled = [cell for cell in row if cell]
    return len(filled) >= 2 and not any(cell.replace("/", "").replace("-", "").isdigit() for cell in filled)


def _wide(row: tuple[str, ...], width: int) -> tuple[str, ...]:
    return (row + ("",) * width)[:width]


def _xlsx(data: bytes) -> list[tuple[str, ...]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED_MB * 2**20:
                raise TooMuch(limit=MOST_UNPACKED_MB)
            _count_tags(packed)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        with closing(book):
            found = next((rows for rows in map(_rows, book.worksheets) if any(map(any, rows))), None)
    except TooMuch:
        raise
    except Exception as error:
        raise Damaged(fault=type(error).__name__) from None
    if found is None:
        raise NoCells
    return found


def _rows(sheet: Any) -> list[tuple[str, ...]]:
    found = []
    rows: Iterable[tuple[Any, ...]] = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
    for number, row in enumerate(rows):
        if number > MOST_ROWS + HEADER_WITHIN:
            raise TooManyRows(limit=MOST_ROWS)
        found.append(tuple(_text(cell) for cell in row))
    return found


def _count_tags(packed: zipfile.ZipFile) -> None:
    """What is read of a row is all its cells, however many: they are counted before.

    Raises:
        TooMuch: there are more than a sheet that is taken can hold.
    """
    for name in packed.namelist():
        if not name.endswith(".xml"):
            continue
        found = 0
        with packed.open(name) as part:
            while piece := part.read(PIECE):
                found += piece.count(b"<")
                if found > MOST_TAGS:
                    raise TooManyCells(limit=MOST_ROWS * MOST_COLUMNS)


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case datetime() | date():
            return cell.strftime("%Y-%m-%d")
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return " ".join(str(cell).split())[:LONGEST_CELL]


def _csv(data: bytes) -> Iterator[tuple[str, ...]]:
    text = _decoded(data)
    if "\0" in text or not text.strip():
        raise NotASheet
    start = "\n".join(text.splitlines()[:HEADER_WITHIN])
    separator = max(SEPARATORS, key=start.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator)):
            if number > MOST_ROWS + HEADER_WITHIN:
                raise TooManyRows(limit=MOST_ROWS)
            yield tuple(" ".join(cell.split())[:LONGEST_CELL] for cell in row)
    except csv.Error:
        raise NotDivided from None


def _decoded(data: bytes) -> str:
    """By its mark, as UTF-8, or as the legacy character set in which its beginning makes the most words of headers."""
    for mark, name in MARKS.items():
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        readings = [charset.decode(data, name) for name in LEGACY] + [data.decode("cp1258", "replace")]
        return max(readings, key=_sense)


def _sense(text: str) -> int:
    said = fold(text[:4000]).replace(";", " ").replace(",", " ").split()
    return sum(word in WORDS for word in said)
