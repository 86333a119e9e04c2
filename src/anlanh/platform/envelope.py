"""Files at rest are sealed: encrypted to the public half of a key that lies in a file of its own.

The format is age's, so that the tools of others open it too. The first key of a file is the current one; older ones
below it still open what they sealed, so a key is changed by putting a new one on top.

Source: https://age-encryption.org/v1
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import pyrage
from pyrage import x25519

from anlanh.kernel.problem import Problem

SUFFIX = ".age"
SECRET = "AGE-SECRET-KEY-"  # noqa: S105 (how age marks a key)


class CannotOpen(Problem):
    issue = "exception"
    says = "The file cannot be opened with the keys in {keys}."
    hint = "Put the key with which it was sealed into that file, below the current one."


class Keys:
    """The keys in a file; made at first use, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _identities(self) -> list[x25519.Identity]:
        if not self.path.exists():
            self._make()
        lines = self.path.read_text("ascii").splitlines()
        return [x25519.Identity.from_str(line.strip()) for line in lines if line.strip().startswith(SECRET)]

    def _make(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(f"{x25519.Identity.generate()}\n")
        with suppress(FileExistsError):
            os.link(part, self.path)
        part.unlink()

    def change(self) -> None:
        """Put a new key on top; what older ones sealed is still opened."""
        old = self.path.read_text("ascii") if self.path.exists() else ""
        part = self.path.with_name(f"{self.path.name}.new")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(f"{x25519.Identity.generate()}\n{old}")
        part.rename(self.path)
        self.__dict__.pop("_identities", None)

    def seal(self, source: BinaryIO, target: BinaryIO) -> None:
        """Encrypt a stream into another, piece by piece."""
        pyrage.encrypt_io(source, target, [self._identities[0].to_public()])

    def open(self, source: BinaryIO, target: BinaryIO) -> None:
        """Decrypt a stream into another, piece by piece.

        Raises:
            CannotOpen: none of the keys fits, or it was changed.
        """
        try:
            pyrage.decrypt_io(source, target, self._identities)
        except (pyrage.DecryptError, OSError, ValueError) as error:
            raise CannotOpen(keys=self.path.name) from error
