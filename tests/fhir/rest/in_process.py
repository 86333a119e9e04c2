"""The whole application in this process, without a socket: for tests that send very many requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anlanh.access import tokens
from anlanh.access.audit import auditor
from anlanh.access.audit.journal import Taker
from anlanh.app import Application
from anlanh.kernel import settings as settings_
from anlanh.platform.database import open_database
from anlanh.platform.work import Principal
from anlanh.tenant import journal_of


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


class InProcess:
    """Sends raw requests to the application; `token` signs them in. After each, what was seen is taken over into the
    log, as the background does all the time."""

    def __init__(self, application: Application, runner: asyncio.Runner, token: str, taker: Taker) -> None:
        self._application = application
        self._runner = runner
        self._token = token
        self.taker = taker

    def signed_in_with(self, token: str) -> InProcess:
        """The same application, for somebody else."""
        return InProcess(self._application, self._runner, token, self.taker)

    def send(
        self, method: str, path: str, query: str = "", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One request. `path` is as on the wire, below /fhir; nothing is escaped or checked on the way."""
        return self._runner.run(self._send(method, path, query, headers or {}, body))

    async def _send(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Answer:
        raw = f"/fhir{path}".encode("utf-8", "surrogatepass")
        given = {"host": "test", "authorization": f"Bearer {self._token}"} | headers
        if body:
            given |= {"content-length": str(len(body))}
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http",
            "path": raw.decode("utf-8", "replace"), "raw_path": raw,
            "query_string": query.encode("utf-8", "surrogatepass"),
            "headers": [(k.lower().encode("latin-1", "replace"), v.encode("latin-1", "replace")) for k, v in given.items()],
        }  # fmt: skip
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        started = time.perf_counter()
        await self._application(scope, receive, send)
        seconds = time.perf_counter() - started
        await self.taker.step()
        answered = {k.decode("latin-1"): v.decode("latin-1") for k, v in sent[0]["headers"]}
        content = b"".join(message["body"] for message in sent[1:])
        return Answer(sent[0]["status"], answered, content, seconds)


@contextmanager
def in_process(url: str, data: Path) -> Iterator[InProcess]:
    """The application on the database at `url`, started and at the end stopped as a web server does it."""
    settings = settings_.read({"ANLANH_DATA": str(data)})
    application = Application(settings, url)
    token = tokens.issue(tokens.key_of(data), Principal("script:system", "system"), now=time.time())
    with asyncio.Runner() as runner:
        asked: asyncio.Queue[dict[str, Any]] = runner.run(_queue())
        ready = asyncio.Event()

        async def note(message: MutableMapping[str, Any]) -> None:
            ready.set()

        async def begin() -> asyncio.Task[None]:
            task = asyncio.create_task(application({"type": "lifespan"}, asked.get, note))  # type: ignore[arg-type]
            await asked.put({"type": "lifespan.startup"})
            await ready.wait()
            return task

        task = runner.run(begin())
        database = runner.run(open_database(settings, url, connections=1))
        yield InProcess(application, runner, token, Taker(database, journal_of(settings), auditor.add))

        async def end() -> None:
            await asked.put({"type": "lifespan.shutdown"})
            await task
            await database.close()

        runner.run(end())


async def _queue() -> asyncio.Queue[dict[str, Any]]:
    return asyncio.Queue()
