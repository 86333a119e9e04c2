"""`anlanh access add-client`, `apps`, `decide-app`, `rotate-keys`: apps that connect, for operators."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from anlanh.cli.accounts import access
from anlanh.cli.terminal import clear_errors
from anlanh.ground import database_url, migrate_database
from anlanh.kernel.settings import Settings

if TYPE_CHECKING:
    from anlanh.platform.work import Work

__all__ = ["access"]

T = TypeVar("T")
WAYS = {"none": "none", "secret": "client_secret_basic", "key": "private_key_jwt"}
DECISIONS = {"approve": "approved", "refuse": "refused", "block": "blocked"}


@access.command("add-client")
@click.option("--name", required=True, help="What people read when the app asks them.")
@click.option("--proof", type=click.Choice(list(WAYS)), default="none", show_default=True, help="How it proves itself.")
@click.option("--redirect-uri", multiple=True, help="Where people are sent back to, letter by letter.")
@click.option("--scope", multiple=True, required=True, help="The most it may ask for, such as 'patient/*.rs'.")
@click.option("--jwks", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with its public keys.")
@click.option("--jwks-uri", help="Where its public keys are.")
@click.option("--launch-uri", help="Where it is opened from a record.")
@click.option("--purpose", default="TREAT", show_default=True, help="Why a backend service acts: TREAT, PUBHLTH…")
@click.option("--contact", default="", help="Whom to write to.")
@click.pass_obj
@clear_errors
def add_client(
    settings: Settings, name: str, proof: str, redirect_uri: tuple[str, ...], scope: tuple[str, ...], jwks: Path | None,
    jwks_uri: str | None, launch_uri: str | None, purpose: str, contact: str,
) -> None:  # fmt: skip
    """Register an app and approve it at once; print its id, and its secret if it has one, which is shown only now."""
    from dataclasses import replace

    from anlanh.access.oauth import clients, registration
    from anlanh.access.oauth.model import State

    said: dict[str, Any] = {
        "client_name": name, "token_endpoint_auth_method": WAYS[proof], "redirect_uris": list(redirect_uri),
        "scope": " ".join(scope), "jwks": json.loads(jwks.read_text("utf-8")) if jwks else None, "jwks_uri": jwks_uri,
        "initiate_login_uri": launch_uri, "contacts": [contact] if contact else [],
    }  # fmt: skip

    async def add(work: Work) -> registration.Registered:
        found = registration.read(said, work.at)
        client = replace(found.client, purpose=purpose, state=State.APPROVED, decided_at=work.at, decided_by="operator")
        registration.check(client)
        await clients.keep(work, client)
        return registration.Registered(client, found.secret)

    registered = _do(settings, add)
    click.echo(f"client_id      {registered.client.id}")
    if registered.secret:
        click.echo(f"client_secret  {registered.secret}")


@access.command("apps")
@click.pass_obj
@clear_errors
def apps(settings: Settings) -> None:
    """List the apps, those that wait for review first."""
    from anlanh.access.oauth import clients
    from anlanh.access.oauth.model import Client, State

    async def every(work: Work) -> list[Client]:
        return [client for state in State for client in await clients.of_state(work, state)]

    for each in _do(settings, every):
        click.echo(f"{each.state:9} {each.id:21} {each.kind:24} {each.name}  {' '.join(each.scopes)}")


@access.command("decide-app")
@click.argument("client_id")
@click.argument("decision", type=click.Choice(list(DECISIONS)))
@click.option("--reason", required=True, help="Why; it is kept.")
@click.pass_obj
@clear_errors
def decide_app(settings: Settings, client_id: str, decision: str, reason: str) -> None:
    """Approve, refuse or block an app. Tokens of one that is blocked count no more within seconds. Safe to repeat."""
    from anlanh.access.oauth import clients
    from anlanh.access.oauth.model import State

    state = State(DECISIONS[decision])
    _do(settings, lambda work: clients.decide(work, client_id, state, reason=reason))
    click.echo(f"{client_id} is {state}.")


@access.command("rotate-keys")
@click.option("--at-once", is_flag=True, help="Also make every token worthless now; for a key that others may know.")
@click.pass_obj
@clear_errors
def rotate_keys(settings: Settings, at_once: bool) -> None:
    """Sign tokens with a new key from a minute on; the one before stays published until its tokens have ended."""
    from anlanh.access.accounts.vault import Vault
    from anlanh.access.oauth import keys

    kid = _do(settings, lambda work: keys.rotate(work, Vault.of(settings.data), at_once=at_once))
    click.echo(f"The key {kid} signs {'now; tokens of before count no more' if at_once else 'from a minute on'}.")


def _do(settings: Settings, body: Callable[[Work], Awaitable[T]]) -> T:
    """Something in one transaction, on an up-to-date database."""
    from anlanh.access.oauth.model import SERVICE
    from anlanh.platform import work as works
    from anlanh.tenant import open_tenant

    async def main(url: str) -> T:
        await migrate_database(settings, url)
        database, _ = await open_tenant(settings, url, connections=1)
        try:
            async with works.begin(database, SERVICE, works.OPERATIONS) as work:
                return await body(work)
        finally:
            await database.close()

    with database_url(settings) as (url, _):
        return asyncio.run(main(url))
