"""One application with the scene of `stage` for all tests of a module; the running server once its forms are open."""

from __future__ import annotations

import time

import pytest

from tests.access.conftest import stage
from tests.conftest import Server

__all__ = ["forms_open", "stage"]


@pytest.fixture(scope="session")
def forms_open(demo_server: Server) -> Server:
    """The server of the made-up province; its background work has entered the forms."""
    until = time.monotonic() + 30
    while "/khai-bao/phq-9" not in demo_server.client.get("/khai-bao").text and time.monotonic() < until:
        time.sleep(0.1)
    return demo_server
