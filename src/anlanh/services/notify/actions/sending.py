"""Sending: a delivery is taken by one process, written down as a try, then tried; never twice for what may have gone out.

Three transactions: take and write down; (the channel is called outside of any); write down what became of it. A process
that is killed in between leaves a try without an end: nobody knows whether it went out, so the next rung follows instead.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from anlanh.fhir.store.record import Record
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Work
from anlanh.services.notify import rules
from anlanh.services.notify.actions.channels import Channel
from anlanh.services.notify.model import Claimed, Delivery, Entered, Receipt
from anlanh.services.notify.store import deliveries, messages, people
from anlanh.services.notify.store.messages import ANNOUNCER

log = logging.getLogger(__name__)

BATCH = 20
WITHIN_S = 30.0


async def step(database: Database, record: Record, channels: Mapping[str, Channel]) -> int:
    """Send what is due, at most a batch; how many deliveries were looked at. Several processes may."""
    async with works.begin(database, ANNOUNCER, works.OPERATIONS) as work:
        await _give_up(work, record)
        due = await deliveries.take_due(work, BATCH)
        decided = [await _claim(work, record, delivery, entered) for delivery, entered in due]
    claims = [each for each in decided if each is not None]
    await asyncio.gather(*(_try(database, record, channels[each.channel], each) for each in claims))
    return len(due)


async def _give_up(work: Work, record: Record) -> None:
    """Of tries that were cut off: not again on this channel."""
    for delivery, entered in await deliveries.interrupted(work, work.at - rules.HELD_FOR):
        await deliveries.end(work, delivery.id, "unsure")
        await _next(work, record, entered)


async def _claim(work: Work, record: Record, delivery: Delivery, entered: Entered) -> Claimed | None:
    """Take a delivery, or decide that it is not needed."""
    if entered.read_at is not None:
        await deliveries.end(work, delivery.id, "spared")
        return None
    if (entered.kind, delivery.channel) in await people.switched_off(work, entered.person):
        await deliveries.end(work, delivery.id, "off")
        return None
    addresses = await people.addresses(work, record, entered.person, delivery.channel)
    content = await messages.communication(work, record, entered.id)
    if not addresses or content is None:
        await deliveries.end(work, delivery.id, "absent")
        await _next(work, record, entered)
        return None
    number = await deliveries.start(work, delivery)
    body = rules.outside(entered.kind, rules.letter(content, entered).title)
    return Claimed(delivery.id, number, entered, delivery.channel, addresses, body)


async def _try(database: Database, record: Record, channel: Channel, claimed: Claimed) -> None:
    try:
        async with asyncio.timeout(WITHIN_S):
            receipt = await channel.send(claimed)
    except TimeoutError:
        receipt = Receipt("unsure", "no answer in time")
    except Exception as fault:
        log.exception("A channel failed", extra={"job": claimed.channel})
        receipt = Receipt("unsure", type(fault).__name__)
    async with works.begin(database, ANNOUNCER, works.OPERATIONS) as work:
        await finish(work, record, claimed, receipt)


async def finish(work: Work, record: Record, claimed: Claimed, receipt: Receipt) -> None:
    """Write down what became of a try, and what follows from it."""
    await people.drop_addresses(work, receipt.gone)
    if not await deliveries.close_try(work, claimed.id, claimed.number, receipt.outcome):
        return
    pause = rules.pause(claimed.number) if receipt.outcome == "later" else None
    if pause is not None:
        until = rules.not_before(work.at + pause, claimed.message.priority, record.zone)
        await deliveries.wait(work, claimed.id, until, receipt.why)
        return
    state = "dead" if receipt.outcome == "later" else receipt.outcome
    await deliveries.end(work, claimed.id, state, receipt.why, receipt.receipt)
    if state != "sent":
        await _next(work, record, claimed.message)


async def _next(work: Work, record: Record, entered: Entered) -> None:
    if rules.hastens(entered.priority):
        await deliveries.hasten(work, entered.id, rules.not_before(work.at, entered.priority, record.zone))
