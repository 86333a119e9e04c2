"""Names of made-up people, by ethnic group and sex.

Source: `tables/families.csv`, `tables/given_names.csv`: frequencies are illustrative; shares of ethnic groups by former
province after the census of 2019, which add up to 58.7 % Kinh, 19.7 % Tày, 6.9 % Nùng, 5.5 % Dao in the whole
"""

from __future__ import annotations

import random
from functools import cache
from itertools import accumulate

from anlanh.demo.elements import Resource, rows
from anlanh.kernel.vn.fold import fold

ETHNIC_NAMES = {
    "01": "Kinh", "02": "Tày", "03": "Thái", "04": "Hoa", "06": "Mường", "07": "Nùng", "08": "Mông", "09": "Dao",
    "15": "Sán Chay", "18": "Sán Dìu",
}  # fmt: skip

ETHNIC_SHARES = {
    "thai-nguyen": {
        "01": 70.3, "02": 11.4, "07": 6.6, "18": 4.4, "15": 3.2, "09": 2.5, "08": 0.9, "04": 0.3, "06": 0.3, "03": 0.1,
    },
    "bac-kan": {"02": 52.1, "09": 17.6, "01": 12.6, "07": 8.6, "08": 7.3, "15": 0.9, "04": 0.5, "06": 0.2, "03": 0.2},
}  # fmt: skip
"""Per cent by zone. Source: shared out from the census of 2019, illustrative."""

Weighted = tuple[tuple[str, ...], tuple[float, ...]]


def _weighted(pairs: list[tuple[str, float]]) -> Weighted:
    return tuple(name for name, _ in pairs), tuple(accumulate(weight for _, weight in pairs))


@cache
def _ethnic(zone: str) -> Weighted:
    return _weighted(list(ETHNIC_SHARES[zone].items()))


@cache
def _families(ethnic: str) -> Weighted:
    return _weighted([(row["family"], float(row["weight"])) for row in rows("families") if row["ethnic"] == ethnic])


@cache
def _given(part: str, gender: str) -> Weighted:
    fitting = (row for row in rows("given_names") if (row["part"], row["gender"]) == (part, gender))
    return _weighted([(row["name"], float(row["weight"])) for row in fitting])


def _pick(rng: random.Random, weighted: Weighted) -> str:
    return rng.choices(weighted[0], cum_weights=weighted[1])[0]


def ethnic(rng: random.Random, zone: str) -> str:
    """The code of an ethnic group of that zone."""
    return _pick(rng, _ethnic(zone))


def family(rng: random.Random, ethnic_code: str) -> str:
    """A family name of that group."""
    return _pick(rng, _families(ethnic_code))


def given(rng: random.Random, gender: str) -> tuple[str, str]:
    """Middle name and name."""
    return _pick(rng, _given("middle", gender)), _pick(rng, _given("given", gender))


def human_name(family_name: str, given_names: tuple[str, ...], use: str = "official") -> Resource:
    """A HumanName, its text in Vietnamese order."""
    return {
        "use": use,
        "text": " ".join((family_name, *given_names)),
        "family": family_name,
        "given": list(given_names),
    }


def ascii_name(text: str) -> str:
    """A name without accents, words joined by dots.

    >>> ascii_name("Đồng Văn Hà")
    'dong.van.ha'
    """
    return ".".join(fold(text).split())
