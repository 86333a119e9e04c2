"""What is written is what is read: HL7's examples and those of the IPS, each value, digit and key in its place."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from anlanh.platform.postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.fhir.rest.in_process import InProcess, in_process

SUITES = Path(__file__).parents[3].parent / "shared" / "suites"
JSON, XML = "application/fhir+json", "application/fhir+xml"

REFUSED = {
    "r4-examples/Questionnaire-qs1.json": "Questionnaire.item.linkId: minimum required = 1, but only found 0. Add 'linkId'.",
}
"""Examples that are not stored, and why."""


def _examples() -> Iterator[tuple[str, bytes]]:
    for archive in ("r4-examples", "ips"):
        with tarfile.open(SUITES / f"{archive}.tar.xz") as files:
            for member in files:
                file = files.extractfile(member)
                if file is not None and member.name.endswith(".json"):
                    yield member.name, file.read()


EXAMPLES = dict(_examples())


class Digits(str):
    """A number by its text, so that 1.0 and 1.00 differ."""


def parsed(text: bytes) -> Any:
    """JSON with its numbers as texts; dictionaries keep their order."""
    return json.loads(text, parse_float=Digits, parse_int=Digits)


def comparable(resource: Any) -> str:
    """The resource as text without the version and instant that the server adds; resourceType, id and meta come first."""
    meta = {key: value for key, value in resource.get("meta", {}).items() if key not in ("versionId", "lastUpdated")}
    rest = {key: value for key, value in resource.items() if key not in ("resourceType", "id", "meta")}
    first = {"resourceType": resource["resourceType"], "id": resource["id"], "meta": meta}
    return json.dumps(first | rest, ensure_ascii=False)


@pytest.fixture(scope="module")
def application(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """The application on a database of this module."""
    with fresh_database(postgres) as url, in_process(url, tmp_path_factory.mktemp("data")) as running:
        yield running


def put(application: InProcess, content: bytes, media: str, place: str) -> Any:
    """Write, and give back the answer."""
    return application.send("PUT", place, "", {"content-type": media}, content)


def test_every_example_is_read_as_it_was_written(application: InProcess) -> None:
    refused = {}
    for name, content in EXAMPLES.items():
        resource = parsed(content)
        place = f"/{resource['resourceType']}/{resource['id']}"
        answer = put(application, content, JSON, place)
        if answer.status not in (200, 201):
            refused[name] = json.loads(answer.body)["issue"][0]["diagnostics"]
            continue
        read = application.send("GET", place)
        assert comparable(parsed(read.body)) == comparable(resource), name
    assert refused == REFUSED


def test_every_example_is_the_same_by_way_of_xml(application: InProcess) -> None:
    for name in sorted(EXAMPLES.keys() - REFUSED.keys()):
        content = EXAMPLES[name]
        resource = parsed(content)
        place = f"/{resource['resourceType']}/{resource['id']}"
        put(application, content, JSON, place)
        as_xml = application.send("GET", place, "", {"accept": XML})
        assert as_xml.status == 200, name
        assert put(application, as_xml.body, XML, place).status == 200, name
        read = json.loads(application.send("GET", place).body, parse_float=Decimal)
        written = json.loads(content, parse_float=Decimal)
        read.pop("meta")
        written.pop("meta", None)
        assert read == written, name
