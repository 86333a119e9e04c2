"""What became of posted documents: taken, come before, parked with the reason, and tried again."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from anlanh.exchange.intake import arrivals, documents
from anlanh.exchange.intake.arrivals import Arrived, Entry
from anlanh.exchange.intake.problems import DocumentChanged
from anlanh.fhir.rest.problems import Invalid
from anlanh.platform import work as works
from anlanh.platform.database import Database
from tests.conftest import Ground
from tests.exchange.intake.test_documents import bundle

SENDER = "client:bva"


def arrived(told: dict[str, Any]) -> Arrived:
    """A document that is posted now."""
    return Arrived(SENDER, documents.PROTOCOL, json.dumps(copy.deepcopy(told)).encode(), works.instant())


async def entries(database: Database) -> list[Entry]:
    """What the list of the sender shows."""
    async with works.begin(database, documents.WATCHER, works.OPERATIONS) as work:
        return await arrivals.entries(work, SENDER, None, 10)


def test_a_document_and_its_repetition_are_on_the_list_of_their_sender(ground: Ground) -> None:
    async def body(database: Database) -> None:
        told = arrived(bundle("A1"))
        taken = await documents.again(database, ground.record, told)
        await documents.again(database, ground.record, told)
        again, first = await entries(database)
        assert (first.state, first.control_id, again.state) == ("applied", taken.document_id, "duplicate")
        assert "Patient" in {each.partition("/")[0] for each in first.resources}
        async with works.begin(database, documents.WATCHER, works.OPERATIONS) as work:
            (figures,) = await arrivals.figures(work)
        assert (figures.last_hour, figures.parked) == (2, 0)
        assert figures.delay_p50_ms is not None

    ground.open(body)


def test_what_cannot_be_taken_is_parked_once_with_its_reason_in_both_languages(ground: Ground) -> None:
    async def body(database: Database) -> None:
        wrong = arrived(bundle("A2", identifier=None))
        for _ in range(2):
            with pytest.raises(Invalid):
                await documents.again(database, ground.record, wrong)
        (entry,) = await entries(database)
        assert (entry.state, entry.attempts) == ("parked", 2)
        assert "The Bundle is not valid" in str(entry.reason)
        assert "không hợp lệ" in str(entry.reason_vi)
        async with works.begin(database, documents.WATCHER, works.OPERATIONS) as work:
            kept = await arrivals.kept(work, entry.number)
        assert kept
        assert kept.content == wrong.content

    ground.open(body)


def test_what_was_parked_is_in_the_record_once_its_reason_is_gone(ground: Ground) -> None:
    async def body(database: Database) -> None:
        await documents.again(database, ground.record, arrived(bundle("A3")))
        changed = arrived(bundle("A3", timestamp="2026-06-02T08:00:00+07:00"))
        with pytest.raises(DocumentChanged):
            await documents.again(database, ground.record, changed)
        parked = (await entries(database))[0]
        async with works.begin(database, documents.WATCHER, works.OPERATIONS) as work:
            await arrivals.settled(work, changed, "D3", ["Patient/1"], new=True)
            assert await arrivals.kept(work, parked.number) is None
        taken = (await entries(database))[0]
        assert (taken.number, taken.state, taken.reason) == (parked.number, "applied", None)

    ground.open(body)
