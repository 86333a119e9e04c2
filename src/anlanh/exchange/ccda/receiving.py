"""A C-CDA document from bytes into the record.

FHIR: Bundle (document)
Source: HL7 CDA R2, HL7 "C-CDA on FHIR" 2.0
"""

from __future__ import annotations

from anlanh.exchange.ccda import codec, mapping
from anlanh.exchange.intake import documents
from anlanh.exchange.intake.arrivals import Arrived
from anlanh.exchange.intake.documents import Taken
from anlanh.fhir.store.record import Record
from anlanh.platform import work as works
from anlanh.platform.database import Database
from anlanh.platform.work import Principal

PROTOCOL = "cda"


async def receive(database: Database, record: Record, who: Principal, data: bytes) -> Taken:
    """Take a document in, in one transaction. Safe to repeat: the same id and version changes nothing.

    Raises:
        NotAllowed: who sends it is no connected system.
        NotCda, NoDocumentId: it cannot be read, or has no id.
        Problem: see `intake.documents.receive`.
    """
    documents.check_sender(who)
    return await again(database, record, Arrived(who.subject, PROTOCOL, data, works.instant()))


async def again(database: Database, record: Record, arrived: Arrived) -> Taken:
    """The same of a document as it came. Safe to repeat.

    Raises:
        Problem: see `receive`; it is parked with the reason.
    """
    data = arrived.content
    return await documents.take_in(
        database, record, arrived, lambda: mapping.to_bundle(codec.parse(data), data, record.zone)
    )
