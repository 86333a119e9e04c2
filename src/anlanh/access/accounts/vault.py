"""Secrets that have to be read again (keys of one-time codes, of providers) are kept encrypted; others only as hashes.

The key lies in the data folder, readable by its owner only, never in the database or its backups.

Source: https://github.com/fernet/spec
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from anlanh.access import tokens
from anlanh.access.accounts.problems import NoSuchThing

SECRET_BYTES = 32


def new_secret() -> str:
    """256 random bits, as they go into a cookie, a link or a QR code."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_of(secret: str) -> bytes:
    """How a random secret is known in the database. Enough for what nobody can guess; not for what people choose."""
    return hashlib.sha256(secret.encode()).digest()


class Vault:
    """Encrypts small secrets, and makes hashes that need its key: for short codes, and for what must not be listed."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"anlanh-vault" + key).digest()))
        self._key = hashlib.sha256(b"anlanh-hash" + key).digest()

    @classmethod
    def of(cls, data: Path) -> Vault:
        """The vault of a data folder."""
        return cls(tokens.key_of(data, "accounts").raw_value)

    def close(self, text: str) -> bytes:
        """Encrypt."""
        return self._fernet.encrypt(text.encode())

    def open(self, closed: bytes) -> str:
        """Decrypt.

        Raises:
            NoSuchThing: it was not encrypted here.
        """
        try:
            return self._fernet.decrypt(closed).decode()
        except InvalidToken:
            raise NoSuchThing from None

    def keyed_hash(self, *parts: str) -> bytes:
        """A hash that nobody can find by trying all values who has only the database."""
        return hmac.digest(self._key, "\0".join(parts).encode(), "sha256")
