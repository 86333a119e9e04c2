"""`anlanh terminology`: catalogues and packages into the record."""

from __future__ import annotations

import asyncio
import csv
from datetime import datetime
from pathlib import Path

import click

from anlanh.cli.terminal import clear_errors, progress_bar
from anlanh.ground import database_url, migrate_database
from anlanh.kernel.settings import Settings


@click.group()
def terminology() -> None:
    """Import code systems and packages, and list what there is."""


@terminology.command("import")
@click.argument("catalogue")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--version", help="Version of this edition, in place of the one known.")
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="Day since which this edition is in force.")
@click.option("--report", type=click.Path(path_type=Path), help="Write every rejected line here, as CSV.")
@click.pass_obj
@clear_errors
def import_(
    settings: Settings, catalogue: str, file: Path, version: str | None, since: datetime | None, report: Path | None
) -> None:
    """Import FILE (CSV, XLSX) as CATALOGUE, or a FHIR package (.tgz) as `package`. Safe to repeat.

    Catalogues: icd10, dvkt, provinces, communes, communes-2024, ethnic-groups, occupations, entitlements, drugs.
    """
    from anlanh import catalogues

    if catalogue not in catalogues.NAMES:
        raise click.BadParameter(f"{catalogue!r} is none of {', '.join(catalogues.NAMES)}.", param_hint="CATALOGUE")
    with database_url(settings) as (url, _), progress_bar("importing", 0) as bar:
        asyncio.run(migrate_database(settings, url))
        found = catalogues.import_file(
            settings, url, catalogue, file, version=version, effective_from=since.date() if since else None,
            progress=lambda done, total, note: bar(done, note),
        )  # fmt: skip
    click.echo(
        f"{found.name} {found.version}: {found.concepts:,} concepts, {found.written:,} resources written, "
        f"{found.unchanged:,} unchanged, {found.left_out:,} of other kinds left out, {len(found.rejects):,} rejected"
    )
    for reject in found.rejects[:10]:
        click.secho(f"  line {reject.line} ({reject.code}): {reject.why}; {reject.way_out}", fg="yellow", err=True)
    if report is not None:
        with report.open("w", newline="", encoding="utf-8") as stream:
            rows = csv.writer(stream)
            rows.writerow(("line", "code", "why", "way out"))
            rows.writerows((each.line, each.code, each.why, each.way_out) for each in found.rejects)
        click.echo(f"Rejected lines: {report}")
    elif len(found.rejects) > 10:
        click.echo("Use --report FILE to have every rejected line.", err=True)


@terminology.command("list")
@click.pass_obj
@clear_errors
def list_(settings: Settings) -> None:
    """The code systems of the record: version, days in force, concepts, URL."""
    from anlanh import catalogues

    with database_url(settings) as (url, _):
        asyncio.run(migrate_database(settings, url))
        found = asyncio.run(catalogues.listed(settings, url))
    for each in found:
        days = f"{each.since or '…'} – {each.until or '…'}"
        click.echo(f"{each.version:16} {days:25} {each.concepts:>8,}  {each.url}  {each.title}")
