"""A C-CDA document from bytes into the record.

FHIR: Bundle (document)
Source: HL7 CDA R2, HL7 "C-CDA on FHIR" 2.0
"""

from __future__ import annotations

from anlanh.exchange.ccda import codec, mapping
from anlanh.exchange.intake import documents
from anlanh.exchange.intake.documents import Taken
from anlanh.fhir.store.record import Record
from anlanh.platform.database import Database
from anlanh.platform.work import Principal

PROTOCOL = "cda"


async def receive(database: Database, record: Record, who: Principal, data: bytes) -> Taken:
    """Take a document in, in one transaction. Safe to repeat: the same id and version changes nothing.

    Raises:
        NotCda, NoDocumentId: it cannot be read, or has no id.
        Problem: see `intake.documents.receive`.
    """
    bundle = mapping.to_bundle(codec.parse(data), data, record.zone)
    return await documents.receive(database, record, who, PROTOCOL, bundle)
