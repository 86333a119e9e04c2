"""Pairs for the steward's desk, on the running server of made-up people."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg

from anlanh.kernel import settings as settings_
from anlanh.platform.postgres import EmbeddedPostgres
from tests.conftest import Server


def patient(name: str, text: str, **more: Any) -> dict[str, Any]:
    """A Patient at one address, with one telephone."""
    return {
        "resourceType": "Patient", "id": name, "name": [{"text": text}], "gender": "female", "birthDate": "1990-05-06",
        "telecom": [{"system": "phone", "value": "0950009990"}],
        "address": [{"text": "Xóm 9, Xã Phú Đình", "line": ["Xóm 9"], "city": "Xã Phú Đình"}], **more,
    }  # fmt: skip


def put(server: Server, resource: dict[str, Any]) -> None:
    """Write as the system."""
    done = server.client.put(f"/fhir/{resource['resourceType']}/{resource['id']}", json=resource)
    assert done.status_code in (200, 201), done.text


def let_compare(server: Server) -> None:
    """Let the time pass after which Patients are compared, and wait until they were."""

    async def main() -> None:
        connection = await asyncpg.connect(EmbeddedPostgres(server.data / "postgres").url)
        await connection.execute(f"set search_path to {settings_.DEFAULTS['ANLANH_TENANT']}")
        await connection.execute("update person_key set due_at = now() where due_at is not null")
        until = time.monotonic() + 30
        while await connection.fetchval("select exists (select from person_key where due_at is not null)"):
            assert time.monotonic() < until
            await asyncio.sleep(0.2)
        await connection.close()

    asyncio.run(main())
