"""`anlanh serve`: the embedded database, the migrations, then web and background workers on one port."""

from __future__ import annotations

import asyncio
import os
import shutil
from functools import partial

import click

from anlanh import background
from anlanh.app import Application
from anlanh.ground import database_url, migrate_database
from anlanh.kernel.settings import Settings
from anlanh.platform import processes


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM; then stop everything in order."""
    shared = processes.listen(host, port)
    settings.data.mkdir(parents=True, exist_ok=True)
    with database_url(settings, keep=True) as (url, postgres):
        asyncio.run(migrate_database(settings, url))
        _fresh_metrics(settings)
        watcher = processes.Watcher(postgres)
        for number in range(settings.workers):
            watcher.add(f"web-{number + 1}", partial(processes.web_worker, partial(Application, settings, url), shared))
        watcher.add("background", partial(processes.background_worker, partial(background.run, settings, url)))
        watcher.run(
            lambda: click.echo(f"An Lành: http://{host}:{port}/  FHIR: http://{host}:{port}/fhir  (Ctrl-C stops)")
        )


def _fresh_metrics(settings: Settings) -> None:
    """The workers add up their figures in files of this run."""
    folder = settings.data / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
