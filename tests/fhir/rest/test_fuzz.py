"""Whatever comes in: an answer within seconds, never an error of the server's own, every refusal an OperationOutcome.

`ANLANH_FUZZ=20000 pytest tests/fhir/rest/test_fuzz.py` looks for longer.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anlanh.platform.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.fhir.rest import fuzz
from tests.fhir.rest.in_process import Answer, InProcess, in_process

EXAMPLES = Path(__file__).parents[3].parent / "shared" / "suites" / "r4-examples.tar.xz"
LONGEST_S = 5.0
TRIES = int(os.environ.get("ANLANH_FUZZ", "1500"))

dice = st.integers(0, 2**32).map(Random)

often = settings(
    max_examples=TRIES, deadline=None, database=None, derandomize="ANLANH_FUZZ" not in os.environ,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture(scope="module")
def application(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """The application on a database of this module."""
    with fresh_database(postgres) as url, in_process(url, tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[fuzz.Resource]:
    """Official examples to be bent."""
    folder = tmp_path_factory.mktemp("examples")
    with tarfile.open(EXAMPLES) as archive:
        archive.extractall(folder, filter="data")
    return fuzz.examples(next(folder.iterdir()))


def check(method: str, answer: Answer, *sent: object) -> None:
    """The promise of the server for every request."""
    assert answer.status < 500 or answer.status == 503, (sent, answer.body.decode())
    assert answer.seconds < LONGEST_S
    if answer.status >= 400 and method != "HEAD":
        assert b"OperationOutcome" in answer.body
    if answer.body and "json" in answer.headers.get("content-type", "") and method != "HEAD":
        for line in answer.body.splitlines() if "ndjson" in answer.headers["content-type"] else [answer.body]:
            json.loads(line)


@often
@given(dice)
def test_any_request_is_answered(application: InProcess, originals: list[fuzz.Resource], dice: Random) -> None:
    method, kind = dice.choice(fuzz.METHODS), dice.choice(fuzz.TYPES)
    body = dice.choice((b"", fuzz.text_of(fuzz.mutated(dice, originals)), dice.randbytes(20)))
    path, query, headers = fuzz.path(dice, kind), fuzz.query(dice, kind), fuzz.headers(dice)
    check(method, application.send(method, path, query, headers, body), path, query, headers, body)


@often
@given(dice)
def test_any_search_is_answered(application: InProcess, dice: Random) -> None:
    kind = dice.choice(fuzz.TYPES)
    query = fuzz.query(dice, kind)
    check("GET", application.send("GET", f"/{kind}", query), kind, query)


@often
@given(dice)
def test_any_resource_is_stored_and_read_back_or_refused(
    application: InProcess, originals: list[fuzz.Resource], dice: Random
) -> None:
    resource = fuzz.mutated(dice, originals)
    path = f"/{resource.get('resourceType')}"
    answer = application.send("POST", path, "", {"content-type": "application/fhir+json"}, fuzz.text_of(resource))
    check("POST", answer, path, resource)
    if answer.status == 201:
        place = answer.headers["location"].partition("/fhir")[2].partition("/_history")[0]
        found = application.send("GET", place, "", {"accept": "application/fhir+json"})
        check("GET", found, resource)
        assert found.status == 200
        check("GET", application.send("GET", place, "", {"accept": "application/fhir+xml"}), resource)


@often
@given(dice)
def test_any_bundle_is_answered(application: InProcess, originals: list[fuzz.Resource], dice: Random) -> None:
    text = fuzz.text_of(fuzz.bundle(dice, originals))
    check("POST", application.send("POST", "", "", {"content-type": "application/json"}, text), text)
