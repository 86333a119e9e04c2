"""Columns of views as Arrow types, and FHIR values as Arrow values.

FHIR: SQL on FHIR v2, column types; FHIR R4, primitive types
Source: https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html#column-types
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa

from anlanh.fhir.model import json
from anlanh.fhir.views.compiled import OutputColumn, Row

DECIMAL = pa.decimal128(38, 9)
DECIMAL_LIMIT = Decimal(10) ** 29

ARROW_TYPES: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "positiveInt": pa.int32(),
    "unsignedInt": pa.int32(),
    "integer64": pa.int64(),
    "long": pa.int64(),
    "decimal": DECIMAL,
}
"""All other types are text. Dates and times stay text: partial ones have no Arrow type, and text in ISO 8601 sorts."""

_GRAIN = Decimal("1E-9")


def schema(columns: tuple[OutputColumn, ...]) -> pa.Schema:
    """The Arrow schema of a view, columns in order."""
    return pa.schema([pa.field(column.name, _type(column)) for column in columns])


def batch(columns: tuple[OutputColumn, ...], rows: list[Row]) -> pa.RecordBatch:
    """Rows as an Arrow batch."""
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays = [array(column, list(values)) for column, values in zip(columns, by_column, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema(columns))


def array(column: OutputColumn, values: list[Any]) -> pa.Array:
    """The values of a column as an Arrow array.

    A value that does not fit its column's type is null, rather than the end of the whole extraction; a complex value is
    its JSON text.
    """
    kind = ARROW_TYPES.get(column.type, pa.string())
    fit: Callable[[Any], Any] = FITTERS.get(kind, _text)
    if column.collection:
        lists = [None if value is None else [fit(part) for part in value] for value in values]
        return pa.array(lists, pa.list_(kind))
    return pa.array([None if value is None else fit(value) for value in values], kind)


def _type(column: OutputColumn) -> pa.DataType:
    kind = ARROW_TYPES.get(column.type, pa.string())
    return pa.list_(kind) if column.collection else kind


def _text(value: Any) -> str:
    return value if type(value) is str else json.encode(value).decode()


def _boolean(value: Any) -> bool | None:
    return value if type(value) is bool else None


def _whole(bits: int) -> Callable[[Any], int | None]:
    limit = 2 ** (bits - 1)
    return lambda value: (
        value if isinstance(value, int) and type(value) is not bool and -limit <= value < limit else None
    )


def _decimal(value: Any) -> Decimal | None:
    if type(value) is bool or not isinstance(value, (int, Decimal)):
        return None
    number = Decimal(value)
    return number.quantize(_GRAIN) if abs(number) < DECIMAL_LIMIT - 1 and number.is_finite() else None


FITTERS: dict[pa.DataType, Callable[[Any], Any]] = {
    pa.bool_(): _boolean,
    pa.int32(): _whole(32),
    pa.int64(): _whole(64),
    DECIMAL: _decimal,
}
