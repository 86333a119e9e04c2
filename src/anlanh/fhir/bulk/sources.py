"""Where resources for an import come from: files, folders and archives of NDJSON, JSON and Bundles.

FHIR: NDJSON, Bundle
Source: https://hl7.org/fhir/R4/nd-json.html
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from anlanh.kernel.problem import Problem

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")
LINES = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
DOCUMENTS = (".json", ".json.gz")
LARGEST_DOCUMENT = 512 * 2**20


class NothingToImport(Problem):
    issue = "not-found"
    status = 400
    says = "{path} holds no .ndjson or .json files."
    hint = "Give a file, a folder, or a .zip or .tar archive of them."


class NotReadable(Problem):
    issue = "not-found"
    status = 400
    says = "{path} cannot be read: {why}."
    hint = "Check the path and that the file is whole."


@dataclass(frozen=True, slots=True)
class Piece:
    """One line of NDJSON, or one document. `place` says where, for the report: file and line."""

    place: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """Work for one process: whole documents, a stretch of lines of a file, or pieces out of an archive."""

    documents: tuple[Path, ...] = ()
    lines: Path | None = None
    start: int = 0
    end: int = 0
    first_line: int = 1
    unpacked: tuple[Piece, ...] = ()
    size: int = 0

    def pieces(self) -> Iterator[Piece]:
        """What is in it, read only now."""
        yield from self.unpacked
        for path in self.documents:
            yield Piece(path.name, path.read_bytes())
        if self.lines is not None:
            with self.lines.open("rb") as stream:
                stream.seek(self.start)
                for number, line in enumerate(stream.read(self.end - self.start).split(b"\n"), self.first_line):
                    if line.strip():
                        yield Piece(f"{self.lines.name}:{number}", line)


def parts(path: Path, size: int) -> Iterator[Part]:
    """All that is below `path`, in parts of about `size` bytes, in order of name.

    Raises:
        NothingToImport, NotReadable: there is nothing, or it is broken.
    """
    found = False
    for part in _parts(path, size):
        found = True
        yield part
    if not found:
        raise NothingToImport(path=path)


def _parts(path: Path, size: int) -> Iterator[Part]:
    files = (
        sorted(each for each in path.rglob("*") if each.is_file() and _wanted(each.name)) if path.is_dir() else [path]
    )
    documents: list[Path] = []
    gathered = 0
    for each in files:
        if each.name.lower().endswith(".json") and each.exists():
            documents.append(each)
            gathered += each.stat().st_size
            if gathered >= size:
                yield Part(documents=tuple(documents), size=gathered)
                documents, gathered = [], 0
        elif each.name.lower().endswith((".ndjson", ".jsonl")) and each.exists():
            yield from _stretches(each, size)
        else:
            yield from _unpacked(each, size)
    if documents:
        yield Part(documents=tuple(documents), size=gathered)


def _stretches(path: Path, size: int) -> Iterator[Part]:
    """A file of lines cut at line ends."""
    start, line = 0, 1
    with path.open("rb") as stream:
        while block := stream.read(size):
            rest = stream.readline() if not block.endswith(b"\n") else b""
            end = start + len(block) + len(rest)
            yield Part(lines=path, start=start, end=end, first_line=line, size=end - start)
            line += block.count(b"\n") + rest.count(b"\n")
            start = end


def _unpacked(path: Path, size: int) -> Iterator[Part]:
    kept: list[Piece] = []
    gathered = 0
    for piece in pieces(path):
        kept.append(piece)
        gathered += len(piece.data)
        if gathered >= size:
            yield Part(unpacked=tuple(kept), size=gathered)
            kept, gathered = [], 0
    if kept:
        yield Part(unpacked=tuple(kept), size=gathered)


def pieces(path: Path) -> Iterator[Piece]:
    """All pieces below `path`, files in order of name.

    Raises:
        NothingToImport, NotReadable: there is nothing, or it is broken.
    """
    found = False
    try:
        for name, stream in _files(path):
            found = True
            yield from _pieces_of(name, stream)
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise NotReadable(path=path, why=str(error) or type(error).__name__) from None
    if not found:
        raise NothingToImport(path=path)


def size(path: Path) -> int:
    """Bytes on disk, for a progress bar."""
    if path.is_dir():
        return sum(each.stat().st_size for each in path.rglob("*") if each.is_file() and _wanted(each.name))
    return path.stat().st_size if path.exists() else 0


def _wanted(name: str) -> bool:
    return name.lower().endswith((*LINES, *DOCUMENTS, *ARCHIVES))


def _files(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            if each.is_file() and _wanted(each.name):
                yield from _files(each)
        return
    lower = path.name.lower()
    if lower.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for entry in sorted(archive.namelist()):
                if entry.lower().endswith((*LINES, *DOCUMENTS)):
                    with archive.open(entry) as stream:
                        yield f"{path.name}:{entry}", stream  # type: ignore[misc]  # a ZipExtFile reads bytes
    elif lower.endswith(ARCHIVES):
        with tarfile.open(path) as tar:
            for member in tar:
                if member.isfile() and member.name.lower().endswith((*LINES, *DOCUMENTS)):
                    extracted = tar.extractfile(member)
                    if extracted is not None:
                        yield f"{path.name}:{member.name}", extracted  # type: ignore[misc]  # opened for reading bytes
    elif lower.endswith((*LINES, *DOCUMENTS)):
        with path.open("rb") as stream:
            yield path.name, stream
    elif not path.exists():
        raise NotReadable(path=path, why="there is no such file")


def _pieces_of(name: str, stream: BinaryIO) -> Iterator[Piece]:
    lower = name.lower()
    opened: BinaryIO = gzip.GzipFile(fileobj=stream) if lower.endswith(".gz") else stream  # type: ignore[assignment]
    if lower.endswith(DOCUMENTS):
        yield Piece(name, opened.read(LARGEST_DOCUMENT))
        return
    for number, line in enumerate(io.BufferedReader(opened), 1):  # type: ignore[type-var]
        if line.strip():
            yield Piece(f"{name}:{number}", line)
