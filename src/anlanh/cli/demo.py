"""`anlanh demo`: load the made-up province, and keep it moving."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from datetime import UTC, date, datetime

import click

from anlanh.cli.terminal import clear_errors, progress_bar
from anlanh.ground import database_url, migrate_database
from anlanh.kernel.settings import Settings

PEOPLE = 2000


@click.group(invoke_without_command=True)
@click.option("--people", default=PEOPLE, show_default=True, type=click.IntRange(1, 1_800_000))
@click.option("--seed", type=click.IntRange(0), help="Another seed makes other people.")
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


@demo.command()
@click.option(
    "--every",
    "every_s",
    default=2.0,
    show_default=True,
    type=click.FloatRange(0.01, 3600),
    help="Seconds between moves.",
)
@click.option("--seed", default=1, show_default=True, help="Other dice.")
@click.option("--steps", type=click.IntRange(1), help="Stop after so many moves.")
@click.pass_obj
@clear_errors
def live(settings: Settings, every_s: float, seed: int, steps: int | None) -> None:
    """Let time move: admit, measure, discharge, until Ctrl-C. Runs beside the server."""
    with database_url(settings) as (url, _):
        made = asyncio.run(_live(settings, url, every_s, seed, steps))
    click.echo(", ".join(f"{count} × {name}" for name, count in made.most_common()) or "Nothing was done.")


async def _live(settings: Settings, url: str, every_s: float, seed: int, steps: int | None) -> Counter[str]:
    from anlanh.demo import live
    from anlanh.fhir.store import record
    from anlanh.platform.database import open_database

    database = await open_database(settings, url, connections=1)
    own, stop = record.new(settings.zone), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with database.connection() as connection:
            await own.refresh(connection)
        return await live.run(
            database, own, seed=seed, every_s=every_s, stop=stop, clock=lambda: datetime.now(UTC), steps=steps
        )
    finally:
        await database.close()
