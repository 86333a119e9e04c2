"""Messages into the record: read, mapped and taken in, a sender's batch in one go.

FHIR: transaction
Source: https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from anlanh.exchange.hl7v2 import codec, mapping
from anlanh.exchange.hl7v2.problems import NotApplied, NotSupported
from anlanh.exchange.hl7v2.sites import Site, Sites
from anlanh.exchange.hl7v2.store import Settled, Waiting
from anlanh.exchange.hl7v2.tables.events import SUPPORTED
from anlanh.exchange.intake import merging, taking
from anlanh.exchange.intake.taking import Telling
from anlanh.fhir.store.record import Record
from anlanh.fhir.store.write import instant_text
from anlanh.kernel.problem import Problem
from anlanh.platform.work import Work

log = logging.getLogger(__name__)


async def apply(
    work: Work, record: Record, sites: Sites, sender: str, waiting: Sequence[Waiting], load: Callable[[Waiting], bytes]
) -> list[Settled]:
    """Write what a sender's messages say, in their order, in the transaction of `work`; what became of each.

    A single message may bring back what has been deleted; several together may not, and are refused by the store.

    Safe to repeat: a message that was applied before changes nothing.

    Raises:
        Problem: of the store, such as a version that changed meanwhile; nothing was written, try again.
    """
    settled: dict[int, Settled] = {}
    read: list[tuple[int, Telling]] = []
    site = sites.of(sender)
    for each in waiting:
        try:
            read.append((each.number, telling(site, sender, each, load(each))))
        except Problem as problem:
            settled[each.number] = Settled(each.number, problem=problem)
        except Exception:
            log.exception("HL7 v2: a message could not be mapped")
            settled[each.number] = Settled(each.number, problem=NotApplied())
    outcomes = await taking.take(work, record, [told for _, told in read])
    for (number, _), outcome in zip(read, outcomes, strict=True):
        settled[number] = Settled(number, problem=outcome) if isinstance(outcome, Problem) else Settled(number, outcome)
    return [settled[each.number] for each in waiting]


def telling(site: Site, sender: str, waiting: Waiting, data: bytes) -> Telling:
    """What a message tells. Pure.

    Raises:
        NotHl7, WrongEncoding: it cannot be read.
        NotSupported: its type is none that is taken in.
    """
    message = codec.readable(codec.parse(data, codec=site.codec))
    kind = message.type.partition("^")[0]
    if kind not in SUPPORTED:
        raise NotSupported(type=message.type[:20])
    bundle = mapping.to_bundle(message, site, instant_text(waiting.received_at), whole=False)
    scope = f"{site.base}/identifier/{sender.replace('|', '-').replace(' ', '_') or 'unknown'}"
    source = merging.source(sender, waiting.control_id, message.header.first(7))
    return Telling(bundle, scope, source, f"{sender}|{waiting.control_id}|{message.header.first(7)}")


def loaded(content: dict[int, bytes]) -> Callable[[Waiting], Any]:
    """The bytes of messages: from their rows, or those read from files before."""
    return lambda waiting: waiting.content if waiting.content is not None else content[waiting.number]
