"""The command `anlanh`.

One screen of help, one line for each error: what happened, and the way out.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from anlanh.cli import apps, demo, lake, terminology
from anlanh.cli.terminal import clear_errors, progress_bar
from anlanh.ground import database_url, migrate_database
from anlanh.kernel import settings as settings_
from anlanh.kernel.problem import Problem
from anlanh.kernel.settings import Settings

MODULE_HELP = "An Lành: the digital health platform of a province."


@click.group(help=MODULE_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(path_type=Path), help="Folder for the database, blobs, keys and backups.")
@click.pass_context
def main(context: click.Context, data: Path | None) -> None:
    environment = dict(os.environ)
    if data is not None:
        environment["ANLANH_DATA"] = str(data)
    try:
        context.obj = settings_.read(environment)
    except Problem as problem:
        raise click.UsageError(f"{problem.text} {problem.way_out}") from None


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--demo", "people", type=click.IntRange(1), help="Load the made-up province with so many people first.")
@click.pass_obj
@clear_errors
def serve(settings: Settings, host: str, port: int, people: int | None) -> None:
    """Start the server: database, migrations, web and background workers."""
    from anlanh import serving

    serving.serve(settings, host, port, people)


@main.command()
@click.pass_obj
@clear_errors
def migrate(settings: Settings) -> None:
    """Bring the database up to date. Safe to repeat."""
    with database_url(settings) as (url, _):
        done = asyncio.run(migrate_database(settings, url))
    for name in done:
        click.echo(f"applied {name}")
    click.echo(f"{len(done)} applied; the schema {settings.tenant} is up to date." if done else "Nothing to do.")


@main.command()
@click.option("--role", required=True, help="The role to act in: system, doctor, citizen…")
@click.option("--as", "subject", default="", help="Who acts: Practitioner/x or Patient/x. Default: a script.")
@click.option("--organization", multiple=True, help="A facility that they work for: Organization/x.")
@click.option("--programme", multiple=True, help="A sensitive category that they treat, such as HIV.")
@click.option("--purpose", default="", help="Why: TREAT, PUBHLTH… Default: the first of the role.")
@click.option("--scope", default=None, help="SMART scopes that limit it.")
@click.option("--minutes", default=60, show_default=True, type=click.IntRange(1, 24 * 60))
@click.pass_obj
@clear_errors
def token(
    settings: Settings, role: str, subject: str, organization: tuple[str, ...], programme: tuple[str, ...],
    purpose: str, scope: str | None, minutes: int,
) -> None:  # fmt: skip
    """Print a short-lived bearer token for scripts on this machine."""
    from anlanh.access import principals, tokens

    who = principals.principal(
        subject or f"script:{role}", role, purpose=purpose, organizations=organization, programmes=programme,
        patient=subject if subject.startswith("Patient/") else "", assurance=2,
        scopes=None if scope is None else tuple(scope.split()),
    )  # fmt: skip
    click.echo(tokens.issue(tokens.key_of(settings.data), who, now=time.time(), lifetime_s=minutes * 60))


@main.group()
def fhir() -> None:
    """Import, export, index and count the record."""


@fhir.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--processes", default=os.cpu_count() or 1, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--report", "report_path", type=click.Path(path_type=Path), help="Write every rejected line here, as CSV."
)
@click.pass_obj
@clear_errors
def fhir_import(settings: Settings, path: Path, processes: int, report_path: Path | None) -> None:
    """Import NDJSON, Bundles, folders or archives of them. Safe to repeat: what is there already is skipped."""
    from anlanh import importing
    from anlanh.fhir.bulk import sources
    from anlanh.fhir.bulk.load import Report

    started = time.monotonic()
    with database_url(settings) as (url, _), progress_bar("importing", sources.size(path)) as bar:
        asyncio.run(migrate_database(settings, url))

        def progress(report: Report, read: int) -> None:
            bar(
                read,
                f"{report.seen:,} resources, {importing.rate(report, started):,.0f}/s, {report.rejected:,} rejected",
            )

        report = importing.run(settings, url, path, processes=processes, progress=progress)
    seconds = time.monotonic() - started
    click.echo(
        f"{report.created:,} created, {report.updated:,} updated, {report.unchanged:,} unchanged, {report.rejected:,} rejected"
        f" in {seconds:.1f} s ({report.seen / max(seconds, 0.001):,.0f}/s)"
    )
    for reject in report.rejects[:10]:
        click.secho(f"  {reject.place}: {reject.why} {reject.hint}", fg="yellow", err=True)
    if report_path is not None:
        import csv

        with report_path.open("w", newline="", encoding="utf-8") as stream:
            rows = csv.writer(stream)
            rows.writerow(("place", "why", "way out"))
            rows.writerows((each.place, each.why, each.hint) for each in report.rejects)
        click.echo(f"Rejected lines: {report_path}")
    elif report.rejected > 10:
        click.echo("Use --report FILE to have every rejected line.", err=True)


@fhir.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, resolve_path=True))
@click.option("--type", "types", multiple=True, help="Only this type of resource; may be repeated.")
@click.option("--since", help="Only what changed after this instant, such as 2026-11-23T00:00:00+07:00.")
@click.pass_obj
@clear_errors
def fhir_export(settings: Settings, folder: Path, types: tuple[str, ...], since: str | None) -> None:
    """Write the record to FOLDER as NDJSON. Safe to repeat: what was broken off goes on."""
    from anlanh import exporting

    started = time.monotonic()
    with database_url(settings) as (url, _), progress_bar("exporting", 100) as bar:
        asyncio.run(migrate_database(settings, url))

        def progress(done: int, about: int, resource_type: str) -> None:
            bar(min(99, 100 * done // max(about, 1)), f"{done:,} resources, {resource_type}")

        files = asyncio.run(exporting.run(settings, url, folder, types, since, progress))
    seconds, count = time.monotonic() - started, sum(file.resources for file in files if file.kind == "output")
    click.echo(
        f"{count:,} resources in {len(files)} files in {seconds:.1f} s ({count / max(seconds, 0.001):,.0f}/s): {folder}"
    )


@main.group()
def subscriptions() -> None:
    """See and repeat notifications that could not be delivered."""


@subscriptions.command("dead")
@click.pass_obj
@clear_errors
def subscriptions_dead(settings: Settings) -> None:
    """List the notifications that were given up."""
    from anlanh.fhir.subscriptions import ledger

    with database_url(settings) as (url, _):
        letters = asyncio.run(on_connection(settings, url, ledger.dead))
    for each in letters:
        click.echo(
            f"{each.dead_at:%Y-%m-%d %H:%M:%S}  Subscription/{each.subscription_id}  event {each.number}  {each.why}"
        )
    click.echo(f"{len(letters)} given up." if letters else "None was given up.")


@subscriptions.command("retry")
@click.argument("subscription_id", required=False)
@click.pass_obj
@clear_errors
def subscriptions_retry(settings: Settings, subscription_id: str | None) -> None:
    """Send what was given up again, of one Subscription or all."""
    from anlanh.fhir.subscriptions import ledger

    with database_url(settings) as (url, _):
        count = asyncio.run(on_connection(settings, url, lambda c: ledger.retry(c, subscription_id)))
    click.echo(f"{count} will be sent again.")


async def on_connection(settings: Settings, url: str, body: Callable[[Any], Any]) -> Any:
    """Run `body` on one connection to the tenant's schema."""
    from anlanh.platform.database import open_database

    database = await open_database(settings, url, connections=1)
    try:
        async with database.connection() as connection:
            return await body(connection)
    finally:
        await database.close()


