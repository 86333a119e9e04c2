"""One application with the scene of `stage` for all tests of a module."""

from tests.access.conftest import stage

__all__ = ["stage"]
