"""The files of one export or import on the disk, written page by page.

What lies in the data folder for a day is sealed: a file is a row of frames, a frame two lengths (of its content and of
what follows; four bytes each) and an age file with at most FRAME bytes of content. A frame is written and opened as a
whole, so files of any size need little memory, and an export that was killed goes on after the last frame noted. What
an operator asks for on the command line lies open, in the folder they named.

Source: https://age-encryption.org/v1
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Protocol

from anlanh.platform.envelope import CannotOpen, Keys

FRAME = 2**20
"""Bytes of content sealed at once."""

_LENGTHS = Struct(">II")


class Files(Protocol):
    """A folder of files that grow."""

    @property
    def folder(self) -> Path:
        """Where they lie."""

    def path(self, name: str) -> Path:
        """The file on the disk that holds the content of that name."""

    def append(self, name: str, content: bytes) -> None:
        """Write more content. Killed half-way, `cut` takes back what there is of it."""

    def cut(self, name: str, size: int) -> bool:
        """Keep the first `size` bytes of content; False, and nothing is done, where they are not there whole."""


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """As they are."""

    folder: Path

    def path(self, name: str) -> Path:
        """The file of that name."""
        return self.folder / name

    def append(self, name: str, content: bytes) -> None:
        """Write more."""
        with self.path(name).open("ab") as stream:
            stream.write(content)

    def cut(self, name: str, size: int) -> bool:
        """Keep the first `size` bytes."""
        path = self.path(name)
        return _cut(path, size if path.exists() and path.stat().st_size >= size else None)


@dataclass(frozen=True, slots=True)
class SealedFiles:
    """Encrypted by `keys`."""

    folder: Path
    keys: Keys

    def path(self, name: str) -> Path:
        """The file that holds the frames of that name."""
        return self.folder / f"{name}.sealed"

    def append(self, name: str, content: bytes) -> None:
        """Write more, in frames of its own."""
        with self.path(name).open("ab") as stream:
            for at in range(0, len(content), FRAME):
                sealed, piece = io.BytesIO(), content[at : at + FRAME]
                self.keys.seal(io.BytesIO(piece), sealed)
                stream.write(_LENGTHS.pack(len(piece), sealed.tell()))
                stream.write(sealed.getbuffer())

    def cut(self, name: str, size: int) -> bool:
        """Keep the first `size` bytes of content: the frames that hold them."""
        return _cut(self.path(name), self._end(name, size))

    def holds(self, name: str, size: int) -> bool:
        """Whether just so many bytes of content are there."""
        end = self._end(name, size)
        return end is not None and end == self.path(name).stat().st_size

    def read(self, name: str, size: int) -> Iterator[bytes]:
        """The first `size` bytes of content, a frame at once.

        Raises:
            CannotOpen: they are not there, were changed, or sealed with another key.
        """
        with self.path(name).open("rb") as stream:
            left = size
            while left > 0:
                length, sealed = _lengths(stream.read(_LENGTHS.size))
                opened = io.BytesIO()
                self.keys.open(io.BytesIO(stream.read(sealed)), opened)
                if not length or opened.tell() != length:
                    raise CannotOpen(keys=self.keys.path.name)
                left -= length
                yield opened.getvalue()

    def _end(self, name: str, size: int) -> int | None:
        """Where on the disk the frames end that hold the first `size` bytes; None: nowhere."""
        path = self.path(name)
        if not path.exists():
            return None
        whole, at, held = path.stat().st_size, 0, 0
        with path.open("rb") as stream:
            while held < size:
                stream.seek(at)
                length, sealed = _lengths(stream.read(_LENGTHS.size))
                held, at = held + length, at + _LENGTHS.size + sealed
                if not length or at > whole:
                    return None
        return at if held == size else None


def _lengths(head: bytes) -> tuple[int, int]:
    return _LENGTHS.unpack(head) if len(head) == _LENGTHS.size else (0, 0)


def _cut(path: Path, end: int | None) -> bool:
    if end is not None:
        os.truncate(path, end)
    return end is not None
