"""Boundaries of the communes: all of them, each where it is."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from anlanh.kernel.vn import boundaries


def test_every_commune_of_the_province_has_a_boundary() -> None:
    table = files("anlanh.kernel.vn").joinpath("tables", "communes_2025.csv").read_text(encoding="utf-8")
    codes = {row["commune_code"] for row in csv.DictReader(table.splitlines()) if row["province_code"] == "19"}
    assert set(boundaries.commune_polygons()) == codes
    assert len(codes) == 92


def test_rings_are_closed() -> None:
    rings = [ring for polygons in boundaries.commune_polygons().values() for rings in polygons for ring in rings]
    assert all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings)


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [(105.8412, 21.594, "05443"), (105.835, 22.146, "01840"), (105.8342, 21.0278, None)],
    ids=["Phan Đình Phùng", "Đức Xuân", "Hà Nội"],
)
def test_a_point_lies_in_its_commune(longitude: float, latitude: float, code: str | None) -> None:
    assert boundaries.commune_at(longitude, latitude) == code
