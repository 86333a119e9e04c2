"""`anlanh serve`: the embedded database, the migrations, then web and background workers on one port."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import replace
from functools import partial

import click

from anlanh import background, importing
from anlanh.access.accounts.signing_in import SERVICE
from anlanh.app import FHIR, Application
from anlanh.fhir.model import definitions
from anlanh.fhir.validate import policy
from anlanh.ground import database_url, migrate_database
from anlanh.kernel.settings import Settings
from anlanh.platform import metrics, processes
from anlanh.platform import work as works
from anlanh.platform.database import open_database
from anlanh.services.account import demo as account_demo
from anlanh.services.authorisation import demo as authorisation_demo

WELCOME = """
An Lành is running.  Ctrl-C stops it.
  Start here        {page}/  (sign in: {page}/dang-nhap)
  The FHIR record   {address}/fhir/metadata
  Health, figures   {address}/health/ready  {address}/metrics
  Data              {data}
Scripts on this machine:
  TOKEN=$(ANLANH_DATA={data} .venv/bin/anlanh token --role system)
  curl -H "Authorization: Bearer $TOKEN" "{address}/fhir/Patient?name=nguyen&_count=3"
"""


def serve(settings: Settings, host: str, port: int, people: int | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM; then stop everything in order. `people`: load so many made-up ones first.

    Raises:
        BadPolicy: a setting is not understood; nothing was started.
    """
    policy.read(settings.validation, definitions.load().resource_types)
    shared = processes.listen(host, port)
    settings.data.mkdir(parents=True, exist_ok=True)
    with database_url(settings, keep=True) as (url, postgres):
        asyncio.run(migrate_database(settings, url))
        if people is not None:
            settings = replace(settings, demo=True)
            _load_demo(settings, url, people)
        if settings.demo:
            asyncio.run(_fill_accounts(settings, url))
        _fresh_metrics(settings)
        watcher = processes.Watcher(postgres)
        for number in range(settings.workers):
            watcher.add(
                f"web-{number + 1}",
                partial(processes.web_worker, partial(Application, settings, url), shared, settings.proxies),
            )
        watcher.add(
            "background",
            partial(processes.background_worker, partial(background.run, settings, url, _base(settings, host, port))),
        )
        watcher.run(
            lambda: click.echo(
                WELCOME.format(address=f"http://{host}:{port}", page=_page(host, port), data=settings.data)
            )
        )


def _page(host: str, port: int) -> str:
    """The address for a browser: passkeys work on localhost, not on its number."""
    return f"http://{'localhost' if host in ('127.0.0.1', '::1', '0.0.0.0') else host}:{port}"  # noqa: S104


def _load_demo(settings: Settings, url: str, people: int) -> None:
    """The made-up province; at once where it is there already."""
    click.echo(f"Making a province of {people:,} people …")
    importing.run_demo(settings, url, people, processes=os.cpu_count() or 1, progress=lambda report, done: None)


async def _fill_accounts(settings: Settings, url: str) -> None:
    """Accounts of the made-up staff, and apps to try."""
    database = await open_database(settings, url, connections=1)
    try:
        async with works.begin(database, SERVICE, works.OPERATIONS) as work:
            await account_demo.fill(work)
            await authorisation_demo.fill(work, settings.data)
    finally:
        await database.close()


def _base(settings: Settings, host: str, port: int) -> str:
    """The address of the FHIR endpoint, as subscribers are told it."""
    return (settings.public_url or f"http://{host}:{port}") + FHIR


def _fresh_metrics(settings: Settings) -> None:
    """The workers add up their figures in files of this run."""
    folder = settings.data / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    metrics.share(folder)