@main.command()
@click.pass_obj
@clear_errors
def check(settings: Settings) -> None:
    """Check that migrations are complete and that every index agrees with the record; changes nothing."""
    from anlanh import checking
    from anlanh.app import MIGRATIONS
    from anlanh.platform.migrations import MigrationsMissing

    with database_url(settings) as (url, _):
        if lacking := asyncio.run(checking.missing_migrations(settings, url, MIGRATIONS)):
            raise MigrationsMissing(count=len(lacking))
        with progress_bar("checking", 0) as bar:
            found = asyncio.run(checking.check(settings, url, lambda done, total: bar(done, f"{done:,} of {total:,}")))
    click.echo(
        f"{found.resources:,} resources in {found.versions:,} versions: the index agrees, no version is missing."
    )


@fhir.command("reindex")
@click.pass_obj
@clear_errors
def fhir_reindex(settings: Settings) -> None:
    """Work out every index anew and repair what differs. Safe to repeat and to break off."""
    from anlanh import checking

    with database_url(settings) as (url, _), progress_bar("indexing", 0) as bar:
        found = asyncio.run(
            checking.check(settings, url, lambda done, total: bar(done, f"{done:,} of {total:,}"), repair=True)
        )
    click.echo(f"{found.resources:,} resources indexed, {found.repaired:,} repaired.")


