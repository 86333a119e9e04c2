"""Files named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from anlanh.platform.blobs import BlobChanged, BlobMissing, Blobs, BlobTooLarge
from anlanh.platform.envelope import Keys


def files(folder: Path) -> Blobs:
    """Files in a folder, and their key beside it."""
    return Blobs(folder / "files", Keys(folder / "key"))


def test_what_is_kept_comes_back_under_the_hash_of_its_content(tmp_path: Path) -> None:
    blobs = files(tmp_path)
    kept = blobs.put([b"an ", b"lanh"])
    assert (kept.sha256, kept.size) == (hashlib.sha256(b"an lanh").hexdigest(), 7)
    assert b"".join(blobs.get(kept.sha256)) == b"an lanh"


def test_the_same_file_is_kept_once(tmp_path: Path) -> None:
    blobs = files(tmp_path)
    assert blobs.put([b"x"]) == blobs.put([b"x"])
    assert sum(path.is_file() for path in (tmp_path / "files").rglob("*")) == 1


def test_a_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        files(tmp_path).put(broken())
    with pytest.raises(BlobTooLarge):
        files(tmp_path).put([b"too much"], limit=3)
    assert not any(path.is_file() for path in (tmp_path / "files").rglob("*"))


def test_a_change_on_disk_shows(tmp_path: Path) -> None:
    blobs = files(tmp_path)
    kept = blobs.put([b"true"])
    next(path for path in (tmp_path / "files").rglob("*") if path.is_file()).write_bytes(b"false")
    with pytest.raises(BlobChanged):
        list(blobs.get(kept.sha256))


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", ""])
def test_a_name_that_is_none_finds_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(BlobMissing):
        list(files(tmp_path).get(name))


def test_who_takes_the_disk_reads_nothing(tmp_path: Path) -> None:
    files(tmp_path).put([b"Nguyen Thi Hoa, HIV"])
    assert all(b"Hoa" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_changed_key_seals_from_now_on_and_opens_what_was_sealed_before(tmp_path: Path) -> None:
    kept = files(tmp_path).put([b"before"])
    Keys(tmp_path / "key").change()
    blobs = files(tmp_path)
    later = blobs.put([b"after"])
    assert b"".join(blobs.get(kept.sha256)) == b"before"
    (tmp_path / "key").write_text((tmp_path / "key").read_text().splitlines()[0])
    assert b"".join(files(tmp_path).get(later.sha256)) == b"after"
    with pytest.raises(BlobChanged):
        list(files(tmp_path).get(kept.sha256))


def test_a_large_file_comes_back_whole(tmp_path: Path) -> None:
    pieces = [bytes([number]) * 700_000 for number in range(30)]
    kept = files(tmp_path).put(iter(pieces))
    assert hashlib.sha256(b"".join(files(tmp_path).get(kept.sha256))).hexdigest() == kept.sha256
