"""Backups of the embedded database: a base backup, and from then on every segment of the write-ahead log, so that the
record can be brought back as it was at any moment since. Both are sealed with a key of their own.

A restore proves itself: the files against PostgreSQL's own manifest, and the record against a hash of every version
that had been written a minute before the backup. Versions never change, so that hash is the same for ever after.

Source: https://www.postgresql.org/docs/18/continuous-archiving.html
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from anlanh.kernel.problem import Problem
from anlanh.platform.database import Connection
from anlanh.platform.envelope import SUFFIX, CannotOpen, Keys
from anlanh.platform.postgres import EmbeddedPostgres

SETTLED = timedelta(minutes=1)
"""Longer than any transaction may take: what is older than this is committed or never will be."""

BASE = "base.tar.age"

HASH = (
    "select count(*) as versions, coalesce(sum(('x' || left(encode(sha256(convert_to(rid || '/' || version || ':', 'UTF8')"
    " || content), 'hex'), 15))::bit(60)::bigint), 0)::text as hash from ("
    "select rid, version, content from resource where updated_at <= $1"
    " union all select rid, version, content from history where updated_at <= $1) v"
)


class NotEmbedded(Problem):
    issue = "not-supported"
    says = "The database is not the embedded one."
    hint = "Back it up with its own tools, as pg_basebackup or pgBackRest."


class BackupBroken(Problem):
    issue = "exception"
    says = "The backup in {folder} is not whole: {why}."
    hint = "Use another backup; keep this one for those who look into it."


class PlaceTaken(Problem):
    issue = "duplicate"
    says = "{folder} is not empty."
    hint = "Choose a folder that does not exist yet."


class NotTheSame(Problem):
    issue = "exception"
    says = "The restored record is not what was backed up: {found} versions with another hash, {wanted} were expected."
    hint = "Do not use it. Restore another backup, or an earlier moment."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is: when it was made, and the hash of the versions written until `settled_at`."""

    made_at: str
    settled_at: str
    tenant: str
    versions: int
    hash: str
    wal: str


async def content_hash(connection: Connection, until: datetime) -> tuple[int, str]:
    """How many versions were written until then, and the hash of all of them, whatever their order."""
    row = await connection.fetchrow(HASH, until)
    assert row is not None
    return row["versions"], row["hash"]


async def back_up(
    postgres: EmbeddedPostgres, tenant: str, folder: Path, now: datetime, keys: Keys, say: Callable[[str], None]
) -> Manifest:
    """Write a base backup to `folder`, sealed with `keys`, and keep the write-ahead log from now on.

    Raises:
        PlaceTaken: the folder has something in it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise PlaceTaken(folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    postgres.archive.mkdir(exist_ok=True)
    postgres.give(postgres.archive)
    settled = now - SETTLED
    connection = await asyncpg.connect(postgres.url, server_settings={"search_path": tenant})
    try:
        say("hashing the record")
        versions, found = await content_hash(connection, settled)
        say("copying the database")
        await asyncio.to_thread(_copy, postgres, folder / BASE, keys)
        await connection.execute("select pg_switch_wal()")
    finally:
        await connection.close()
    made = Manifest(now.isoformat(), settled.isoformat(), tenant, versions, found, str(postgres.archive))
    part = folder / "manifest.json.part"
    part.write_text(json.dumps(asdict(made), indent=2))
    part.rename(folder / "manifest.json")
    return made


def _copy(postgres: EmbeddedPostgres, target: Path, keys: Keys) -> None:
    """PostgreSQL's own base backup as a tar file, sealed as it comes: nothing of it lies open on the disk."""
    part = target.with_name(f"{target.name}.part")
    with part.open("wb") as sealed, postgres.streaming(
        "pg_basebackup", "--manifest-checksums=SHA256", "-h", str(postgres.socket), "-U", "postgres", "-D", "-", "-F", "tar",
        "-X", "fetch", "-c", "fast",
    ) as plain:  # fmt: skip
        keys.seal(plain, sealed)
        sealed.flush()
        os.fsync(sealed.fileno())
    part.rename(target)


def seal_log(archive: Path, keys: Keys) -> int:
    """Seal the segments of the log that PostgreSQL has handed over; how many. Safe to repeat and to break off."""
    segments = [each for each in sorted(archive.glob("*")) if each.suffix not in (SUFFIX, ".part", ".sealing")]
    for each in segments:
        part = each.with_name(f"{each.name}.sealing")
        with each.open("rb") as plain, part.open("wb") as sealed:
            keys.seal(plain, sealed)
            sealed.flush()
            os.fsync(sealed.fileno())
        part.rename(each.with_name(each.name + SUFFIX))
        each.unlink()
    return len(segments)


def _open_log(archive: Path, target: Path, keys: Keys) -> None:
    """The log as PostgreSQL reads it, for as long as it replays it."""
    target.mkdir(parents=True)
    for each in sorted(archive.iterdir()):
        if each.suffix == SUFFIX:
            with each.open("rb") as sealed, (target / each.name.removesuffix(SUFFIX)).open("wb") as plain:
                keys.open(sealed, plain)
        elif each.suffix not in (".part", ".sealing"):
            shutil.copy(each, target / each.name)


