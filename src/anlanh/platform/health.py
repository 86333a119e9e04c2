"""For operators and load balancers: is the process alive, can it serve, and how is it doing.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.registry import REGISTRY

from anlanh.kernel.problem import Problem
from anlanh.platform.database import Database

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def answer(scope: dict[str, Any], send: Send, database: Database | None) -> None:
    """`/health/live`, `/health/ready` and `/metrics`; 404 for anything else."""
    path = scope["path"]
    if path == "/health/live":
        await _json(send, 200, {"status": "pass"})
    elif path == "/health/ready":
        await _ready(send, database)
    elif path == "/metrics":
        await _send(send, 200, CONTENT_TYPE_LATEST, generate_latest(_registry()))
    else:
        await _json(
            send, 404, {"status": "fail", "says": "Nothing is here.", "hint": "The record is at /fhir/metadata."}
        )


async def _ready(send: Send, database: Database | None) -> None:
    try:
        if database is None:
            raise Problem
        async with database.connection() as connection:
            await connection.fetchval("select 1")
    except Problem as problem:
        await _json(send, 503, {"status": "fail", "says": problem.text, "hint": problem.way_out})
        return
    await _json(send, 200, {"status": "pass"})


def _registry() -> CollectorRegistry:
    """The figures of all worker processes together, where there are several."""
    import os

    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
    return registry


async def _json(send: Send, status: int, body: dict[str, str]) -> None:
    await _send(send, status, "application/health+json", json.dumps(body).encode())


async def _send(send: Send, status: int, media: str, body: bytes) -> None:
    headers = [
        (b"content-type", media.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
