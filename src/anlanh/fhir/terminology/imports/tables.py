"""Reads tables: CSV and XLSX bytes into rows by column name, each with its line number.

Source: https://www.rfc-editor.org/rfc/rfc4180, ECMA-376 (SpreadsheetML)
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import openpyxl  # type: ignore[import-untyped]

from anlanh.kernel.problem import Problem

Row = tuple[int, dict[str, str]]
"""Line number (the header is line 1) and the cells by column name."""


class NotATable(Problem):
    issue = "structure"
    says = "The file is no table: {why}."
    hint = "Send a CSV file in UTF-8, or an XLSX workbook, with the names of the columns in the first line."


class ColumnsMissing(Problem):
    issue = "required"
    says = "The table has no column {missing}; it has {columns}."
    hint = "Name the columns as the catalogue wants them, or choose another catalogue."


def read(data: bytes) -> Iterator[Row]:
    """The rows of a CSV or XLSX file; told apart by how the file begins.

    Raises:
        NotATable: it is neither.
    """
    if data.startswith(b"PK\x03\x04"):
        return _xlsx(data)
    return _csv(data)


def require(columns: Iterable[str], needed: Iterable[str]) -> None:
    """See that a table has the columns.

    Raises:
        ColumnsMissing: it has not.
    """
    known = list(columns)
    missing = [each for each in needed if each not in known]
    if missing:
        raise ColumnsMissing(missing=", ".join(missing), columns=", ".join(known))


def _csv(data: bytes) -> Iterator[Row]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotATable(why=f"byte {error.start} is not UTF-8") from None
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    header = next(lines, [])
    names = [each.strip() for each in header]
    for cells in lines:
        if any(each.strip() for each in cells):
            yield lines.line_num, _row(names, cells)


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _xlsx(data: bytes) -> Iterator[Row]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (KeyError, OSError, ValueError) as error:
        raise NotATable(why=f"the workbook cannot be opened ({type(error).__name__})") from None
    sheet = book.worksheets[0]
    names: list[str] = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        texts = [_cell(each) for each in cells]
        if not names:
            names = [each.strip() for each in texts] if any(texts) else []
        elif any(texts):
            yield number, _row(names, texts)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _row(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
