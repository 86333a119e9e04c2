"""The processes of one server: web workers on one port, one background worker, and the embedded database.

The first process only watches: what dies is started again; a signal stops all in order, requests in hand first. A
worker whose parent is gone ends itself.

Source: https://www.uvicorn.org/
"""

from __future__ import annotations

import ctypes
import gc
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from types import FrameType

import uvicorn
import uvloop

from anlanh.kernel import log as logs
from anlanh.kernel.problem import Problem
from anlanh.platform.postgres import EmbeddedPostgres

log = logging.getLogger(__name__)

GRACE_S = 15
BACKLOG = 1024
PR_SET_PDEATHSIG = 1
STAYS_AFTER_S = (5, 60, 600)
"""Seconds after start at which what is there by then is taken out of the collector's sight."""


class PortTaken(Problem):
    issue = "exception"
    says = "Port {port} on {host} cannot be used: {why}."
    hint = "Stop the program that has it, or choose another with --port."


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that all web workers share.

    Raises:
        PortTaken: another program has it, or this user may not.
    """
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        raise PortTaken(port=port, host=host, why=error.strerror or "unknown") from None
    found.listen(BACKLOG)
    found.setblocking(False)
    os.set_inheritable(found.fileno(), True)
    return found


def web_worker(make_app: Callable[[], object], shared: socket.socket, proxies: str) -> None:
    """Serve the application on the shared socket until told to stop."""
    _die_with_parent()
    leave_what_stays()
    logs.start()
    server = uvicorn.Server(web_config(make_app(), proxies))
    uvloop.run(server.serve(sockets=[shared]))


def web_config(app: object, proxies: str) -> uvicorn.Config:
    """How the application is served. Only what comes from the addresses of `proxies` is believed when it says for whom it asks
    (X-Forwarded-For, X-Forwarded-Proto)."""
    return uvicorn.Config(
        app, loop="none", http="httptools", ws="websockets-sansio", lifespan="on", log_config=None, access_log=False,  # type: ignore[arg-type]
        server_header=False, timeout_keep_alive=75, timeout_graceful_shutdown=GRACE_S, backlog=BACKLOG,
        proxy_headers=True, forwarded_allow_ips=proxies,
    )  # fmt: skip


def background_worker(run: Callable[[], None]) -> None:
    """Run background work until told to stop."""
    _die_with_parent()
    leave_what_stays()
    logs.start()
    run()


def leave_what_stays() -> None:
    """Take what has been read once for all out of the collector's sight, now and when the first requests have been answered:
    it went through all definitions again and again, a quarter of the time of taking messages in."""
    gc.freeze()
    for seconds in STAYS_AFTER_S:
        timer = threading.Timer(seconds, gc.freeze)
        timer.daemon = True
        timer.start()


def _die_with_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Watcher:
    """Keeps the processes of one server running until a signal stops it."""

    def __init__(self, postgres: EmbeddedPostgres | None) -> None:
        self._postgres = postgres
        self._context = multiprocessing.get_context("fork")
        self._targets: list[tuple[str, Callable[[], None]]] = []
        self._processes: dict[int, BaseProcess] = {}
        self._stopping = False

    def add(self, name: str, target: Callable[[], None]) -> None:
        """A process to be kept running."""
        self._targets.append((name, target))

    def run(self, ready: Callable[[], None]) -> None:
        """Start everything, say so, and watch until SIGINT or SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        for at in range(len(self._targets)):
            self._start(at)
        ready()
        while not self._stopping:
            time.sleep(0.2)
            self._look()
        for process in self._processes.values():
            process.terminate()
        until = time.monotonic() + GRACE_S + 5
        for process in self._processes.values():
            process.join(max(0.1, until - time.monotonic()))
            if process.is_alive():
                process.kill()

    def _start(self, at: int) -> None:
        name, target = self._targets[at]
        process = self._context.Process(target=target, name=name)
        process.start()
        self._processes[at] = process

    def _look(self) -> None:
        if self._postgres is not None and self._postgres.keep_running():
            log.warning("The database had died and was started again")
        for at, process in list(self._processes.items()):
            if not process.is_alive() and not self._stopping:
                log.warning(
                    "A process died and is started again", extra={"worker": process.name, "status": process.exitcode}
                )
                time.sleep(0.5)
                self._start(at)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
