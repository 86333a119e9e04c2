"""Puts access control on a record and a database: rules, labels, what follows from writes, and the audit.

Called once by everything that opens a database for more than its own upkeep.
"""

from __future__ import annotations

from pathlib import Path

from anlanh.access.audit.auditor import AccessLog
from anlanh.access.audit.journal import Journal
from anlanh.access.identity import index
from anlanh.access.policy.labels import labeller
from anlanh.access.policy.sight import Decisions
from anlanh.access.relations.projections import Follower
from anlanh.fhir.store.record import Record
from anlanh.fhir.subscriptions import owner
from anlanh.platform.database import Database


def put_on(database: Database, record: Record, journal: Path | None = None) -> None:
    """From now on nobody sees, changes or finds what no rule allows, and every look at a person's data is written down:
    in the log, or, of a process that answers many at once, first in its `journal` (a folder)."""
    record.sights = Decisions(record)
    record.labeller = labeller()
    follower = Follower(record)
    follower.follow()
    index.follow(record, follower.beside_patient)
    record.projections["Subscription"] = owner.keep
    database.auditor = AccessLog(database, Journal(journal) if journal else None)
