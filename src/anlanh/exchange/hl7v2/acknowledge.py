"""Acknowledgements: original and enhanced mode. Pure.

Source: HL7 v2.8.2 section 2.9.2 (original), 2.9.3 (enhanced), 2.14.8 (MSA), 2.14.5 (ERR), tables 0008, 0155 and 0357
"""

from __future__ import annotations

from datetime import datetime

from anlanh.exchange.hl7v2 import codec
from anlanh.exchange.hl7v2.codec import Delimiters, Message
from anlanh.exchange.intake import charset

NEVER, ON_ERROR, ON_SUCCESS = "NE", "ER", "SU"
"""HL7 table 0155, MSH-15 and MSH-16. The fourth, AL, is whatever is none of these."""

ISSUE_OF_ERROR = {"structure": "100", "required": "101", "invalid": "102", "value": "103", "not-supported": "200",
                  "not-found": "204", "duplicate": "205", "exception": "207", "conflict": "206"}  # fmt: skip
"""Our issue codes as HL7 table 0357, error conditions; 207, application error, for others."""


def enhanced(message: Message) -> bool:
    """Whether the sender asks for the enhanced mode: MSH-15 or MSH-16 is there."""
    return message.header.valued(15) or message.header.valued(16)


def wanted(message: Message, number: int, *, failed: bool) -> bool:
    """Whether the condition in MSH-15 (accept) or MSH-16 (application) asks for an acknowledgement.
    A word that table 0155 does not have asks too: silence would leave the sender waiting."""
    condition = message.header.first(number).upper() or NEVER
    return condition not in (NEVER, ON_SUCCESS if failed else ON_ERROR)


def tells_outcome(message: Message) -> bool:
    """Whether the sender may want to be told what became of the message."""
    return any(wanted(message, 16, failed=failed) for failed in (False, True))


def answer(message: Message | None, code: str, at: datetime, own_id: str, *, issue: str = "", says: str = "") -> bytes:
    """An ACK. `code`: AA AE AR, or CA CE CR. `at` aware; `own_id` becomes MSH-10; `issue`, `says`: what is wrong."""
    delimiters = message.delimiters if message is not None else Delimiters()
    bar, up = delimiters.field, delimiters.component
    head = message.header if message is not None else None
    if head is None:
        parties, event, version, control, processing = ["", "", "", ""], "", "2.5.1", "", "P"
    else:
        parties = [head.raw(5), head.raw(6), head.raw(3), head.raw(4)]
        event, version = head.first(9, 2), head.first(12) or "2.5.1"
        control, processing = head.raw(10), head.raw(11) or "P"
    event, version = codec.escape(event, delimiters), codec.escape(version, delimiters)
    kind = up.join(part for part in ("ACK", event, "ACK" if event and version >= "2.3.1" else "") if part)
    marks = f"{up}{delimiters.repetition}{delimiters.escape}{delimiters.sub}"
    moment = f"{at:%Y%m%d%H%M%S%z}"
    header = ["MSH" + bar + marks, *parties, moment, "", kind, own_id, processing, version, *[""] * 5, "UNICODE UTF-8"]
    lines = [bar.join(header), bar.join(["MSA", code, control])]
    if issue:
        text = codec.escape(says, delimiters)
        condition = up.join((ISSUE_OF_ERROR.get(issue, "207"), text, "HL70357"))
        lines.append(bar.join(["ERR", "", "", condition, "E", "", "", "", text]))
    return ("\r".join(lines) + "\r").encode(charset.UTF8, "surrogateescape")
