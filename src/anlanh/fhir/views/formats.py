"""The rows of a view as JSON, NDJSON, CSV or Parquet, piece by piece.

FHIR: SQL on FHIR v2, $viewdefinition-run, output formats
Source: https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionRun.html
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any, Protocol

from anlanh.fhir.model import json
from anlanh.fhir.views.compiled import OutputColumn, Row

Columns = tuple[OutputColumn, ...]


class Writer(Protocol):
    """Turns rows into bytes; the file is `begin()`, what `rows` gives each time, and `end()`, one after the other."""

    def begin(self) -> bytes: ...

    def rows(self, rows: list[Row]) -> bytes: ...

    def end(self) -> bytes: ...


class Ndjson:
    """One JSON object a line."""

    def __init__(self, columns: Columns) -> None:
        self._names = [column.name for column in columns]

    def begin(self) -> bytes:
        return b""

    def rows(self, rows: list[Row]) -> bytes:
        return b"".join(json.encode(dict(zip(self._names, row, strict=True))) + b"\n" for row in rows)

    def end(self) -> bytes:
        return b""


class Json:
    """One JSON array of objects."""

    def __init__(self, columns: Columns) -> None:
        self._lines = Ndjson(columns)
        self._written = False

    def begin(self) -> bytes:
        return b"["

    def rows(self, rows: list[Row]) -> bytes:
        if not rows:
            return b""
        lines = self._lines.rows(rows)[:-1].replace(b"\n", b",\n")
        before = b",\n" if self._written else b""
        self._written = True
        return before + lines

    def end(self) -> bytes:
        return b"]\n"


class Csv:
    """RFC 4180 with a line of names; booleans as true and false, lists and complex values as JSON, null as nothing."""

    def __init__(self, columns: Columns) -> None:
        self._names = [column.name for column in columns]

    def begin(self) -> bytes:
        return self._lines([tuple(self._names)])

    def rows(self, rows: list[Row]) -> bytes:
        return self._lines([tuple(map(_cell, row)) for row in rows])

    def end(self) -> bytes:
        return b""

    @staticmethod
    def _lines(rows: list[Row]) -> bytes:
        out = io.StringIO(newline="")
        csv.writer(out).writerows(rows)
        return out.getvalue().encode()


class CsvWithoutNames(Csv):
    """The same without the line of names."""

    def begin(self) -> bytes:
        return b""


class Parquet:
    """A Parquet file; each call of `rows` is a row group."""

    def __init__(self, columns: Columns) -> None:
        import pyarrow.parquet as pq

        from anlanh.fhir.views import arrow

        self._arrow = arrow
        self._columns = columns
        self._out = io.BytesIO()
        self._writer = pq.ParquetWriter(_Forward(self._out), arrow.schema(columns), compression="zstd")

    def begin(self) -> bytes:
        return b""

    def rows(self, rows: list[Row]) -> bytes:
        if rows:
            self._writer.write_batch(self._arrow.batch(self._columns, rows))
        return self._taken()

    def end(self) -> bytes:
        self._writer.close()
        return self._taken()

    def _taken(self) -> bytes:
        made = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        return made


class _Forward(io.RawIOBase):
    """A stream that only goes on, over one that is emptied meanwhile."""

    def __init__(self, out: io.BytesIO) -> None:
        self._out = out
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any) -> int:
        written = self._out.write(data)
        self._written += written
        return written


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.encode(value).decode() if isinstance(value, list | dict) else value


WRITERS: dict[str, tuple[str, Callable[[Columns], Writer]]] = {
    "json": ("application/json", Json),
    "ndjson": ("application/x-ndjson", Ndjson),
    "csv": ("text/csv", Csv),
    "parquet": ("application/vnd.apache.parquet", Parquet),
}
"""Name of a format to its media type and writer."""

MEDIA: dict[str, str] = {
    **{name: name for name in WRITERS},
    **{media: name for name, (media, _) in WRITERS.items()},
    "application/ndjson": "ndjson", "application/fhir+ndjson": "ndjson", "application/fhir+json": "json",
    "application/parquet": "parquet", "application/x-parquet": "parquet",
}  # fmt: skip
"""What a client may call a format."""
