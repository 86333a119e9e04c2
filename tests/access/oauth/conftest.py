"""One house for all tests of a module."""

from __future__ import annotations

import pytest

from tests.access.oauth.house import House
from tests.access.stage import Stage


@pytest.fixture(scope="module")
def house(stage: Stage) -> House:
    """The authorisation server on the stage."""
    return House(stage)
