"""Static files: each under a name that holds the hash of what is in it, so that browsers may keep it for ever.

Source: https://www.rfc-editor.org/rfc/rfc8246 (immutable)
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from anlanh.kernel.problem import Problem

PREFIX = "/static/"
MEDIA = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
    "png": "image/png",
    "webmanifest": "application/manifest+json",
}
PACKED = {"woff2", "png"}
"""Formats that are compressed in themselves."""

_URL = re.compile(r'url\("([^"]+)"\)')


class AssetsMissing(Problem):
    issue = "exception"
    says = "The files that pages are served with have not been fetched."
    hint = "Run `pip install -e .` once more; it takes them from npm."


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served. `packed` is the body in gzip, None where that gains nothing."""

    path: str
    media: str
    body: bytes
    packed: bytes | None


class Assets:
    """All static files of the packages given, in memory. Names are `package folder/file`, such as `web/app.css`."""

    def __init__(self, packages: dict[str, str]) -> None:
        self._by_name: dict[str, Asset] = {}
        found = dict(sorted(_all_files(packages)))
        if "web/vendor/htmx.js" not in found:
            raise AssetsMissing
        for name in sorted(found, key=lambda each: each.endswith(".css")):  # style names others: it comes last
            self._add(name, found[name])
        self._by_path = {asset.path: asset for asset in self._by_name.values()}

    def url(self, name: str) -> str:
        """The address of a file; KeyError where there is none of that name."""
        return self._by_name[name].path

    def at(self, path: str) -> Asset | None:
        """The file served at that address."""
        return self._by_path.get(path)

    def named(self, name: str) -> Asset:
        """The file of that name; KeyError where there is none."""
        return self._by_name[name]

    def _add(self, name: str, body: bytes) -> None:
        stem, _, ending = name.rpartition(".")
        if ending == "css":
            folder = name.rpartition("/")[0]
            body = _URL.sub(lambda m: f'url("{self.url(f"{folder}/{m[1]}")}")', body.decode()).encode()
        digest = hashlib.sha256(body).hexdigest()[:12]
        packed = None if ending in PACKED else gzip.compress(body, 9, mtime=0)
        self._by_name[name] = Asset(f"{PREFIX}{stem}.{digest}.{ending}", MEDIA[ending], body, packed)


def _all_files(packages: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    for prefix, package in packages.items():
        folder = files(package) / "static"
        if folder.is_dir():
            yield from _below(folder, prefix)


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "icons":  # icons are part of the page, see icons.py
            yield from _below(entry, f"{prefix}/{entry.name}")
        elif entry.is_file() and entry.name.rpartition(".")[2] in MEDIA:
            yield f"{prefix}/{entry.name}", entry.read_bytes()
