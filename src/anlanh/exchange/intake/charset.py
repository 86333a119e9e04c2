"""Character sets of messages: those of HL7 table 0211, and the two old Vietnamese ones that hospitals still send.

TCVN3 (fonts ".VnTime", also "ABC") has one byte a letter; VNI writes a vowel and then its mark. Both directions are
exact: bytes that stand for nothing are carried as surrogates, as Python's `surrogateescape` does.

Source: HL7 v2.8.2 table 0211; TCVN 5712:1993 (VN1); VNI-Windows as the fonts VNI-Times have it
"""

from __future__ import annotations

from functools import cache

UTF8 = "utf-8"
TCVN3 = "tcvn3"
VNI = "vni"

HL7_TABLE_0211 = {
    "": UTF8,
    "ASCII": UTF8,
    "UNICODE": UTF8,
    "UNICODE UTF-8": UTF8,
    "UTF-8": UTF8,
    "UTF8": UTF8,
    "UNICODE UTF-16": "utf-16",
    "UTF-16": "utf-16",
    "UNICODE UTF-32": "utf-32",
    "8859/1": "iso8859-1",
    "8859/2": "iso8859-2",
    "8859/3": "iso8859-3",
    "8859/4": "iso8859-4",
    "8859/5": "iso8859-5",
    "8859/6": "iso8859-6",
    "8859/7": "iso8859-7",
    "8859/8": "iso8859-8",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "GB 18030-2000": "gb18030",
    "BIG-5": "big5",
    "KS X 1001": "euc_kr",
    "ISO IR87": "iso2022_jp",
    "ISO IR159": "iso2022_jp_1",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
    "WINDOWS-1258": "cp1258",
    "CP1258": "cp1258",
    "TCVN": TCVN3,
    "TCVN3": TCVN3,
    "TCVN-3": TCVN3,
    "TCVN 5712": TCVN3,
    "TCVN5712": TCVN3,
    "ABC": TCVN3,
    "VNI": VNI,
    "VNI-WINDOWS": VNI,
    "VNI-TIMES": VNI,
}
"""MSH-18 as it is written, in capitals, and the codec it means. ASCII is taken for its superset, which senders mean."""

TCVN3_HIGH = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"  # 80–9F
    "\xa0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"  # A0–BF
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịò"  # C0–DF
    "ỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"  # E0–FF
)
TCVN3_LOW = {0x01: "Ú", 0x02: "Ụ", 0x04: "Ừ", 0x05: "Ử", 0x06: "Ữ", 0x11: "Ứ", 0x12: "Ự", 0x13: "Ỳ", 0x14: "Ỷ", 0x15: "Ỹ",
             0x16: "Ý", 0x17: "Ỵ"}  # fmt: skip

VNI_MARKED = {
    "a": {"ù": "á", "ø": "à", "û": "ả", "õ": "ã", "ï": "ạ", "ê": "ă", "é": "ắ", "è": "ằ", "ú": "ẳ", "ü": "ẵ", "ë": "ặ",
          "â": "â", "á": "ấ", "à": "ầ", "å": "ẩ", "ã": "ẫ", "ä": "ậ"},
    "e": {"ù": "é", "ø": "è", "û": "ẻ", "õ": "ẽ", "ï": "ẹ", "â": "ê", "á": "ế", "à": "ề", "å": "ể", "ã": "ễ", "ä": "ệ"},
    "o": {"ù": "ó", "ø": "ò", "û": "ỏ", "õ": "õ", "ï": "ọ", "â": "ô", "á": "ố", "à": "ồ", "å": "ổ", "ã": "ỗ", "ä": "ộ"},
    "ô": {"ù": "ớ", "ø": "ờ", "û": "ở", "õ": "ỡ", "ï": "ợ"},
    "u": {"ù": "ú", "ø": "ù", "û": "ủ", "õ": "ũ", "ï": "ụ"},
    "ö": {"ù": "ứ", "ø": "ừ", "û": "ử", "õ": "ữ", "ï": "ự"},
    "y": {"ù": "ý", "ø": "ỳ", "û": "ỷ", "õ": "ỹ"},
}  # fmt: skip
"""VNI: a vowel, then its mark (both as Windows-1252 shows them), and the letter they make."""
VNI_SINGLE = {"ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ñ": "đ"}


def codec_of(declared: str) -> str | None:
    """The codec that MSH-18 (or a sender's overlay) names; None when nobody knows the name."""
    return HL7_TABLE_0211.get(declared.strip().upper())


def decode(data: bytes, codec: str) -> str:
    """Bytes as text. Never fails: a byte that stands for nothing becomes a lone surrogate, and comes back in `encode`."""
    if codec == TCVN3:
        return data.decode("latin-1").translate(_tcvn3_letters())
    if codec == VNI:
        return _decode_vni(data)
    try:
        return data.decode(codec, "surrogateescape")
    except UnicodeDecodeError:
        return data.decode(UTF8, "surrogateescape")


def encode(text: str, codec: str) -> bytes:
    """Text as bytes, the other way round; what the character set does not have becomes `?`."""
    if codec in (TCVN3, VNI):
        return b"".join(_bytes_of(codec).get(letter) or _other(letter) for letter in text)
    try:
        return text.encode(codec, "surrogateescape")
    except UnicodeEncodeError:
        return text.encode(codec, "replace")


def first_unreadable(text: str) -> int | None:
    """The place of the first character that stands for a byte without meaning; None for good text."""
    try:
        text.encode(UTF8)
    except UnicodeEncodeError as error:
        return error.start
    return None


@cache
def _tcvn3_letters() -> dict[int, str]:
    return {0x80 + at: letter for at, letter in enumerate(TCVN3_HIGH)} | TCVN3_LOW


@cache
def _vni_letters() -> dict[str, str]:
    """One or two characters of Windows-1252 to the letter they make, in both cases."""
    pairs = {base + mark: letter for base, marks in VNI_MARKED.items() for mark, letter in marks.items()} | VNI_SINGLE
    capitals = {pair.upper(): letter.upper() for pair, letter in pairs.items()}
    return capitals | pairs


def _decode_vni(data: bytes) -> str:
    shown, letters, out, at = data.decode("cp1252", "surrogateescape"), _vni_letters(), [], 0
    while at < len(shown):
        pair = letters.get(shown[at : at + 2])
        out.append(pair or letters.get(shown[at]) or _alone(shown[at]))
        at += 2 if pair and len(shown[at : at + 2]) == 2 else 1
    return "".join(out)


def _alone(shown: str) -> str:
    """A character of Windows-1252 that VNI does not use; a mark without its vowel stands for nothing."""
    return shown if shown not in _bytes_of(VNI) or shown.isascii() else chr(0xDC00 + shown.encode("cp1252")[0])


@cache
def _bytes_of(codec: str) -> dict[str, bytes]:
    if codec == TCVN3:
        return {letter: bytes([code]) for code, letter in _tcvn3_letters().items()}
    table = {letter: pair.encode("cp1252") for pair, letter in _vni_letters().items()}
    return {chr(code): bytes([code]) for code in range(128)} | table


def _other(letter: str) -> bytes:
    for codec in ("ascii", "cp1252"):
        try:
            return letter.encode(codec, "surrogateescape")
        except UnicodeEncodeError:
            continue
    return b"?"
