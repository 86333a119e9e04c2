"""Prices side by side: for each level of facilities, by who pays.

FHIR: ChargeItemDefinition.propertyGroup
Source: Luật KCB 15/2023/QH15 Điều 110 (prices of examination and treatment) [K]
"""

from __future__ import annotations

from collections.abc import Iterable

from anlanh.services.directory.model import Charge, Kind

PAYERS = ("Bảo hiểm y tế", "Viện phí", "Theo yêu cầu")
"""In the words of the price lists: insurance, one's own pocket, at one's own request."""

HOSPITAL, STATION = "Bệnh viện", "Trạm y tế"
LEVELS = {Kind.HOSPITAL: HOSPITAL, Kind.CENTRE: HOSPITAL, Kind.STATION: STATION}

Row = tuple[str, tuple[int | None, ...]]
"""A level, and what each of PAYERS pays there in đồng; None: not offered so."""


def level_of(kind: Kind) -> str:
    """The level whose price list holds at a facility of that kind; empty: it has none."""
    return LEVELS.get(kind, "")


def compared(charge: Charge) -> list[Row]:
    """A row for each level that offers the service, in the order of the list."""
    levels = dict.fromkeys(each.level for each in charge.prices)
    return [(level, _amounts(charge, level)) for level in levels]


def at_level(charges: Iterable[Charge], level: str) -> list[tuple[Charge, tuple[int | None, ...]]]:
    """The services that a level offers with what each of PAYERS pays, by group and title."""
    offered = [each for each in charges if any(price.level == level for price in each.prices)]
    return [(each, _amounts(each, level)) for each in sorted(offered, key=lambda each: (each.group, each.title))]


def _amounts(charge: Charge, level: str) -> tuple[int | None, ...]:
    found = {each.payer: each.amount_vnd for each in charge.prices if each.level == level}
    return tuple(found.get(payer) for payer in PAYERS)
