"""Secrets that have to be read again (keys of one-time codes, of providers) are kept encrypted; others only as hashes.

The key lies in the data folder, readable by its owner only, never in the database or its backups.

Source: https://github.com/fernet/spec; RFC 5869
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from anlanh.access import tokens
from anlanh.access.accounts.problems import NoSuchThing
from anlanh.platform.work import Work

SECRET_BYTES = 32
OLDER = ".before-"
SEALED = (
    ("account_totp", "account_id", "secret"), ("account_provider", "id", "client_secret"), ("oauth_key", "kid", "closed"),
)  # fmt: skip
"""Where lasting secrets lie: table, its key, and the column."""


def new_secret() -> str:
    """256 random bits, as they go into a cookie, a link or a QR code."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_of(secret: str) -> bytes:
    """How a random secret is known in the database. Enough for what nobody can guess; not for what people choose."""
    return hashlib.sha256(secret.encode()).digest()


def change_key(data: Path, at: datetime) -> Path:
    """A new key for the vault of a data folder; where the one before lies now. Killed half-way, the old one counts."""
    path = data / "keys" / "accounts.key"
    older = path.with_name(f"accounts{OLDER}{at:%Y%m%dT%H%M%S}.key")
    tokens.key_of(data, "accounts")
    os.link(path, older)
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(secrets.token_bytes(SECRET_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    return older


async def close_anew(work: Work, vault: Vault) -> int:
    """Encrypt by the newest key what older ones have closed; how many secrets. Safe to repeat."""
    count = 0
    for table, key, column in SEALED:
        rows = await work.connection.fetch(
            f"select {key} as key, {column} as closed from {table} where {column} is not null order by {key} for update"
        )
        for row in rows:
            await work.connection.execute(
                f"update {table} set {column} = $2 where {key} = $1", row["key"], vault.close(vault.open(row["closed"]))
            )
        count += len(rows)
    return count


def _fernet(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"anlanh-vault" + key).digest()))


class Vault:
    """Encrypts small secrets, and makes hashes that need its key: for short codes, and for what must not be listed."""

    def __init__(self, key: bytes, older: Iterable[bytes] = ()) -> None:
        self._fernet = MultiFernet([_fernet(each) for each in (key, *older)])
        self._own = key
        self._key = hashlib.sha256(b"anlanh-hash" + key).digest()

    @classmethod
    def of(cls, data: Path) -> Vault:
        """The vault of a data folder: it encrypts by its key, and opens what older keys beside it have closed."""
        older = sorted((data / "keys").glob(f"accounts{OLDER}*.key"), reverse=True)
        return cls(tokens.key_of(data, "accounts").raw_value, [path.read_bytes() for path in older])

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

    def key_for(self, use: str, length: int) -> bytes:
        """A key of its own for something else, so many bytes; the same wherever the newest key is the same."""
        return HKDF(hashes.SHA256(), length, None, f"anlanh-{use}".encode()).derive(self._own)

    def keyed_hash(self, *parts: str) -> bytes:
        """A hash that nobody can find by trying all values who has only the database."""
        return hmac.digest(self._key, "\0".join(parts).encode(), "sha256")
