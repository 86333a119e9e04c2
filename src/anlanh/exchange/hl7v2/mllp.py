"""The frames of MLLP: a start byte, a message, two end bytes. Pure; bytes may come in any pieces.

Source: HL7 Version 2 Transport Specification: MLLP, Release 2
"""

from __future__ import annotations

from collections.abc import Iterator

from anlanh.exchange.hl7v2.problems import TooLong

START = b"\x0b"
END = b"\x1c\x0d"


class Frames:
    """Takes bytes as they come and gives whole messages. `limit`: the longest message in bytes."""

    def __init__(self, limit: int) -> None:
        self._buffer = bytearray()
        self._looked = 0
        self._limit = limit

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are complete with these bytes. What stands between frames is left out.

        Raises:
            TooLong: the message that is coming in is longer than the limit.
        """
        self._buffer += data
        while (end := self._buffer.find(END, max(0, self._looked - 1))) >= 0:
            start = self._buffer.find(START, 0, end)
            frame = bytes(self._buffer[start + 1 : end])
            del self._buffer[: end + len(END)]
            self._looked = 0
            yield frame
        self._looked = len(self._buffer)
        if len(self._buffer) > self._limit:
            raise TooLong(limit=self._limit)

    @property
    def rest(self) -> bytes:
        """What has come of a message that has not ended."""
        start = self._buffer.find(START)
        return bytes(self._buffer[start + 1 :]) if start >= 0 else b""


def frame(message: bytes) -> bytes:
    """A message as it goes over the line; end bytes within it, such as a control id that is echoed may hold, do not end it."""
    return START + message.replace(END, END[1:]) + END
