"""Which providers of identity there are: VNeID by the settings, those of organisations in a table."""

from __future__ import annotations

from anlanh.access.accounts.model import Kind
from anlanh.access.accounts.oidc import Provider
from anlanh.access.accounts.vault import Vault
from anlanh.fhir.vn.systems import PERSONAL_ID
from anlanh.kernel.settings import Settings
from anlanh.platform.database import Connection
from anlanh.platform.work import Work

VNEID = "vneid"
CLAIM = "so_dinh_danh"
"""The claim that holds the personal number, unless a provider names it otherwise."""


def vneid(settings: Settings) -> Provider | None:
    """VNeID as the settings describe it; None where it is not set up."""
    if not settings.vneid_issuer:
        return None
    return Provider(
        VNEID, "VNeID", Kind.CITIZEN, settings.vneid_issuer, settings.vneid_client_id or "anlanh",
        settings.vneid_client_secret, settings.vneid_claim, PERSONAL_ID,
    )  # fmt: skip


async def of_organisations(connection: Connection, safe: Vault) -> list[Provider]:
    """The providers of organisations' staff, by title."""
    rows = await connection.fetch(
        "select id, title, issuer, client_id, client_secret, claim, identifier_system from account_provider"
        " where enabled order by title, id"
    )
    return [
        Provider(
            row["id"], row["title"], Kind.STAFF, row["issuer"], row["client_id"],
            safe.open(row["client_secret"]) if row["client_secret"] else None, row["claim"], row["identifier_system"],
        )
        for row in rows
    ]  # fmt: skip


async def keep(work: Work, safe: Vault, provider: Provider) -> None:
    """Set up the provider of an organisation, or change it. Safe to repeat. In force when the server starts again."""
    await work.connection.execute(
        "insert into account_provider (id, title, issuer, client_id, client_secret, claim, identifier_system)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do update set title = excluded.title,"
        " issuer = excluded.issuer, client_id = excluded.client_id, client_secret = excluded.client_secret,"
        " claim = excluded.claim, identifier_system = excluded.identifier_system, enabled = true",
        provider.id, provider.title, provider.issuer, provider.client_id,
        safe.close(provider.client_secret) if provider.client_secret else None, provider.claim,
        provider.identifier_system,
    )  # fmt: skip
