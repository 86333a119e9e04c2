"""Files by what they hold: the SHA-256 of the content is the name, so the same file is kept once and a change shows.

FHIR: Attachment.hash, Binary
Source: https://hl7.org/fhir/R4/datatypes.html#Attachment
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from anlanh.kernel.problem import Problem

PIECE = 2**20
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


class Blobs:
    """A folder of files named by their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, pieces: Iterable[bytes], *, limit: int | None = None) -> Blob:
        """Keep a file. On disk before this returns; all of it or nothing. Safe to repeat: the same file is the same.

        Raises:
            BlobTooLarge: more than `limit` bytes; nothing is kept.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(prefix="part-", dir=self._folder)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                for piece in pieces:
                    size += len(piece)
                    if limit is not None and size > limit:
                        raise BlobTooLarge(limit=limit)
                    digest.update(piece)
                    stream.write(piece)
                stream.flush()
                os.fsync(stream.fileno())
            path = self._path(digest.hexdigest())
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.replace(path)
            _sync(path.parent)
        finally:
            part.unlink(missing_ok=True)
        return Blob(digest.hexdigest(), size)

    def get(self, sha256: str) -> Iterator[bytes]:
        """The content in pieces.

        Raises:
            BlobMissing: no such file.
            BlobChanged: at the end, when what was read is not what the name promises.
        """
        digest = hashlib.sha256()
        try:
            stream = self._path(sha256).open("rb")
        except OSError:
            raise BlobMissing from None
        with stream:
            while piece := stream.read(PIECE):
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
