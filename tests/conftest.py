"""What tests share: one embedded PostgreSQL, a fresh database for each test that wants one, and a running server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx
import pytest

from anlanh.app import MIGRATIONS
from anlanh.fhir.store import record as records
from anlanh.fhir.store.record import Record
from anlanh.kernel import settings as settings_
from anlanh.kernel.settings import Settings
from anlanh.platform import migrations
from anlanh.platform import work as works
from anlanh.platform.database import Database, open_database
from anlanh.platform.postgres import EmbeddedPostgres
from anlanh.platform.work import Principal, Work

T = TypeVar("T")
TESTER = Principal("test", "system")
ANLANH = str(Path(sys.executable).with_name("anlanh"))
TEMPLATE = "template_anlanh"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of the tests' own, with a template database in which all migrations have run."""
    folder = Path(tempfile.mkdtemp(prefix="anlanh-test-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "pg")
    server.start()
    asyncio.run(_make_template(server))
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


async def _make_template(server: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(server.url)
    await admin.execute(f"create database {TEMPLATE}")
    await admin.close()
    connection = await asyncpg.connect(server.url, database=TEMPLATE)
    await migrations.migrate(connection, settings_.DEFAULTS["ANLANH_TENANT"] or "", migrations.collect(MIGRATIONS))
    await connection.close()


@contextlib.contextmanager
def fresh_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database made from the template, for as long as the block runs."""
    name = f"test_{os.getpid()}_{time.monotonic_ns()}"

    async def run(sql: str) -> None:
        admin = await asyncpg.connect(postgres.url)
        await admin.execute(sql)
        await admin.close()

    asyncio.run(run(f"create database {name} template {TEMPLATE}"))
    yield postgres.url.replace("/anlanh?", f"/{name}?")
    asyncio.run(run(f"drop database {name} with (force)"))


@pytest.fixture
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database of the test's own."""
    with fresh_database(postgres) as url:
        yield url


@dataclass
class Ground:
    """A record on a database of the test's own. `run` gives a coroutine function a unit of work and waits for it."""

    url: str
    settings: Settings
    record: Record

    def run(self, body: Callable[[Work], Awaitable[T]], *, transaction: bool = False) -> T:
        async def main(database: Database) -> T:
            async with works.begin(database, TESTER, works.TREATMENT, transaction=transaction) as work:
                return await body(work)

        return self.open(main)

    def open(self, body: Callable[[Database], Awaitable[T]], **options: Any) -> T:
        """The same with the pool, for tests that need several connections."""

        async def main() -> T:
            database = await open_database(self.settings, self.url, **options)
            try:
                return await body(database)
            finally:
                await database.close()

        return asyncio.run(main())


@pytest.fixture
def ground(database_url: str) -> Ground:
    """A record on an empty database."""
    settings = settings_.read({})
    return Ground(database_url, settings, records.new(settings.zone))


def _free_port() -> int:
    """A port below those the system hands to clients: nobody takes it between two starts of a server. By chance of the
    system: `random` gives every process the same."""
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(20_000, 32_000)
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


class Server:
    """`anlanh serve` as a process, and a client that is signed in."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = _free_port()
        self.environment = {**os.environ, "ANLANH_DATA": str(self.data), "ANLANH_WORKERS": "2", **environment}
        self.environment.pop("DATABASE_URL", None)
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(base_url=self.url, timeout=60)

    def start(self, *options: str) -> None:
        """Start and wait until it is ready."""
        log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [ANLANH, "serve", "--port", str(self.port), *options], env=self.environment, stdout=log, stderr=log
        )
        log.close()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if self.client.get("/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        else:
            raise AssertionError((self.folder / "server.log").read_text()[-2000:])
        self.client.headers["authorization"] = f"Bearer {self.token()}"

    def token(self, *options: str) -> str:
        """A bearer token."""
        done = subprocess.run(
            [ANLANH, "token", "--role", "system", *options],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command `anlanh` on the same data folder."""
        return subprocess.run([ANLANH, *arguments], env=self.environment, capture_output=True, text=True, check=False)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Stop it by a signal; its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(40)


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server of the test's own, not started yet."""
    folder = Path(tempfile.mkdtemp(prefix="anlanh-test-"))
    folder.chmod(0o755)
    server = Server(folder)
    yield server
    if server.process is not None and server.process.poll() is None:
        server.stop()
    EmbeddedPostgres(server.data / "postgres").stop()
    server.client.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One running server for all tests that only talk to it; they use ids and codes of their own."""
    folder = Path(tempfile.mkdtemp(prefix="anlanh-test-"))
    folder.chmod(0o755)
    running = Server(folder)
    running.start()
    yield running
    running.stop()
    running.client.close()
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def demonstration() -> Iterator[Server]:
    """A running server with a few made-up people."""
    folder = Path(tempfile.mkdtemp(prefix="anlanh-test-"))
    folder.chmod(0o755)
    running = Server(folder, ANLANH_MLLP_PORT=str(_free_port()))
    running.start("--demo", "30")
    yield running
    running.stop()
    running.client.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def demo_server() -> Iterator[Server]:
    """One of them for all tests that go through pages as one of those people."""
    with demonstration() as running:
        yield running


@pytest.fixture
def api(server: Server) -> httpx.Client:
    """A signed-in client of the shared server."""
    return server.client
