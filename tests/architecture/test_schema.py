"""`schema.sql` is the truth about a package's tables; its migrations add up to exactly that.

The jobs' tables are those of procrastinate, whose own `schema.sql` is the truth.
"""

from __future__ import annotations

import asyncio
import re
from importlib.resources import files

import asyncpg
import pytest
from procrastinate.schema import SchemaManager

from anlanh.app import MIGRATIONS
from anlanh.platform import migrations
from anlanh.platform.postgres import EmbeddedPostgres
from tests.architecture.sources import PACKAGE

TENANT = "truth"
FOLDERS = sorted(each for each in PACKAGE.rglob("migrations") if each.is_dir())


def _truth(package: str) -> str:
    if package == "anlanh.platform.jobs":
        return SchemaManager.get_schema()
    return (files(package) / "schema.sql").read_text(encoding="utf-8")


async def _make(postgres: EmbeddedPostgres, database: str, steps: list[str]) -> None:
    admin = await asyncpg.connect(postgres.url)
    await admin.execute(f"create database {database}")
    await admin.close()
    connection = await asyncpg.connect(postgres.url, database=database)
    await connection.execute(f"create schema {TENANT}; set search_path to {TENANT}")
    for sql in steps:
        await connection.execute(sql)
    await connection.close()


def _dump(postgres: EmbeddedPostgres, database: str) -> str:
    """The catalogue as pg_dump writes it, objects in order of their names."""
    url = postgres.url.replace("/anlanh?", f"/{database}?")
    text = postgres.tool("pg_dump", url, "--schema-only", "--no-owner", f"--schema={TENANT}")
    return re.sub(r"^\\(un)?restrict .*$", "", text, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def dumps(postgres: EmbeddedPostgres) -> tuple[str, str]:
    """The catalogues of two databases: one made by the migrations, one by the schema files."""
    asyncio.run(_make(postgres, "by_migrations", [each.sql for each in migrations.collect(MIGRATIONS)]))
    asyncio.run(_make(postgres, "by_schema", [_truth(package) for package in MIGRATIONS]))
    return _dump(postgres, "by_migrations"), _dump(postgres, "by_schema")


def test_the_migrations_add_up_to_the_schema(dumps: tuple[str, str]) -> None:
    by_migrations, by_schema = dumps
    assert "CREATE TABLE truth.resource" in by_schema
    assert by_migrations.splitlines() == by_schema.splitlines()


def test_every_folder_of_migrations_is_run() -> None:
    listed = {PACKAGE.joinpath(*package.split(".")[1:], "migrations") for package in MIGRATIONS}
    assert set(FOLDERS) == listed


@pytest.mark.parametrize("package", MIGRATIONS)
def test_migrations_are_numbered_without_a_gap(package: str) -> None:
    numbers = [each.name.rpartition("/")[2][:4] for each in migrations.collect([package])]
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