def keys_of(data: Path) -> Keys:
    """The keys of the backups of a data folder."""
    return keys_in(data / "keys")


def keys_in(folder: Path) -> Keys:
    """The same in a folder of keys, such as the copy that is kept elsewhere."""
    return Keys(folder / "backup.age")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        BackupBroken: there is none: the backup was broken off.
    """
    try:
        return Manifest(**json.loads((folder / "manifest.json").read_text()))
    except (OSError, ValueError, TypeError):
        raise BackupBroken(folder=folder, why="it has no manifest") from None


async def restore(
    folder: Path, postgres: EmbeddedPostgres, keys: Keys, *, wal: Path | None, to: datetime | None,
    say: Callable[[str], None],
) -> Manifest:  # fmt: skip
    """Bring a backup back as the cluster of `postgres`, which must not have one; up to the moment `to`, or as far as
    the write-ahead log in `wal` reaches. The server is stopped again at the end.

    Raises:
        BackupBroken, PlaceTaken: nothing was restored.
        NotTheSame: the content is not that of the backup.
    """
    manifest = read_manifest(folder)
    if postgres.cluster.exists():
        raise PlaceTaken(folder=postgres.cluster)
    say("opening the backup")
    part = postgres.cluster.with_name("cluster.restoring")
    log = postgres.cluster.with_name("log.restoring")
    for each in (part, log):
        shutil.rmtree(each, ignore_errors=True)
    part.mkdir(parents=True)
    _unpack(folder, part, keys)
    say("checking the files of the backup")
    _verify_files(folder, part)
    archive = wal or Path(manifest.wal)
    if archive.is_dir():
        say("opening the log")
        _open_log(archive, log, keys)
        postgres.give(log, everything=True)
    _ask_for_recovery(part, log if archive.is_dir() else None, to)
    postgres.give(part, everything=True)
    part.rename(postgres.cluster)
    say("replaying the log")
    postgres.start()
    try:
        await _verify(postgres, manifest, to)
    finally:
        postgres.stop()
        shutil.rmtree(log, ignore_errors=True)
    return manifest


def _unpack(folder: Path, target: Path, keys: Keys) -> None:
    reading, writing = os.pipe()
    with (folder / BASE).open("rb") as sealed, ThreadPoolExecutor(1) as pool:
        with os.fdopen(writing, "wb") as plain:
            done = pool.submit(_extract, reading, target)
            try:
                keys.open(sealed, plain)
            except CannotOpen as problem:
                raise BackupBroken(folder=folder, why=problem.text) from problem
        try:
            done.result()
        except (tarfile.TarError, OSError) as error:
            raise BackupBroken(folder=folder, why="the archive is cut off") from error


def _extract(reading: int, target: Path) -> None:
    with os.fdopen(reading, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        archive.extractall(target, filter="data")


def _verify_files(folder: Path, base: Path) -> None:
    """Every file against the manifest that PostgreSQL wrote: there, of its size, with its SHA-256."""
    try:
        listed = json.loads((base / "backup_manifest").read_text())["Files"]
    except (OSError, ValueError, KeyError):
        raise BackupBroken(folder=folder, why="PostgreSQL's manifest cannot be read") from None
    for each in listed:
        path = base / each["Path"]
        if not path.is_file() or path.stat().st_size != each["Size"]:
            raise BackupBroken(folder=folder, why=f"{each['Path']} is missing or of another size")
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != each["Checksum"]:
                raise BackupBroken(folder=folder, why=f"{each['Path']} has changed")


def _ask_for_recovery(cluster: Path, archive: Path | None, to: datetime | None) -> None:
    """PostgreSQL's own recovery, at the next start."""
    lines = ["recovery_target_action = 'promote'", "recovery_target_timeline = 'latest'"]
    command = f'cp "{archive}/%f" "%p"' if archive else "false"
    lines.append(f"restore_command = '{command}'")
    if to is not None:
        lines.append(f"recovery_target_time = '{to.astimezone(UTC).isoformat()}'")
    with (cluster / "postgresql.auto.conf").open("a") as stream:
        stream.write("\n".join(lines) + "\n")
    (cluster / "recovery.signal").touch()
    (cluster / "postmaster.pid").unlink(missing_ok=True)


async def _verify(postgres: EmbeddedPostgres, manifest: Manifest, to: datetime | None) -> None:
    connection = await asyncpg.connect(postgres.url, server_settings={"search_path": manifest.tenant})
    try:
        while await connection.fetchval("select pg_is_in_recovery()"):
            await connection.execute("select pg_sleep(0.2)")
        for name in ("restore_command", "recovery_target_time", "recovery_target_action", "recovery_target_timeline"):
            await connection.execute(f"alter system reset {name}")
        versions, found = await content_hash(connection, datetime.fromisoformat(manifest.settled_at))
        if (versions, found) != (manifest.versions, manifest.hash):
            raise NotTheSame(found=versions, wanted=manifest.versions)
        # Transactions of the old cluster are over: what waits in the outbox is all there to be read.
        await connection.execute("update outbox set tx = '3'::xid8 where tx >= pg_snapshot_xmin(pg_current_snapshot())")
    finally:
        await connection.close()
