"""Messages as bytes and as segments, fields, repetitions, components. What was read is written again byte for byte.

A message keeps its own text: fields are split when they are asked for, and only then are escapes undone. So a message
of any version, with segments of any vendor, passes through unharmed.

Source: HL7 v2.8.2 chapter 2, sections 2.5 (delimiters), 2.7 (escapes), 2.10 (batches)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from anlanh.exchange.hl7v2.problems import NoDelimiters, NotHl7, SeveralMessages, StrayLines, WrongEncoding
from anlanh.exchange.intake import charset

HEADERS = ("MSH", "FHS", "BHS")
ENVELOPE = (b"FHS", b"BHS", b"BTS", b"FTS")
BLANK = b"\xef\xbb\xbf \r\n\t\0\x0b\x1c"
"""What may stand around lines and says nothing: marks of byte order, of frames, space."""
NULL = '""'
"""A field sent as two double quotes is to be made empty."""

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")
_ESCAPE = re.compile(r"\\([^\\]*)\\")
_NAMED = {".br": "\n", ".sp": "\n", ".ce": "\n", "H": "", "N": "", ".fi": "", ".nf": "", ".in": "", ".ti": ""}


@dataclass(frozen=True, slots=True)
class Delimiters:
    """MSH-1 and MSH-2: field, component, repetition, escape, subcomponent."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    sub: str = "&"


class Repetition:
    """One repetition of a field. Components count from 1; what is not there is empty."""

    __slots__ = ("_parts", "delimiters", "raw")

    def __init__(self, raw: str, delimiters: Delimiters, separator: str | None = None) -> None:
        self.raw = raw
        self.delimiters = delimiters
        self._parts = raw.split(separator or delimiters.component)

    def __len__(self) -> int:
        return len(self._parts)

    def component(self, number: int) -> str:
        """A component as text, escapes undone; of one with subcomponents the first."""
        if number > len(self._parts):
            return ""
        text = self._parts[number - 1]
        if self.delimiters.sub in text:
            text = text.partition(self.delimiters.sub)[0]
        return unescape(text, self.delimiters) if text != NULL else ""

    def within(self, number: int) -> Repetition:
        """A component as a value of its own, its subcomponents as components."""
        raw = self._parts[number - 1] if number <= len(self._parts) else ""
        return Repetition(raw, self.delimiters, self.delimiters.sub)

    @property
    def text(self) -> str:
        """The whole repetition as text: for types that have no components."""
        return unescape(self.raw, self.delimiters) if self.raw != NULL else ""

    def has(self, number: int) -> bool:
        """Whether anything stands in the component."""
        return number <= len(self._parts) and self._parts[number - 1] not in ("", NULL)


