"""The 92 communes and wards of Thái Nguyên since July 2025: codes, zones, people, middle points, boundaries.

FHIR: Address, Location.position
Source: `tables/communes.csv` (NQ 1683/NQ-UBTVQH15; people: the registered totals of the two former provinces shared
out by kind of commune, illustrative), boundaries: `kernel/vn/boundaries.py`
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from anlanh.demo.elements import Resource, coded, rows

PROVINCE = ("19", "Tỉnh Thái Nguyên")
FORMER_BAC_KAN = "bac-kan"


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune or ward. `hard`: ethnic and mountain area, of weight for insurance; `birth_code`: of personal numbers."""

    code: str
    name: str
    zone: str
    district_code: str
    district: str
    people: int
    latitude: float
    longitude: float
    hard: bool

    @property
    def urban(self) -> bool:
        """Whether it is a ward of a town."""
        return self.name.startswith("Phường")

    @property
    def birth_code(self) -> str:
        """The code of the place of birth registration in personal numbers: those of before the merger stay."""
        return "006" if self.zone == FORMER_BAC_KAN else "019"

    @property
    def station_id(self) -> str:
        """Id of the Organization of its health station."""
        return f"tram-y-te-{self.code}"


@cache
def communes() -> tuple[Commune, ...]:
    """All 92, in order of code."""
    return tuple(
        Commune(
            row["code"], row["name"], row["zone"], row["former_district_code"], row["former_district"],
            int(row["people"]), float(row["latitude"]), float(row["longitude"]), row["hard"] == "1",
        )
        for row in rows("communes")
    )  # fmt: skip


@cache
def by_code() -> dict[str, Commune]:
    """The communes by their code."""
    return {each.code: each for each in communes()}


@lru_cache(maxsize=16384)
def address(line: str, code: str, use: str = "") -> Resource:
    """An address in two tiers, as it is since July 2025."""
    commune = by_code()[code]
    return {
        "extension": [coded("ma-tinh", "dvhc-tinh", *PROVINCE), coded("ma-xa", "dvhc", code, commune.name)],
        **({"use": use} if use else {}),
        "text": f"{line}, {commune.name}, {PROVINCE[1]}",
        "line": [line],
        "city": commune.name,
        "state": "Thái Nguyên",
        "country": "VN",
    }
