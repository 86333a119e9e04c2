"""The old Vietnamese character sets, both directions."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlanh.exchange.hl7v2 import codec
from anlanh.exchange.intake import charset

NAME = "Đặng Thị Hồng Ngọc, phường Phan Đình Phùng, thành phố Thái Nguyên"
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"


@pytest.mark.parametrize("name", ["tcvn3", "vni", "utf-8", "cp1258"])
def test_bytes_of_any_kind_come_back(name: str) -> None:
    data = bytes(range(256))
    assert charset.encode(charset.decode(data, name), name) == data


@pytest.mark.parametrize("name", [charset.TCVN3, charset.VNI])
def test_every_vietnamese_letter_has_its_bytes(name: str) -> None:
    for text in (LETTERS, LETTERS.upper(), NAME):
        assert charset.decode(charset.encode(text, name), name) == text


def test_vni_writes_a_vowel_and_then_its_mark() -> None:
    assert charset.decode("Nguyeãn Vaên Ñöùc".encode("cp1252"), charset.VNI) == "Nguyễn Văn Đức"


def test_tcvn3_has_one_byte_a_letter() -> None:
    assert charset.decode(b"Nguy\xd4n V\xa8n \xa7\xf8c", charset.TCVN3) == "Nguyễn Văn Đức"


@given(st.binary(max_size=60))
def test_no_bytes_are_lost_in_vni(data: bytes) -> None:
    assert charset.encode(charset.decode(data, charset.VNI), charset.VNI) == data


@pytest.mark.parametrize(
    ("declared", "wanted"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("", "utf-8"),
        ("8859/1", "iso8859-1"),
        ("TCVN3", "tcvn3"),
        ("vni", "vni"),
        ("KLINGON", None),
    ],
)
def test_msh_18_names_the_character_set(declared: str, wanted: str | None) -> None:
    assert charset.codec_of(declared) == wanted


def test_a_message_is_read_in_the_set_it_declares_or_in_that_of_its_sender() -> None:
    line = "PID|1||||Nguyễn^Đức".encode()
    tcvn = charset.encode(line.decode(), charset.TCVN3)
    declared = codec.parse(b"MSH|^~\\&|A|B||||||||||||||TCVN3\r" + tcvn)
    known = codec.parse(b"MSH|^~\\&|A|B\r" + tcvn, codec=charset.TCVN3)
    assert declared.segments[1].first(5) == known.segments[1].first(5) == "Nguyễn"
    assert unicodedata.is_normalized("NFC", known.segments[1].first(5, 2))
