"""What is particular about a sender: a small declarative overlay, from one JSON file and from the pages, which win.

    {"LIS|BVA": {"charset": "TCVN3", "systems": {"L": "http://bva.vn/test"}, "codes": {"HL70001": {"1": "M", "2": "F"}},
                 "identifiers": {"BHYT": "http://fhir.vn/sid/bhyt"}, "drop": ["PID-19"], "move": {"PID-4": "PID-3"}, "middle": true}}

A key is MSH-3|MSH-4 as it is sent; `*` stands for either part, or for all senders. What is more exact wins.

Source: HL7 v2.8.2 section 2.14 (site-defined tables); issue: docs/exchange-hl7v2.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from anlanh.exchange.hl7v2.problems import BadSites
from anlanh.exchange.hl7v2.tables import systems
from anlanh.exchange.intake import charset

FIELDS = frozenset(("charset", "base", "systems", "codes", "identifiers", "drop", "move", "zone", "middle"))
_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})-(\d{1,3})")


@dataclass(frozen=True)
class Site:
    """The overlay of one sender. `systems`: names of code systems as sent to URIs; `identifiers`: assigning authorities
    as sent to URIs; `codes`: by table, codes as sent to the standard's; `drop`, `move`: fields, before anything else;
    `middle`: the further given names (XPN.3) are the middle name, which in Vietnamese stands before the given name."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Ho_Chi_Minh"))
    codec: str | None = None
    base: str = "urn:hl7v2"
    assembler: str = "An Lành"
    systems: Mapping[str, str] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=lambda: dict(systems.VIETNAMESE_AUTHORITIES))
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    drop: tuple[tuple[str, int], ...] = ()
    move: tuple[tuple[str, int, int], ...] = ()
    middle: bool = False


@dataclass(frozen=True)
class Sites:
    """All overlays."""

    overlays: Mapping[str, Mapping[str, object]]
    zone: str

    def with_more(self, overlays: Mapping[str, Mapping[str, object]]) -> Sites:
        """These, and others that stand instead of those of the same key."""
        return Sites({**self.overlays, **overlays}, self.zone) if overlays else self

    def of(self, sender: str) -> Site:
        """The overlay of a sender: that of all, of the facility, of the application and of both, laid over each other."""
        application, _, facility = sender.partition("|")
        merged: dict[str, object] = {}
        for key in ("*", "*|*", f"*|{facility}", f"{application}|*", sender):
            for name, value in self.overlays.get(key, {}).items():
                before = merged.get(name)
                merged[name] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
        return _site(merged, self.zone, sender)


def overlay(text: str, sender: str, zone: str) -> dict[str, object]:
    """One sender's overlay as it was typed.

    Raises:
        BadSites: it is no JSON object, or names what is not known.
    """
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise BadSites(why=str(error)[:80]) from None
    if not isinstance(found, dict):
        raise BadSites(why="it must be an object")
    Sites({sender: found}, zone).of(sender)
    return found


def read(path: Path | None, zone: str) -> Sites:
    """The overlays of a file; none without one.

    Raises:
        BadSites: the file cannot be read, or names what is not known.
    """
    if path is None:
        return Sites({}, zone)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSites(why=f"{path.name}: {type(error).__name__}") from None
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise BadSites(why="it must be an object of objects")
    sites = Sites(found, zone)
    for key in found:
        sites.of(key)
    return sites


def _yes_or_no(merged: Mapping[str, object], name: str, sender: str) -> bool:
    found = merged.get(name, False)
    if not isinstance(found, bool):
        raise BadSites(why=f"{sender}: {name} is true or false")
    return found


def _site(merged: Mapping[str, object], zone: str, sender: str) -> Site:
    if unknown := set(merged) - FIELDS:
        raise BadSites(why=f"{sender} has {sorted(unknown)[0]!r}, which is none of {', '.join(sorted(FIELDS))}")
    codec = None
    if name := merged.get("charset"):
        codec = charset.codec_of(str(name))
        if codec is None:
            raise BadSites(why=f"{sender} has the character set {str(name)[:40]!r}, which is not known")
    moves = [(_place(was, sender), _place(to, sender)) for was, to in _texts(merged, "move").items()]
    return Site(
        zone=_zone(str(merged.get("zone", zone)), sender),
        codec=codec,
        base=str(merged.get("base", Site.base)).rstrip("/"),
        systems=_texts(merged, "systems"),
        identifiers={**systems.VIETNAMESE_AUTHORITIES, **_texts(merged, "identifiers")},
        codes=_tables(merged),
        drop=tuple(_place(str(each), sender) for each in _list(merged, "drop")),
        move=tuple((was[0], was[1], to[1]) for was, to in moves),
        middle=_yes_or_no(merged, "middle", sender),
    )


def _zone(name: str, sender: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise BadSites(why=f"{sender} has the time zone {name[:40]!r}, which is not known") from None


def _texts(merged: Mapping[str, object], name: str) -> dict[str, str]:
    found = merged.get(name, {})
    if not isinstance(found, dict):
        raise BadSites(why=f"{name} is no object")
    return {str(key): str(value) for key, value in found.items()}


def _tables(merged: Mapping[str, object]) -> dict[str, dict[str, str]]:
    found = merged.get("codes", {})
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise BadSites(why="codes is no object of tables")
    return {str(table): {str(code): str(to) for code, to in codes.items()} for table, codes in found.items()}


def _list(merged: Mapping[str, object], name: str) -> list[object]:
    found = merged.get(name, [])
    if not isinstance(found, list):
        raise BadSites(why=f"{name} is no list")
    return found


def _place(text: str, sender: str) -> tuple[str, int]:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise BadSites(why=f"{sender} names the field {text[:20]!r}; it must look like PID-3")
    return found[1], int(found[2])
