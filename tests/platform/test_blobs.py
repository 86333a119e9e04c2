"""Files named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from anlanh.platform.blobs import BlobChanged, BlobMissing, Blobs, BlobTooLarge


def test_what_is_kept_comes_back_under_the_hash_of_its_content(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    kept = blobs.put([b"an ", b"lanh"])
    assert (kept.sha256, kept.size) == (hashlib.sha256(b"an lanh").hexdigest(), 7)
    assert b"".join(blobs.get(kept.sha256)) == b"an lanh"


def test_the_same_file_is_kept_once(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    assert blobs.put([b"x"]) == blobs.put([b"x"])
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


def test_a_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        Blobs(tmp_path).put(broken())
    with pytest.raises(BlobTooLarge):
        Blobs(tmp_path).put([b"too much"], limit=3)
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_a_change_on_disk_shows(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    kept = blobs.put([b"true"])
    next(path for path in tmp_path.rglob("*") if path.is_file()).write_bytes(b"false")
    with pytest.raises(BlobChanged):
        list(blobs.get(kept.sha256))


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", ""])
def test_a_name_that_is_none_finds_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(BlobMissing):
        list(Blobs(tmp_path).get(name))
