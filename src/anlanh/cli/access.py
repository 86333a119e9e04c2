"""`anlanh access`: which rule decides, and whether the access log is as it was sealed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import click

from anlanh.cli.terminal import clear_errors, progress_bar
from anlanh.ground import database_url
from anlanh.kernel.settings import Settings


@click.group()
def access() -> None:
    """Explain decisions, verify the access log."""


@access.command()
@click.argument("what")
@click.option("--role", required=True, help="The role in which somebody acts: doctor, citizen…")
@click.option("--as", "subject", required=True, help="Who: Practitioner/x or Patient/x.")
@click.option("--organization", multiple=True, help="A facility that they work for: Organization/x.")
@click.option("--programme", multiple=True, help="A sensitive category that they treat, such as HIV.")
@click.option("--why", default="", help="The purpose of use: TREAT, ETREAT… Default: the first of the role.")
@click.option("--action", default="r", show_default=True, type=click.Choice(["c", "r", "u", "d", "s"]))
@click.pass_obj
@clear_errors
def explain(
    settings: Settings, what: str, role: str, subject: str, organization: tuple[str, ...], programme: tuple[str, ...],
    why: str, action: Any,
) -> None:  # fmt: skip
    """Say which rule decides whether somebody may read (or change) WHAT, such as Observation/x; and why the others do not."""
    from anlanh import deciding
    from anlanh.access import principals

    who = principals.principal(
        subject, role, purpose=why, organizations=organization, programmes=programme, assurance=2,
        patient=subject if subject.startswith("Patient/") else "",
    )  # fmt: skip
    with database_url(settings) as (url, _):
        verdicts = asyncio.run(deciding.explain(settings, url, who, what, action))
    allowed = next((each for each in verdicts if each.opens), None)
    if allowed is None:
        click.secho(f"Denied: no rule opens {what} to the role {role} for {who.purpose}.", fg="red")
    else:
        part = f", as far as the mask {allowed.mask} leaves it" if allowed.mask else ""
        law = f" ({allowed.law})" if allowed.law else ""
        click.secho(f"Allowed by the rule {allowed.rule}: {allowed.title}{part}{law}.", fg="green")
    for each in verdicts:
        click.echo(f"  {'opens' if each.opens else 'does not open':14} {each.rule:20} {each.title}")
    if not verdicts:
        click.echo("  No rule speaks of this role, action and type of resource.")


@access.command()
@click.option("--json", "as_json", is_flag=True, help="Print the faults as JSON.")
@click.pass_obj
@clear_errors
def verify(settings: Settings, as_json: bool) -> None:
    """Walk the whole access log; exit status 1 when a row or a seal is not as it was sealed."""
    from anlanh import deciding

    with database_url(settings) as (url, _), progress_bar("verifying", 100) as bar:

        def progress(done: int, total: int) -> None:
            bar(100 * done // max(total, 1), f"{done:,} of {total:,} rows")

        rows, faults = asyncio.run(deciding.verify(settings, url, progress))
    if as_json:
        click.echo(json.dumps([{"number": each.number, "day": each.day, "what": each.what} for each in faults]))
    else:
        for each in faults:
            click.secho(f"  block {each.number} of {each.day}: {each.what}", fg="red")
        click.echo(f"{rows:,} rows are sealed; {'none was touched' if not faults else f'{len(faults)} faults'}.")
    if faults:
        raise SystemExit(1)


@access.command("change-key")
@click.pass_obj
@clear_errors
def change_key(settings: Settings) -> None:
    """Change the key that encrypts secrets of second factors, providers and apps' tokens. Stop the server first."""
    from anlanh import deciding

    with database_url(settings) as (url, _):
        count, older = asyncio.run(deciding.change_key(settings, url))
    click.echo(
        f"{count} secrets are encrypted by a new keys/accounts.key. Copy it to where your keys are kept, and start the server."
    )
    click.echo(f"keys/{older} still opens what lives a few days (declarations of guests); delete it after that.")
    click.echo("Passcodes of summaries that were handed on, and codes under way, no longer count.")