class Segment:
    """One segment: `fields[0]` is its name; of MSH `fields[1]` is the field separator, as the standard counts."""

    __slots__ = ("_made", "delimiters", "end", "fields")

    def __init__(self, line: str, end: str, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self.end = end
        self.fields = line.split(delimiters.field)
        if self.fields[0] in HEADERS:
            self.fields.insert(1, delimiters.field)
        self._made: dict[int, list[Repetition]] = {}

    @property
    def name(self) -> str:
        """PID, OBX…"""
        return self.fields[0]

    def raw(self, number: int) -> str:
        """A field as it stands in the message; empty when it is not there."""
        return self.fields[number] if number < len(self.fields) else ""

    def valued(self, number: int) -> bool:
        """Whether anything stands in the field."""
        return number < len(self.fields) and self.fields[number] not in ("", NULL)

    def repetitions(self, number: int) -> list[Repetition]:
        """The repetitions of a field that hold anything."""
        if not self.valued(number):
            return []
        made = self._made.get(number)
        if made is None:
            parts = self.fields[number].split(self.delimiters.repetition)
            made = self._made[number] = [Repetition(part, self.delimiters) for part in parts if part not in ("", NULL)]
        return made

    def first(self, number: int, component: int = 1) -> str:
        """A component of the first repetition as text."""
        found = self.repetitions(number)
        return found[0].component(component) if found else ""

    def numbers(self) -> Iterator[int]:
        """Numbers of the fields that hold anything."""
        return (number for number, text in enumerate(self.fields) if number and text not in ("", NULL))

    def line(self) -> str:
        """The segment as it is written."""
        if self.name in HEADERS and len(self.fields) > 1:
            return self.fields[0] + self.fields[1] + self.delimiters.field.join(self.fields[2:])
        return self.delimiters.field.join(self.fields)


@dataclass(slots=True)
class Message:
    """A message: its segments in order, and the character set it was read in."""

    segments: list[Segment]
    delimiters: Delimiters = field(default_factory=Delimiters)
    codec: str = charset.UTF8
    lead: bytes = b""

    @property
    def header(self) -> Segment:
        """MSH."""
        return next(each for each in self.segments if each.name == "MSH")

    @property
    def type(self) -> str:
        """MSH-9 as `ADT^A01`, without the structure."""
        found = self.header.repetitions(9)
        return f"{found[0].component(1)}^{found[0].component(2)}" if found else ""

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return self.header.first(10)

    @property
    def sender(self) -> str:
        """Who sends, as `application|facility`: MSH-3 and MSH-4, by their names or else their universal ids."""
        parts = [(self.header.first(number) or self.header.first(number, 2)) for number in (3, 4)]
        return "|".join(parts)


def unescape(text: str, delimiters: Delimiters) -> str:
    """Text with its escape sequences undone."""
    if delimiters.escape not in text:
        return text
    known = {
        "F": delimiters.field,
        "S": delimiters.component,
        "T": delimiters.sub,
        "R": delimiters.repetition,
        "E": delimiters.escape,
        **_NAMED,
    }

    def meant(found: re.Match[str]) -> str:
        name = found[1]
        if name in known:
            return known[name]
        if name[:1] == "X":
            return _hexadecimal(name[1:], found[0])
        return known.get(name[:3], found[0])

    pattern = _ESCAPE
    if delimiters.escape != "\\":
        mark = re.escape(delimiters.escape)
        pattern = re.compile(f"{mark}([^{mark}]*){mark}")
    return pattern.sub(meant, text)


def escape(text: str, delimiters: Delimiters) -> str:
    """Text that may stand in a component."""
    for mark, name in zip(
        (delimiters.escape, delimiters.field, delimiters.component, delimiters.repetition, delimiters.sub), "EFSRT",
        strict=True,
    ):  # fmt: skip
        if mark in text:
            text = text.replace(mark, f"{delimiters.escape}{name}{delimiters.escape}")
    return text.replace("\r\n", "\n").replace("\n", f"{delimiters.escape}.br{delimiters.escape}").replace("\r", "")


def _hexadecimal(digits: str, otherwise: str) -> str:
    try:
        return bytes.fromhex(digits).decode(charset.UTF8)
    except ValueError:
        return otherwise


def parse(data: bytes, *, codec: str | None = None) -> Message:
    """One message. `codec`: what the sender is known to use, whatever MSH-18 says.

    Raises:
        NotHl7: there is no MSH segment. StrayLines: something stands before it. SeveralMessages: there are more.
        NoDelimiters: it does not name its delimiters.
    """
    start = data.find(b"MSH")
    if start < 0:
        raise NotHl7
    lead = data[:start]
    if lead.strip(BLANK):
        start, lead = _after_batch_headers(data)
    delimiters = _delimiters(data[start : start + 9].decode("latin-1"))
    head = data[start:].split(b"\r", 1)[0].split(b"\n", 1)[0].decode("latin-1")
    declared = Segment(head, "", delimiters).first(18)
    used = codec or charset.codec_of(declared) or charset.UTF8
    if used in ("utf-16", "utf-32"):
        used = charset.UTF8  # one could not have read MSH-18 otherwise
    text = charset.decode(data[start:], used)
    segments = [Segment(found[1], found[2], delimiters) for found in _LINE.finditer(text) if found[1] or found[2]]
    if sum(each.name == "MSH" for each in segments) > 1:
        raise SeveralMessages
    return Message(segments, delimiters, used, lead)


def encode(message: Message) -> bytes:
    """The message as bytes, in the character set in which it was read."""
    text = "".join(each.line() + each.end for each in message.segments)
    return message.lead + charset.encode(text, message.codec)


def readable(message: Message) -> Message:
    """The same message, when all its bytes could be read.

    Raises:
        WrongEncoding: a byte has no meaning in its character set.
    """
    for each in message.segments:
        for text in each.fields:
            at = None if text.isascii() else charset.first_unreadable(text)
            if at is not None:
                raise WrongEncoding(charset=message.codec, at=at)
    return message


def split_batch(data: bytes) -> list[bytes]:
    """The messages of a file or batch (FHS, BHS, MSH…, BTS, FTS), in order, without the envelope. Lines outside of any
    message, before the first MSH or after a line of the envelope, are pieces of their own: no message, but not dropped."""
    found: list[list[bytes]] = [[]]
    for line in data.replace(b"\r\n", b"\r").replace(b"\n", b"\r").split(b"\r"):
        told = line.lstrip(BLANK)
        if told[:3] in ENVELOPE:
            found.append([])
        elif told.startswith(b"MSH"):
            found.append([told])
        elif told.strip(BLANK):
            found[-1].append(line)
    return [b"\r".join(lines) + b"\r" for lines in found if lines]


def _after_batch_headers(data: bytes) -> tuple[int, bytes]:
    found = re.search(rb"(?:^|[\r\n])(MSH)", data)
    if found is None:
        raise NotHl7
    lead = data[: found.start(1)]
    if any(line.lstrip(BLANK)[:3] not in ENVELOPE for line in re.split(rb"[\r\n]", lead) if line.strip(BLANK)):
        raise StrayLines
    return found.start(1), lead


def _delimiters(head: str) -> Delimiters:
    if len(head) < 4 or head[3].isalnum() or head[3].isspace():
        raise NoDelimiters
    marks = head[4:8].split(head[3])[0]
    if any(mark.isalnum() or mark.isspace() for mark in marks) or not marks:
        raise NoDelimiters
    return Delimiters(head[3], *(marks + "^~\\&"[len(marks) :])[:4])