@fhir.command("stats")
@click.pass_obj
@clear_errors
def fhir_stats(settings: Settings) -> None:
    """How many resources and versions there are, and what the tables take."""
    from anlanh import checking

    with database_url(settings) as (url, _):
        rows = asyncio.run(checking.stats(settings, url))
    for name, one, other in rows:
        click.echo(f"{name:48} {one:>14,} {other:>16,}")


@main.command()
@click.option(
    "--suites",
    type=click.Path(path_type=Path),
    default=Path("../shared/suites"),
    show_default=True,
    help="Folder of the test suites and their harnesses.",
)
@click.option("--only", default="", help="Only suites whose name begins like this.")
@clear_errors
def conformance(suites: Path, only: str) -> None:
    """Run the conformance suites against this engine and write docs/conformance.md. Needs a checkout."""
    from anlanh import conformance as runs

    sys.exit(runs.run(suites, only))


@main.group()
def db() -> None:
    """Back up and restore the embedded database."""


@db.command("backup")
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_obj
@clear_errors
def db_backup(settings: Settings, folder: Path) -> None:
    """Write a base backup to FOLDER while the server runs, and keep the log from now on for a restore to any moment."""
    from datetime import UTC, datetime

    from anlanh.platform import backup

    with database_url(settings) as (_, postgres):
        if postgres is None:
            raise backup.NotEmbedded
        keys = backup.keys_of(settings.data)
        made = asyncio.run(
            backup.back_up(postgres, settings.tenant, folder.absolute(), datetime.now(UTC), keys, click.echo)
        )
    click.echo(f"{folder}: {made.versions:,} versions, hash {made.hash}. The log is kept in {made.wal}.")
    click.echo(f"Keep a copy of the folder {keys.path.parent} elsewhere: without it nobody can open the backup.")


@db.command("restore")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--wal", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Where the log was kept.")
@click.option(
    "--keys",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="The copy of the folder `keys` of the data folder that was backed up.",
)
@click.option(
    "--to",
    "moment",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"]),
    help="As it was at this moment.",
)
@click.pass_obj
@clear_errors
def db_restore(settings: Settings, folder: Path, wal: Path | None, keys: Path, moment: Any) -> None:
    """Restore the backup in FOLDER into the (new) data folder, verified by content hash."""
    from anlanh.platform import backup
    from anlanh.platform.postgres import EmbeddedPostgres

    if settings.database_url:
        raise backup.NotEmbedded
    postgres = EmbeddedPostgres(settings.data / "postgres")
    made = asyncio.run(
        backup.restore(folder.absolute(), postgres, backup.keys_in(keys), wal=wal, to=moment, say=click.echo)
    )
    shutil.copytree(keys, settings.data / "keys", dirs_exist_ok=True)
    click.echo(
        f"Restored to {settings.data}: {made.versions:,} versions until {made.settled_at} have the hash of the backup."
    )


main.add_command(apps.access)
main.add_command(demo.demo)
main.add_command(lake.lake)
main.add_command(terminology.terminology)
