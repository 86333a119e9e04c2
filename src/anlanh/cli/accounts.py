"""`anlanh access add-staff`, `close-account`, `add-provider`: accounts of staff, for operators."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from anlanh.cli.access import access
from anlanh.cli.terminal import clear_errors
from anlanh.ground import database_url, migrate_database
from anlanh.kernel.settings import Settings

if TYPE_CHECKING:
    from anlanh.access.accounts.oidc import Provider

__all__ = ["access"]


@access.command("add-staff")
@click.option("--person", required=True, help="Who: Practitioner/[id] of the record.")
@click.option("--login", required=True, help="Login name, such as an address of e-mail.")
@click.option("--role", required=True, help="In which role: doctor, nurse, receptionist …")
@click.option("--organization", required=True, help="Where: Organization/[id].")
@click.option("--department", help="Organization/[id] or Location/[id] within it.")
@click.option("--commune", help="Code of the commune, for station workers.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the assignment (UTC).")
@click.pass_obj
@clear_errors
def add_staff(
    settings: Settings, person: str, login: str, role: str, organization: str, department: str | None,
    commune: str | None, until: datetime | None,
) -> None:  # fmt: skip
    """Give somebody an account and a place of work; print a link that opens it once, within three days.

    Safe to repeat: the account and the assignment are kept, the link is new and the one before is worthless.
    """
    with database_url(settings) as (url, _):
        asyncio.run(migrate_database(settings, url))
        ends = until.replace(tzinfo=UTC) if until else None
        secret = asyncio.run(_add(settings, url, person, login, role, (organization, department, commune), ends))
    base = settings.public_url or "http://localhost:8000"
    click.echo(f"{base}/phieu?ma={secret}")


async def _add(
    settings: Settings, url: str, person: str, login: str, role: str, place: tuple[str, str | None, str | None],
    until: datetime | None,
) -> str:  # fmt: skip
    from anlanh.access import principals
    from anlanh.access.accounts import announcing, ledger, slips
    from anlanh.access.accounts.ledger import Place
    from anlanh.access.accounts.signing_in import SERVICE
    from anlanh.fhir.store import read
    from anlanh.platform import work as works
    from anlanh.tenant import open_tenant

    principals.principal(person, role)
    database, record = await open_tenant(settings, url, connections=1)
    try:
        async with works.begin(database, SERVICE, works.OPERATIONS) as work:
            await read.read(work, record, "Practitioner", person.removeprefix("Practitioner/"))
            await read.read(work, record, "Organization", place[0].removeprefix("Organization/"))
            account = await ledger.staff(work, person, login)
            await ledger.assign(work, account.id, role, place[0], place[1], place[2], until)
            secret = await slips.issue(work, account.id, "enrolment", organization_ref=place[0])
            nowhere, by_ref = Place("", ""), SERVICE.subject
            await announcing.happened(work, record, account, "slip-issued", nowhere, by_ref=by_ref)
            return secret
    finally:
        await database.close()


@access.command("close-account")
@click.argument("login")
@click.pass_obj
@clear_errors
def close_account(settings: Settings, login: str) -> None:
    """Close the account with that login name and sign it out everywhere. Safe to repeat."""
    with database_url(settings) as (url, _):
        found = asyncio.run(_close(settings, url, login))
    click.echo("Closed, and signed out everywhere." if found else "There is no such account.")


async def _close(settings: Settings, url: str, login: str) -> bool:
    from anlanh.access.accounts import ledger
    from anlanh.access.accounts.signing_in import SERVICE
    from anlanh.platform import work as works
    from anlanh.tenant import open_tenant

    database, _ = await open_tenant(settings, url, connections=1)
    try:
        async with works.begin(database, SERVICE, works.OPERATIONS) as work:
            account = await ledger.of_login(work, login)
            if account is not None:
                await ledger.disable(work, account.id)
            return account is not None
    finally:
        await database.close()


@access.command("add-provider")
@click.argument("provider_id")
@click.option("--title", required=True, help="The organisation, as the sign-in page names it.")
@click.option("--issuer", required=True, help="Its OpenID Connect issuer, https://…")
@click.option("--client-id", required=True, help="The name under which it knows this server.")
@click.option("--client-secret", prompt=True, hide_input=True, default="", help="The secret that goes with it, if any.")
@click.option("--claim", default="so_dinh_danh", show_default=True, help="The claim that holds the person's number.")
@click.option("--system", help="The identifier system of that number; default: personal numbers.")
@click.pass_obj
@clear_errors
def add_provider(
    settings: Settings, provider_id: str, title: str, issuer: str, client_id: str, client_secret: str, claim: str,
    system: str | None,
) -> None:  # fmt: skip
    """Let an organisation's own provider of identity sign its staff in. In force when the server starts again."""
    from anlanh.access.accounts.model import Kind
    from anlanh.access.accounts.oidc import Provider
    from anlanh.fhir.vn.systems import PERSONAL_ID

    provider = Provider(
        provider_id, title, Kind.STAFF, issuer, client_id, client_secret or None, claim, system or PERSONAL_ID
    )
    with database_url(settings) as (url, _):
        asyncio.run(migrate_database(settings, url))
        asyncio.run(_keep(settings, url, provider))
    click.echo(f"Staff of {title} come back to [address of this server]/dang-nhap/qua/{provider_id}/ve")


async def _keep(settings: Settings, url: str, provider: Provider) -> None:
    from anlanh.access.accounts import providers
    from anlanh.access.accounts.signing_in import SERVICE
    from anlanh.access.accounts.vault import Vault
    from anlanh.platform import work as works
    from anlanh.tenant import open_tenant

    database, _ = await open_tenant(settings, url, connections=1)
    try:
        async with works.begin(database, SERVICE, works.OPERATIONS) as work:
            await providers.keep(work, Vault.of(settings.data), provider)
    finally:
        await database.close()
