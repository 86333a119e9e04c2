"""Where the next page of a search begins, as text that goes into an address.

An address is kept in histories and logs, and what a search is in order of may be a name. So the values of the last row
are encrypted, all to lengths of 32 bytes; the same row gives the same text (AES-SIV needs no random number). A cursor that
holds nothing but a key tells nothing and lies open: it outlives a change of the key.

FHIR: paging
Source: https://hl7.org/fhir/R4/http.html#paging; RFC 5297
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from anlanh.fhir.search.problems import BadCursor

KEY_BYTES = 64
BLOCK = 32

Cursor = list[Any]
"""Sort values of the last row delivered, then its rid."""


def encode(values: Sequence[Any], rid: int) -> str:
    """The cursor of a row as URL-safe text that anybody can read: for values that are instants and keys."""
    return _text(msgspec.json.encode([*values, rid]))


def decode(text: str, sorts: int) -> Cursor:
    """The cursor back.

    Raises:
        BadCursor: not made by `encode` for that many sort values.
    """
    return _cursor(_bytes(text), sorts)


def _random() -> bytes:
    return os.urandom(KEY_BYTES)


class Cursors:
    """Closes and opens cursors. `key`: gives KEY_BYTES, the same to every process that has to open them; asked for when it
    is needed first. Without it they are good within this process only."""

    def __init__(self, key: Callable[[], bytes] = _random) -> None:
        self._key = key

    @cached_property
    def _cipher(self) -> AESSIV:
        return AESSIV(self._key())

    def close(self, values: Sequence[Any], rid: int) -> str:
        """The cursor of a row as URL-safe text that tells nothing of `values`."""
        if not values:
            return encode(values, rid)
        plain = msgspec.json.encode([*values, rid])
        return _text(self._cipher.encrypt(plain.ljust(-(-len(plain) // BLOCK) * BLOCK), None))

    def open(self, text: str, sorts: int) -> Cursor:
        """The cursor back.

        Raises:
            BadCursor: not made by `close` for that many sort values with the same key.
        """
        if not sorts:
            return decode(text, sorts)
        try:
            return _cursor(self._cipher.decrypt(_bytes(text), None), sorts)
        except (InvalidTag, ValueError):
            raise BadCursor from None


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise BadCursor from None


def _cursor(content: bytes, sorts: int) -> Cursor:
    try:
        cursor = msgspec.json.decode(content)
    except msgspec.DecodeError:
        raise BadCursor from None
    if not isinstance(cursor, list) or len(cursor) != sorts + 1 or not _is_key(cursor[-1]):
        raise BadCursor
    return cursor


def _is_key(value: Any) -> bool:
    return isinstance(value, int) and -(2**63) <= value < 2**63
