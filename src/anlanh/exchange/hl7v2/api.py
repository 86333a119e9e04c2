"""What a page or another service may ask of HL7 v2: how each sender is doing, its messages, and to replay them.

Every function that shows a message takes the work of who asks: a message is full of a person's data.
"""

from __future__ import annotations

from anlanh.exchange.hl7v2 import codec, store
from anlanh.exchange.hl7v2.problems import NotHl7
from anlanh.exchange.hl7v2.store import Entry, Figures
from anlanh.platform.blobs import Blobs
from anlanh.platform.work import Work

__all__ = ["Entry", "Figures", "message", "messages", "replay", "senders"]

senders = store.figures
messages = store.entries
replay = store.replay


async def message(work: Work, number: int, blobs: Blobs, sites_codec: str | None = None) -> str:
    """The text of a message as its character set has it, one segment a line.

    Raises:
        NoSuchMessage: there is none of that number.
    """
    data, blob = await store.content(work, number)
    if blob is not None:
        data = b"".join(blobs.get(blob))
    try:
        found = codec.parse(data or b"", codec=sites_codec)
    except NotHl7:
        return (data or b"").decode("utf-8", "replace")
    return "\n".join(each.line() for each in found.segments)
