"""What one was told, and how one wants to hear of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.notify import rules
from anlanh.services.notify.model import (
    CHANNELS,
    KINDS,
    Delivery,
    Entered,
    Letter,
    NoSuchMessage,
    NotASubscription,
)
from anlanh.services.notify.store import deliveries, messages, people

ON_A_PAGE = 30
IN_THE_LOG = 100
MOST_AT_ONCE = 200
LONGEST_ADDRESS = 4000


def me(work: Work) -> int:
    """The key of who acts."""
    return messages.key_of(work.principal.subject)


def inboxes(work: Work) -> list[int]:
    """The keys of whose inboxes who acts reads: their own, and of the facility at which somebody works."""
    return [messages.key_of(each) for each in rules.inboxes_of(work.principal.subject, work.principal.organizations)]


async def unread(work: Work) -> int:
    """How many messages who acts has not read."""
    return await messages.count_unread(work, inboxes(work))


async def newest(
    work: Work, record: Record, most: int = ON_A_PAGE, before: tuple[datetime, str] | None = None
) -> list[Letter]:
    """Messages to who acts, the newest first, from a place on."""
    found = await messages.of_inboxes(work, inboxes(work), before, most)
    contents = await messages.communications(work, record, [each.id for each in found])
    return [rules.letter(contents[each.id], each) for each in found if each.id in contents]


async def open_letter(work: Work, record: Record, message_id: str) -> tuple[Letter, list[Delivery]]:
    """A message to who acts, and how they were told of it; from now on it counts as read. Safe to repeat.

    Raises:
        NoSuchMessage: there is none.
    """
    entered = await messages.one(work, message_id, inboxes(work))
    found = await messages.communication(work, record, message_id) if entered else None
    if entered is None or found is None:
        raise NoSuchMessage
    await messages.mark_read(work, record, message_id, [entered.person])
    return rules.letter(found, entered), (await deliveries.of_messages(work, [message_id])).get(message_id, [])


async def read_all(work: Work, record: Record) -> int:
    """Count everything as read; how many messages that were. Safe to repeat."""
    ids = await messages.unread_ids(work, inboxes(work), MOST_AT_ONCE)
    for each in ids:
        await messages.mark_read(work, record, each, inboxes(work))
    return len(ids)


async def sent(work: Work) -> list[tuple[Entered, list[Delivery]]]:
    """Every message to who acts or about them, the newest first, with what became of it on each channel."""
    found = await messages.about(work, inboxes(work), IN_THE_LOG)
    ways = await deliveries.of_messages(work, [each.id for each in found])
    return [(each, ways.get(each.id, [])) for each in found]


async def choose(work: Work, chosen: Iterable[str]) -> None:
    """Have exactly the chosen kinds on the chosen channels on (`result.push`); the inbox itself is always on. Safe to
    repeat."""
    pairs = (each.partition(".") for each in chosen)
    on = {(kind, channel) for kind, _, channel in pairs if kind in KINDS and channel in CHANNELS}
    await people.switch_off(work, me(work), rules.off(on))


async def subscribe(work: Work, address: str, device: str) -> None:
    """Notify a device from now on. `address`: a PushSubscription as JSON. Safe to repeat.

    Raises:
        NotASubscription: it is none.
    """
    try:
        found = msgspec.json.decode(address, type=PushAddress)
    except msgspec.DecodeError:
        raise NotASubscription from None
    if urlsplit(found.endpoint).scheme != "https" or len(address) > LONGEST_ADDRESS:
        raise NotASubscription
    await people.subscribe(work, me(work), msgspec.json.encode(found).decode(), found.endpoint, device[:80])


class PushKeys(msgspec.Struct):
    """The keys of a device, base64url. Source: https://www.w3.org/TR/push-api/#dom-pushsubscriptionjson"""

    p256dh: str
    auth: str


class PushAddress(msgspec.Struct):
    """A PushSubscription as JSON."""

    endpoint: str
    keys: PushKeys
