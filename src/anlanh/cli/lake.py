"""`anlanh lake`: columnar tables of the record, and questions to them."""

from __future__ import annotations

import asyncio
import csv
import sys
from pathlib import Path

import click

from anlanh.cli.terminal import clear_errors, progress_bar
from anlanh.ground import database_url, migrate_database
from anlanh.kernel.settings import Settings

BATCH = 10_000


@click.group()
def lake() -> None:
    """Parquet tables of the record by ViewDefinitions, and questions to them in SQL."""


@lake.command("update")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--views", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--afresh", is_flag=True, help="Build all tables anew; needed once views have changed.")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64))
@click.pass_obj
@clear_errors
def update(settings: Settings, folder: Path, views: Path, afresh: bool, processes: int) -> None:
    """Bring the tables in FOLDER up to date with what has changed in the record. Safe to repeat."""
    from anlanh import analytics

    definitions = analytics.read_views(views)
    with database_url(settings) as (url, _), progress_bar("reading", 0) as bar:
        asyncio.run(migrate_database(settings, url))
        done = analytics.update(
            settings, url, folder, definitions, afresh=afresh, processes=processes,
            progress=lambda count: bar(count, f"{count:,} resources"),
        )  # fmt: skip
    click.echo(f"{done.resources:,} changed resources read.")
    for name, parts in done.parts.items():
        click.echo(f"{name:40} {parts:>6} parts")


@lake.command("query")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("sql")
@click.pass_obj
@clear_errors
def query(settings: Settings, folder: Path, sql: str) -> None:
    """Ask the lake in FOLDER one question in SQL: a table on a terminal, CSV elsewhere. What people have hidden since the last
    update is left out, so the database is asked too."""
    from anlanh import analytics

    with database_url(settings) as (url, _):
        asyncio.run(migrate_database(settings, url))
        hidden = analytics.hidden(settings, url, folder)
    answer = analytics.ask(folder, sql, hidden)
    if sys.stdout.isatty():
        click.echo(str(answer))
        return
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(answer.columns)
    for batch in answer.to_arrow_reader(BATCH):
        rows.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
