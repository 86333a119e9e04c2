"""Importing catalogues, and suggesting their codes."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from datetime import date

import openpyxl  # type: ignore[import-untyped]
import pytest

from anlanh.fhir.model import json
from anlanh.fhir.terminology import MemorySource
from anlanh.fhir.terminology.concepts import Concept
from anlanh.fhir.terminology.imports import Catalogue, MemorySink, Report, load, package, tables, vietnam
from anlanh.fhir.terminology.imports.catalogue import version_on
from anlanh.fhir.terminology.suggest import Suggestions
from anlanh.kernel.vn.abbreviations import CLINICAL

HEADER = "code,name_vi,name_en,category,category_vi,block,block_vi,chapter,chapter_range,chapter_vi,not_primary\n"
GROUPS = "E10-E14,Đái tháo đường,IV,E00-E90,Nội tiết,"
TABLE = (
    HEADER
    + f"E11,Đái tháo đường type 2,Type 2 diabetes,E11,Đái tháo đường type 2,{GROUPS}\n"
    + f"E11.9,Đái tháo đường type 2 không biến chứng,Without complications,E11,Đái tháo đường type 2,{GROUPS}\n"
)


def imported(text: str, catalogue: Catalogue = vietnam.ICD10_4469) -> tuple[Report, MemorySource]:
    source = MemorySource()
    return load(catalogue, tables.read(text.encode()), MemorySink(source)), source


def test_a_table_becomes_a_code_system_with_its_groups_above_the_codes() -> None:
    report, source = imported(TABLE)
    provider = source.provider(vietnam.ICD10_4469.url, "QD4469-2020")
    assert provider is not None
    assert (report.lines, report.concepts, report.rejects) == (2, 4, [])
    assert provider.ancestors("E11.9") == {"E11", "E10-E14", "E00-E90"}
    found = provider.find("E11.9")
    assert found is not None
    assert found.designations == [{"language": "en", "value": "Without complications"}]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("E11.9,Lần nữa,,E11,Đái tháo đường type 2," + GROUPS, "the code is already on line 3"),
        (",Không mã,,E11,Đái tháo đường type 2," + GROUPS, "the line has no code"),
        ("E12,,,E12,Khác," + GROUPS, "the line has no name"),
        ("số 12,Sai mã,,E12,Khác," + GROUPS, "'số 12' does not look like a code of this catalogue"),
    ],
)
def test_a_bad_line_is_reported_with_its_number_and_the_rest_goes_in(line: str, why: str) -> None:
    report, source = imported(TABLE + line + "\n")
    assert [(each.line, each.why) for each in report.rejects] == [(4, why)]
    assert report.rejects[0].way_out
    assert source.versions("CodeSystem", vietnam.ICD10_4469.url) == ["QD4469-2020"]


def test_dagger_and_asterisk_are_no_part_of_a_code() -> None:
    group = "G00-G09,Viêm hệ thần kinh,VI,G00-G99,Thần kinh,"
    lines = [f"G01,Viêm màng não,,G01,Viêm màng não,{group}", f"G01*,Viêm màng não,,G01,Viêm màng não,{group}"]
    lines.append(f"A17.0†,Lao màng não,,A17†,Lao hệ thần kinh,{group}")
    report, source = imported(HEADER + "\n".join(lines) + "\n")
    provider = source.provider(vietnam.ICD10_4469.url, "QD4469-2020")
    assert provider is not None
    found = provider.find("A17.0")
    assert found is not None
    assert (report.rejects, found.properties[-1], found.parents) == ([], {"code": "mark", "valueString": "†"}, ("A17",))


def test_a_workbook_is_read_like_a_table_and_gets_its_leading_zeros_back() -> None:
    book = openpyxl.Workbook()
    book.active.append(["code", "name"])
    book.active.append([2, "Tày"])
    stream = io.BytesIO()
    book.save(stream)
    source = MemorySource()
    load(vietnam.ETHNIC_GROUPS, tables.read(stream.getvalue()), MemorySink(source))
    provider = source.provider(vietnam.ETHNIC_GROUPS.url, vietnam.ETHNIC_GROUPS.version)
    assert provider is not None
    assert [each.code for each in provider.concepts()] == ["02"]


def test_a_file_that_is_no_table_and_a_table_without_its_columns_are_refused() -> None:
    with pytest.raises(tables.NotATable):
        list(tables.read(b"\xff\xfe\x00"))
    with pytest.raises(tables.ColumnsMissing):
        imported("mã,tên\nE11,Đái tháo đường\n")


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    load(vietnam.ICD10_4469, tables.read(TABLE.encode()), MemorySink(MemorySource()), lambda *now: told.append(now))
    assert told == [(2, 0)]


def test_the_version_in_force_on_the_day_is_chosen() -> None:
    old = vietnam.ICD10_4469
    new = replace(old, version="TT06-2026", effective_from=date(2026, 7, 1), effective_to=None)
    assert version_on([old, new], date(2026, 6, 30)) == old
    assert version_on([old, new], date(2026, 7, 1)) == new
    assert version_on([old, new], date(2019, 1, 1)) is None


def test_catalogues_of_the_province_move_to_another_base_and_international_ones_stay() -> None:
    assert vietnam.rebased(vietnam.OCCUPATIONS, "https://other.example/").url == "https://other.example/nghe-nghiep"
    assert vietnam.rebased(vietnam.ICD10_4469, "https://other.example/") == vietnam.ICD10_4469


def archive(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def test_a_package_hands_over_its_resources_and_reports_what_is_none() -> None:
    head = json.encode({"name": "example", "version": "1.0"})
    files = {
        "package/package.json": head,
        "package/CodeSystem-a.json": json.encode({"resourceType": "CodeSystem", "url": "https://example.org/a"}),
        "package/broken.json": b"{",
        "package/.index.json": b"{}",
    }
    source = MemorySource()
    report = package.read(archive(files), source.add)
    assert (report.name, report.resources, [each.code for each in report.rejects]) == (
        "example",
        1,
        ["package/broken.json"],
    )
    assert source.versions("CodeSystem", "https://example.org/a") == [None]


def test_an_archive_that_is_no_package_is_refused() -> None:
    with pytest.raises(package.NotAPackage):
        package.read(b"no archive", print)
    with pytest.raises(package.NotAPackage):
        package.read(archive({"package/a.json": b"{}"}), print)


CONCEPTS = [
    Concept("E11", "Bệnh đái tháo đường type 2", designations=[{"language": "en", "value": "Type 2 diabetes"}]),
    Concept("E10-E14", "Đái tháo đường"),
    Concept("E23.2", "Đái tháo nhạt"),
    Concept("I10", "Bệnh tăng huyết áp vô căn"),
    Concept("O13", "Tăng huyết áp thai kỳ"),
]


def suggested(text: str, uses: dict[str, int] | None = None) -> list[str]:
    return [each.code for each in Suggestions(CONCEPTS, CLINICAL, uses).find(text)]


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("dai thao", ["E23.2", "E10-E14", "E11"]),
        ("đái tháo đường", ["E10-E14", "E11"]),
        ("duong dai", ["E10-E14", "E11"]),
        ("diabetes", ["E11"]),
        ("e23", ["E23.2"]),
        ("e232", ["E23.2"]),
        ("THA", ["O13", "I10"]),
        ("xyz", []),
        ("", []),
    ],
)
def test_what_is_typed_finds_codes_with_the_closest_first(typed: str, codes: list[str]) -> None:
    assert suggested(typed) == codes


def test_codes_that_are_used_often_come_first() -> None:
    assert suggested("tang huyet ap", {"I10": 900}) == ["I10", "O13"]


def test_a_hit_tells_the_name_that_matched_and_pages_go_on() -> None:
    index = Suggestions(CONCEPTS)
    assert index.find("diabetes")[0].matched == "Type 2 diabetes"
    assert [each.code for each in index.find("dai thao", count=1, offset=1)] == ["E10-E14"]
