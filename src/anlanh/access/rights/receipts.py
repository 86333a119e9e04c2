"""Receipts of consent: who agreed to which words, when, how. Only ever added to; the database refuses to change them.

Source: Luật 91/2025/QH15 Điều 9 (consent has to be verifiable); NĐ 330/2026/NĐ-CP (a log of consents)
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from anlanh.access.rights import choices
from anlanh.fhir.search.keys import rid_of
from anlanh.platform.work import Work


@dataclass(frozen=True, slots=True)
class How:
    """In which way somebody agreed. `relation`: self, parent, delegate."""

    channel: str = "web"
    method: str = ""
    network: str = ""
    device: str = ""
    relation: str = "self"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt. `act`: given or withdrawn; `purpose`: kind of choice or code of the purpose."""

    id: str
    consent_id: str
    act: str
    purpose: str
    says: str
    text_sha256: str
    until: datetime | None
    signer: str
    channel: str
    method: str
    network: str
    device: str
    at: datetime


async def write(
    work: Work, patient: str, consent_id: str, act: str, purpose: str, says: str, until: datetime | None, how: How
) -> str:
    """Add a receipt for whoever acts; its id. Not safe to repeat: each call is one more."""
    made = str(uuid.uuid4())
    await work.connection.execute(
        "insert into consent_receipt (id, patient, consent, act, purpose, says, text_sha256, until, signer, relation, channel,"
        " method, network, device, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        made, rid_of(*patient.split("/")), consent_id, act, purpose, says, choices.digest(says), until,
        work.principal.subject, how.relation, how.channel, how.method, how.network, how.device, work.at,
    )  # fmt: skip
    return made


async def of(work: Work, patient: str) -> list[Receipt]:
    """The receipts of a person, newest first."""
    rows = await work.connection.fetch(
        "select * from consent_receipt where patient = $1 order by at desc, id limit 500", rid_of(*patient.split("/"))
    )
    return [_of(row) for row in rows]


async def agreed(work: Work, patient: str, purpose: str) -> bool:
    """Whether a person agrees to a purpose of purposes.toml now. Nothing said is no."""
    row = await work.connection.fetchrow(
        "select act, until from consent_receipt where patient = $1 and purpose = $2 order by at desc, id limit 1",
        rid_of(*patient.split("/")), purpose,
    )  # fmt: skip
    return row is not None and row["act"] == "given" and (row["until"] is None or row["until"] > work.at)


def _of(row: asyncpg.Record) -> Receipt:
    return Receipt(
        str(row["id"]), row["consent"], row["act"], row["purpose"], row["says"], row["text_sha256"], row["until"],
        row["signer"], row["channel"], row["method"], row["network"], row["device"], row["at"],
    )  # fmt: skip
