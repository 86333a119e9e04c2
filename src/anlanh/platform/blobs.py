"""Files by what they hold: the SHA-256 of the content is the name, so the same file is kept once and a change shows.

FHIR: Attachment.hash, Binary
Source: https://hl7.org/fhir/R4/datatypes.html#Attachment
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from anlanh.kernel.problem import Problem
from anlanh.platform.envelope import CannotOpen, Keys

PIECE = 2**20
KEPT_IN_MEMORY = 64 * 2**20
"""Bytes of an opened file beyond which it goes to a file that nobody else can see."""
_NAME = re.compile(r"[0-9a-f]{64}")


class BlobTooLarge(Problem):
    issue = "too-long"
    says = "The file is larger than {limit} bytes."
    hint = "Send a smaller file, or split it."


class BlobMissing(Problem):
    issue = "not-found"
    says = "The file is not here."
    hint = "Check its name; a restore of the data folder brings back files too."


class BlobChanged(Problem):
    issue = "exception"
    says = "The file on disk is not what was written."
    hint = "Restore it from a backup; the disk may be failing."


@dataclass(frozen=True, slots=True)
class Blob:
    """A kept file: `sha256` hex digest (its name) and `size` in bytes."""

    sha256: str
    size: int


def of(data: Path, name: str) -> Blobs:
    """The files of that name in the data folder, sealed with the key for files there."""
    return Blobs(data / "blobs" / name, keys_of(data))


def keys_of(data: Path) -> Keys:
    """The key for files in the data folder."""
    return Keys(data / "keys" / "blobs.age")


class Blobs:
    """A folder of files named by their content, and sealed with `keys`."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder = folder
        self._keys = keys

    def put(self, pieces: Iterable[bytes], *, limit: int | None = None) -> Blob:
        """Keep a file. On disk before this returns; all of it or nothing. Safe to repeat: the same file is the same.

        Raises:
            BlobTooLarge: more than `limit` bytes; nothing is kept.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        plain = _Counted(pieces, limit)
        handle, name = tempfile.mkstemp(prefix="part-", dir=self._folder)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                try:
                    self._keys.seal(io.BufferedReader(plain), stream)
                finally:
                    if plain.fault is not None:
                        raise plain.fault
                stream.flush()
                os.fsync(stream.fileno())
            path = self._path(plain.digest.hexdigest())
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.replace(path)
            _sync(path.parent)
        finally:
            part.unlink(missing_ok=True)
        return Blob(plain.digest.hexdigest(), plain.size)

    def get(self, sha256: str) -> Iterator[bytes]:
        """The content in pieces.

        Raises:
            BlobMissing: no such file.
            BlobChanged: what is there is not what the name promises.
        """
        try:
            stream = self._path(sha256).open("rb")
        except OSError:
            raise BlobMissing from None
        with stream, tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY, dir=str(self._folder)) as plain:
            try:
                self._keys.open(stream, cast("BinaryIO", plain))
            except CannotOpen as problem:
                raise BlobChanged from problem
            plain.seek(0)
            digest = hashlib.sha256()
            while piece := plain.read(PIECE):
                digest.update(piece)
                yield piece
            if digest.hexdigest() != sha256:
                raise BlobChanged

    def remove(self, sha256: str) -> None:
        """Let a file go. Safe to repeat."""
        self._path(sha256).unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise BlobMissing
        return self._folder / sha256[:2] / sha256[2:4] / sha256


def _sync(folder: Path) -> None:
    """The entry in the folder too is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Counted(io.RawIOBase):
    """The pieces as a stream that counts and hashes what is read of it; a fault of theirs is kept for the caller."""

    def __init__(self, pieces: Iterable[bytes], limit: int | None) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")
        self._limit = limit
        self.digest, self.size = hashlib.sha256(), 0
        self.fault: BaseException | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            while not self._rest:
                piece = next(self._pieces, None)
                if piece is None:
                    return 0
                self.size += len(piece)
                if self._limit is not None and self.size > self._limit:
                    raise BlobTooLarge(limit=self._limit)
                self.digest.update(piece)
                self._rest = memoryview(piece)
        except BaseException as fault:
            self.fault = fault
            raise OSError("the pieces ended in a fault") from fault
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)
