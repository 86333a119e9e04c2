"""What a page or another service may ask of HL7 v2: how each sender is doing, its messages, and to replay them.

Every function that shows a message takes the work of who asks: a message is full of a person's data.
"""

from __future__ import annotations

from typing import Any

from anlanh.exchange.hl7v2 import applying, codec, sites, store
from anlanh.exchange.hl7v2.channel import files
from anlanh.exchange.hl7v2.inbox import read
from anlanh.exchange.hl7v2.problems import NotHl7
from anlanh.exchange.hl7v2.store import Entry, Figures, Waiting
from anlanh.fhir.search.keys import rid_of
from anlanh.kernel.settings import Settings
from anlanh.platform.blobs import Blobs
from anlanh.platform.work import Seen, Work

__all__ = [
    "Entry", "Figures", "declare", "declared", "files", "message", "messages", "preview", "replay", "senders", "show",
]  # fmt: skip

RULE = "exchange.message"
"""What a look at a message rests on: watching over what systems send."""

senders = store.figures
messages = store.entries
replay = store.replay


async def show(work: Work, number: int, blobs: Blobs) -> tuple[Entry, str]:
    """A message beside what became of it. That somebody looked is on the list of those of whom it speaks.

    Raises:
        NoSuchMessage: there is none of that number.
    """
    entry = await store.entry(work, number)
    people = [each.partition("/")[2] for each in entry.resources if each.startswith("Patient/")]
    keys = tuple(rid_of("Patient", each) for each in people)
    work.seen.append(Seen("R", "Bundle", (rid_of("Bundle", f"hl7v2-{number}"),), keys, RULE))
    return entry, await message(work, number, blobs)


async def declared(work: Work, settings: Settings, sender: str) -> dict[str, Any]:
    """What is particular about a sender: as declared on the pages, else in the file."""
    known = await store.overlays(work)
    own = known.get(sender, sites.read(settings.hl7_sites, settings.zone).overlays.get(sender, {}))
    return dict(own)


async def declare(work: Work, settings: Settings, sender: str, text: str) -> None:
    """Declare what is particular about a sender, as JSON; from the next message on. Safe to repeat.

    Raises:
        BadSites: it is not understood.
    """
    await store.set_overlay(work, sender, sites.overlay(text, sender, settings.zone))


async def preview(work: Work, settings: Settings, sender: str, text: str, pasted: str) -> dict[str, Any]:
    """What a message would become with an overlay. Nothing is written.

    Raises:
        BadSites, NotHl7, WrongEncoding, NotSupported: what is wrong with either.
    """
    base = sites.read(settings.hl7_sites, settings.zone).with_more(await store.overlays(work))
    known = base.with_more({sender: sites.overlay(text, sender, settings.zone)})
    data = pasted.replace("\r\n", "\r").replace("\n", "\r").encode()
    _, received = read(data)
    waiting = Waiting(0, received.control_id, data, None, work.at)
    return applying.telling(known.of(sender), sender, waiting, data).bundle


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
