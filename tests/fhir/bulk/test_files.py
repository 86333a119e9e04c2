"""Files of exports lie sealed and are opened piece by piece."""

from __future__ import annotations

from pathlib import Path

import pytest

from anlanh.fhir.bulk import files
from anlanh.fhir.bulk.files import SealedFiles
from anlanh.platform.envelope import CannotOpen, Keys

NAME = "Patient-1.ndjson"
FIRST, SECOND = b'{"family":"Hoa"}\n' * 9, b'{"family":"Lan"}\n' * 9


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SealedFiles:
    monkeypatch.setattr(files, "FRAME", 100)
    kept = SealedFiles(tmp_path, Keys(tmp_path / "keys" / "key"))
    kept.append(NAME, FIRST)
    kept.append(NAME, SECOND)
    return kept


def test_what_an_export_writes_lies_sealed_and_comes_back_in_small_pieces(kept: SealedFiles) -> None:
    on_disk = b"".join(path.read_bytes() for path in kept.folder.glob("*.sealed"))
    pieces = list(kept.read(NAME, len(FIRST + SECOND)))
    assert b"Hoa" not in on_disk
    assert b"".join(pieces) == FIRST + SECOND
    assert max(map(len, pieces)) == 100


def test_what_was_being_written_at_the_end_is_cut_off(kept: SealedFiles) -> None:
    whole = kept.path(NAME).stat().st_size
    with kept.path(NAME).open("ab") as torn:
        torn.write(b"\0\0\0\x05\0\0\1")
    assert not kept.holds(NAME, len(FIRST + SECOND))
    assert kept.cut(NAME, len(FIRST + SECOND))
    assert (kept.path(NAME).stat().st_size, kept.holds(NAME, len(FIRST + SECOND))) == (whole, True)
    assert kept.cut(NAME, len(FIRST))
    assert b"".join(kept.read(NAME, len(FIRST))) == FIRST


@pytest.mark.parametrize("size", [1, 152, 307, 10**9])
def test_where_no_frame_ends_nothing_is_cut(kept: SealedFiles, size: int) -> None:
    assert not kept.cut(NAME, size)
    assert kept.holds(NAME, len(FIRST + SECOND))


def test_a_file_cut_short_or_filled_with_nothing_is_not_there(kept: SealedFiles) -> None:
    content = kept.path(NAME).read_bytes()
    for changed in (content[:-1], content[:-600] + bytes(600), b"", bytes(4096)):
        kept.path(NAME).write_bytes(changed)
        assert not kept.holds(NAME, len(FIRST + SECOND)), len(changed)
    kept.path(NAME).unlink()
    assert (kept.holds(NAME, 1), kept.cut(NAME, 0)) == (False, False)


def test_a_changed_file_and_another_key_open_nothing(kept: SealedFiles, tmp_path: Path) -> None:
    content = bytearray(kept.path(NAME).read_bytes())
    with pytest.raises(CannotOpen):
        list(SealedFiles(tmp_path, Keys(tmp_path / "other")).read(NAME, len(FIRST)))
    content[-1] ^= 1
    kept.path(NAME).write_bytes(content)
    with pytest.raises(CannotOpen):
        list(kept.read(NAME, len(FIRST + SECOND)))
    with pytest.raises(CannotOpen):
        list(kept.read(NAME, len(FIRST + SECOND) + 1))
