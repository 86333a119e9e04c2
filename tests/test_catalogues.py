"""Catalogues and packages into the record, from the command line."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from anlanh import catalogues
from anlanh.cli import main
from anlanh.fhir.terminology import answer
from anlanh.platform.work import Work, instant
from tests.conftest import Ground

NATIONS = "code,name\n1,Kinh\n2,Tày\n2,Tày lần nữa\nx,Không mã\n"
SYSTEM = "https://yte.thainguyen.gov.vn/fhir/CodeSystem/dan-toc"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A catalogue of which two lines are wrong."""
    path = tmp_path / "nations.csv"
    path.write_text(NATIONS, encoding="utf-8")
    return path


def run(ground: Ground, folder: Path, *arguments: str) -> Result:
    environment = {"DATABASE_URL": ground.url, "ANLANH_DATA": str(folder / "data")}
    return CliRunner().invoke(main, ["terminology", *arguments], env=environment)


def display(ground: Ground, **asked: str) -> str | None:
    """The display that $lookup gives, by the terminology of the record."""

    async def body(work: Work) -> Any:
        await ground.record.refresh(work.connection)
        source = ground.record.conformance.terminology.source
        parameters = [{"name": name, "valueString": value} for name, value in asked.items()]
        return answer(source, "lookup", {"parameter": parameters}, now=instant(), identifier="urn:x")

    _, found = ground.run(body)
    return next((each.get("valueString") for each in found.get("parameter", ()) if each["name"] == "display"), None)


def test_a_catalogue_counts_once_it_is_imported_and_bad_lines_are_reported(
    ground: Ground, table: Path, tmp_path: Path
) -> None:
    report = tmp_path / "rejects.csv"
    done = run(ground, tmp_path, "import", "ethnic-groups", str(table), "--report", str(report))
    assert (done.exit_code, "2 concepts, 1 resources written" in done.output) == (0, True), done.output
    assert display(ground, system=SYSTEM, code="01") == "Kinh"
    lines = list(csv.reader(report.read_text(encoding="utf-8").splitlines()))
    assert [line[:2] for line in lines] == [["line", "code"], ["4", "02"], ["5", "x"]]


def test_importing_again_changes_nothing(ground: Ground, table: Path, tmp_path: Path) -> None:
    run(ground, tmp_path, "import", "ethnic-groups", str(table))
    assert "0 resources written, 1 unchanged" in run(ground, tmp_path, "import", "ethnic-groups", str(table)).output


def test_versions_stand_side_by_side(ground: Ground, table: Path, tmp_path: Path) -> None:
    run(ground, tmp_path, "import", "ethnic-groups", str(table))
    table.write_text("code,name\n1,Kinh (Việt)\n", encoding="utf-8")
    run(ground, tmp_path, "import", "ethnic-groups", str(table), "--version", "QD9-2027", "--from", "2027-01-01")
    assert display(ground, system=SYSTEM, code="01", version="QD121-1979") == "Kinh"
    assert display(ground, system=SYSTEM, code="01", version="QD9-2027") == "Kinh (Việt)"
    listed = run(ground, tmp_path, "list").output.splitlines()
    assert [line.split()[:4] for line in listed] == [
        ["QD121-1979", "1979-03-02", "–", "…"],
        ["QD9-2027", "2027-01-01", "–", "…"],
    ]


def package(folder: Path, *resources: dict[str, Any]) -> Path:
    path = folder / "package.tgz"
    files = {"package.json": {"name": "vn.test", "version": "1.0.0"}}
    files |= {f"{number}.json": each for number, each in enumerate(resources)}
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            data = json.dumps(content).encode()
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def test_a_package_brings_its_conformance_resources(ground: Ground, tmp_path: Path) -> None:
    system = {"resourceType": "CodeSystem", "url": "urn:test:cs", "status": "active", "content": "complete"}
    made = package(
        tmp_path,
        system | {"concept": [{"code": "a", "display": "A"}]},
        {"resourceType": "ValueSet", "url": "urn:test:vs", "status": "wrong!"},
        {"resourceType": "Patient"},
    )
    done = run(ground, tmp_path, "import", "package", str(made))
    assert "vn.test 1.0.0: 0 concepts, 1 resources written, 0 unchanged, 1 of other kinds left out" in done.output
    assert display(ground, system="urn:test:cs", code="a") == "A"


@pytest.mark.parametrize(
    ("name", "file", "said"),
    [
        ("nothing", "x.csv", "icd10"),
        ("icd10", "missing.csv", "There is no file"),
        ("package", "nations.csv", "package"),
    ],
)
def test_what_cannot_be_imported_is_said(
    ground: Ground, table: Path, tmp_path: Path, name: str, file: str, said: str
) -> None:
    done = run(ground, tmp_path, "import", name, str(tmp_path / file))
    assert done.exit_code > 0
    assert said in done.output


def test_an_edition_may_begin_on_another_day(ground: Ground, table: Path) -> None:
    since = date(2027, 1, 1)
    done = catalogues.import_file(
        ground.settings, ground.url, "ethnic-groups", table, version="2", effective_from=since
    )
    assert (done.version, done.written) == ("2", 1)
