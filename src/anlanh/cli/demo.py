"""`anlanh demo`: load the made-up province, and keep it moving."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import date, datetime

import click

from anlanh.cli.terminal import clear_errors, progress_bar
from anlanh.ground import database_url, migrate_database
from anlanh.kernel.settings import Settings

PEOPLE = 2000


@click.group(invoke_without_command=True)
@click.option("--people", default=PEOPLE, show_default=True, type=click.IntRange(1, 1_800_000))
@click.option("--seed", type=int, help="Another seed makes other people.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day on which the province stands still.")
@click.option("--processes", default=os.cpu_count() or 1, show_default=True, type=click.IntRange(1, 64))
@click.pass_context
@clear_errors
def demo(context: click.Context, people: int, seed: int | None, today: datetime | None, processes: int) -> None:
    """Load the made-up province of Thái Nguyên. Safe to repeat."""
    if context.invoked_subcommand is None:
        _load(context.obj, people, seed, today.date() if today else None, processes)


def _load(settings: Settings, people: int, seed: int | None, today: date | None, processes: int) -> None:
    from anlanh import importing
    from anlanh.demo import province
    from anlanh.fhir.bulk.load import Report

    started = time.monotonic()
    with database_url(settings) as (url, _), progress_bar("made-up province", people) as bar:
        asyncio.run(migrate_database(settings, url))

        def progress(report: Report, done: int) -> None:
            bar(done, f"{report.seen:,} resources, {importing.rate(report, started):,.0f}/s")

        report = importing.run_demo(
            settings, url, people, today=today or province.TODAY, seed=province.SEED if seed is None else seed,
            processes=processes, progress=progress,
        )  # fmt: skip
    seconds = time.monotonic() - started
    click.echo(
        f"{people:,} people: {report.created:,} resources created, {report.updated:,} changed, {report.unchanged:,} were"
        f" there already, in {seconds:.1f} s ({importing.rate(report, started):,.0f}/s)."
    )
    for reject in report.rejects[:10]:
        click.secho(f"  {reject.place}: {reject.why}", fg="yellow", err=True)
