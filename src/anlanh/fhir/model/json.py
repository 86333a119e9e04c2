"""FHIR JSON to plain Python values and back, nothing lost.

Objects are `dict` (order kept), arrays `list`, decimals `decimal.Decimal` with the digits they were written with
(`1.00` stays `1.00`), integers `int` of any size.

Source: https://hl7.org/fhir/R4/json.html#primitive
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from anlanh.kernel.problem import Problem


class MalformedJson(Problem):
    issue = "structure"
    says = "The body is not JSON: {why}."
    hint = "Send one JSON document in UTF-8, as in https://hl7.org/fhir/R4/json.html."


class TooDeep(Problem):
    issue = "too-costly"
    status = 400
    says = "The JSON is nested deeper than {limit} levels."
    hint = "A FHIR resource never needs that; send a flatter document."


_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

decode_fast = _decoder.decode
"""`decode` without the errors turned into Problems, for bytes that this program wrote itself."""

encode = _encoder.encode
"""The value as compact UTF-8 JSON bytes."""

DEPTH_LIMIT = 1000


def decode(data: bytes | str) -> Any:
    """The JSON document as plain Python values.

    Raises:
        MalformedJson: not JSON, or not UTF-8.
        TooDeep: nested beyond what the program can walk.
    """
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise MalformedJson(why=str(error).removeprefix("JSON is malformed: ")) from None
    except UnicodeDecodeError as error:
        raise MalformedJson(why=f"byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise TooDeep(limit=DEPTH_LIMIT) from None
