"""Backup and restore: to the end of the log, and to a moment."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from tests.conftest import Server

OLD = "2020-01-01T00:00:00.000Z"


def put(client: httpx.Client, name: str) -> None:
    assert client.put(f"/fhir/Patient/{name}", json={"resourceType": "Patient", "id": name}).status_code in (200, 201)


def test_a_restore_brings_back_the_record_to_a_moment_and_to_the_end(own_server: Server, tmp_path: Path) -> None:
    own_server.start()
    put(own_server.client, "before")
    backup = own_server.folder / "backup"
    made = own_server.run("db", "backup", str(backup))
    assert made.returncode == 0, made.stderr
    put(own_server.client, "between")
    time.sleep(1.1)
    moment = datetime.now(UTC)
    time.sleep(1.1)
    put(own_server.client, "after")
    own_server.stop()
    for arguments, found in (
        (["--to", moment.isoformat()], ["before", "between"]),
        ([], ["before", "between", "after"]),
    ):
        restored = Server(own_server.folder / ("to" if arguments else "end"))
        restored.folder.mkdir()
        done = restored.run("db", "restore", str(backup), "--keys", str(own_server.data / "keys"), *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        restored.start()
        there = [
            name
            for name in ("before", "between", "after")
            if restored.client.get(f"/fhir/Patient/{name}").status_code == 200
        ]
        restored.stop()
        restored.client.close()
        assert there == found


def test_a_broken_backup_is_not_restored(own_server: Server) -> None:
    own_server.start()
    backup = own_server.folder / "backup"
    assert own_server.run("db", "backup", str(backup)).returncode == 0
    own_server.stop()
    sealed = backup / "base.tar.age"
    assert b"PostgreSQL" not in sealed.read_bytes()
    sealed.write_bytes(sealed.read_bytes()[:-100] + b"x" * 100)
    restored = Server(own_server.folder / "new")
    done = restored.run("db", "restore", str(backup), "--keys", str(own_server.data / "keys"))
    restored.client.close()
    assert done.returncode == 1
    assert "not whole" in done.stderr
    assert not (restored.data / "postgres" / "cluster").exists()
