"""Does a search stay as quick when the record grows? The blended mix over HTTP on two records of the made-up province.

    .venv/bin/python benchmarks/flat.py make FOLDER --people 64000     # once for each size; minutes
    .venv/bin/python benchmarks/flat.py ask FOLDER FOLDER [--rounds 30]

`ask` starts a server on each folder in turn and sends every query of the mix `--rounds` times, one after the other;
prints the median of each query and of all, and the ratio between the folders.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx

from anlanh.demo import province
from anlanh.fhir.model import json

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.fhir.store.mix import MIX  # noqa: E402

ANLANH = str(Path(sys.executable).with_name("anlanh"))
PORT = 8978


def make(folder: Path, people: int) -> None:
    """A record of that many people in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = folder / "province.ndjson"
    with lines.open("wb") as stream:
        for each in province.resources(people):
            stream.write(json.encode(each) + b"\n")
    environment = {**os.environ, "ANLANH_DATA": str(folder)}
    subprocess.run([ANLANH, "migrate"], env=environment, check=True)
    subprocess.run([ANLANH, "fhir", "import", str(lines)], env=environment, check=True)
    lines.unlink()


def ask(folder: Path, rounds: int) -> dict[str, float]:
    """Median milliseconds of each query of the mix."""
    environment = {**os.environ, "ANLANH_DATA": str(folder)}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen([ANLANH, "serve", "--port", str(PORT)], env=environment, stdout=log, stderr=log)
    try:
        token = subprocess.check_output([ANLANH, "token", "--role", "system"], env=environment, text=True).strip()
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{PORT}", headers={"authorization": f"Bearer {token}"}, timeout=60
        )
        while True:
            try:
                if client.get("/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        found: dict[str, float] = {}
        for name, address in MIX.items():
            times = []
            for _ in range(rounds):
                started = time.perf_counter()
                answer = client.get(f"/fhir/{address}")
                times.append((time.perf_counter() - started) * 1000)
                assert answer.status_code == 200, (name, answer.text[:300])
            found[name] = statistics.median(times)
        return found
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("folder", type=Path)
    making.add_argument("--people", type=int, required=True)
    asking = commands.add_parser("ask")
    asking.add_argument("folders", type=Path, nargs="+")
    asking.add_argument("--rounds", type=int, default=30)
    asked = parser.parse_args()
    if asked.command == "make":
        make(asked.folder, asked.people)
        return
    found = [ask(folder, asked.rounds) for folder in asked.folders]
    for name in MIX:
        print(f"{name:32}" + "".join(f" {each[name]:9.2f}" for each in found))
    medians = [statistics.median(each.values()) for each in found]
    print(f"{'median of all (ms)':32}" + "".join(f" {each:9.2f}" for each in medians))
    print(f"ratio of the last to the first: {medians[-1] / medians[0]:.2f}")


if __name__ == "__main__":
    main()
