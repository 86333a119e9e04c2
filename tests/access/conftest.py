"""One application with the scene of `stage` for all tests of a module."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from anlanh.platform.postgres import EmbeddedPostgres
from tests.access.stage import SCENE, Stage
from tests.conftest import fresh_database
from tests.fhir.rest.in_process import in_process


@pytest.fixture(scope="module")
def stage(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage, with everything of the scene on it."""
    data = tmp_path_factory.mktemp("data")
    with fresh_database(postgres) as url, in_process(url, data) as running:
        made = Stage(running, data, url)
        for resource in copy.deepcopy(SCENE):
            made.put(resource)
        yield made
