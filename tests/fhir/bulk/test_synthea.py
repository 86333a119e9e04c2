"""Synthea's fifty persons, as an import of transaction Bundles: everything is there, and reads as it was written."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

from anlanh.fhir.bulk import load
from anlanh.fhir.bulk.load import Report
from anlanh.fhir.bulk.sources import pieces
from anlanh.platform.database import Database
from tests.conftest import Ground

ARCHIVE = Path(__file__).parents[3].parent / "shared" / "suites" / "synthea" / "r4-2019-50.tar.xz"


class Digits(str):
    """A number by its text, so that 1.0 and 1.00 differ."""


def _written() -> Iterator[tuple[str, str]]:
    """Type/id and text of each resource, references by Type/id."""
    with tarfile.open(ARCHIVE) as files:
        for member in files:
            file = files.extractfile(member)
            if file is None or not member.name.endswith(".json"):
                continue
            text = file.read().decode()
            bundle = json.loads(text)
            names = {each["fullUrl"]: each["resource"]["resourceType"] for each in bundle["entry"]}
            for url, kind in names.items():
                text = text.replace(f'"{url}"', f'"{kind}/{url.removeprefix("urn:uuid:")}"')
            for each in json.loads(text, parse_float=Digits, parse_int=Digits)["entry"]:
                resource = each["resource"]
                yield f"{resource['resourceType']}/{resource['id']}", json.dumps(_plain(resource))


def _plain(resource: dict[str, object]) -> dict[str, object]:
    """Without meta, which the server writes; resourceType and id, which come first, by name."""
    return {key: resource[key] for key in resource if key not in ("resourceType", "id", "meta")}


def test_all_of_synthea_is_imported_and_reads_as_it_was_written(ground: Ground) -> None:
    async def import_all(database: Database) -> tuple[Report, dict[str, str]]:
        report = await load.load(database, ground.record, pieces(ARCHIVE))
        async with database.connection() as connection:
            rows = await connection.fetch("select content from resource order by rid")
        stored = (json.loads(row["content"], parse_float=Digits, parse_int=Digits) for row in rows)
        return report, {f"{each['resourceType']}/{each['id']}": json.dumps(_plain(each)) for each in stored}

    report, read = ground.open(import_all)
    written = dict(_written())
    assert report.rejects == []
    assert read.keys() == written.keys()
    assert [name for name in written if read[name] != written[name]] == []
    assert len(written) > 10_000
