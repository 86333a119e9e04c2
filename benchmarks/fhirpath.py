"""FHIRPath speed: An Lành beside fhirpathpy and fhirpath.js, on the expressions of the HL7 suite and one core.

    python benchmarks/fhirpath.py --suites ../shared/suites [--node-dir DIR]

fhirpathpy runs when it is installed; fhirpath.js runs when DIR/node_modules/fhirpath is there. Every engine is timed
on those expressions of the suite that it evaluates without an error. The first figure parses (or finds in a cache) and
evaluates, the second evaluates what was compiled before, the third parses and compiles text never seen before.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anlanh.fhir import fhirpath
from anlanh.fhir.model import json as fhir_json

SECONDS = 2.0

NODE = """
const fp = require('fhirpath'), model = require('fhirpath/fhir-context/r4');
console.log = () => {};
const q = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const ok = q.expressions.filter(e => { try { fp.evaluate(q.resource, e, {}, model); return true } catch (x) { return false } });
const rate = f => { let n = 0; const t = process.hrtime.bigint(); let s = 0;
  while (s < q.seconds) { for (const e of ok) { f(e); n++ } s = Number(process.hrtime.bigint() - t) / 1e9 } return n / s };
const compiled = new Map(ok.map(e => [e, fp.compile(e, model)]));
const out = [ok.length, rate(e => fp.evaluate(q.resource, e, {}, model)), rate(e => compiled.get(e)(q.resource)),
  rate(e => fp.compile(e, model))];
process.stdout.write(JSON.stringify(out));
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--suites", type=Path, required=True)
    arguments.add_argument("--node-dir", type=Path)
    given = arguments.parse_args()
    sys.path.insert(0, str(given.suites))
    harness = importlib.import_module("run_fhirpath")
    folder = given.suites / "fhirpath"
    wanted = set((folder / "speed_ids_r4.txt").read_text().split())
    cases = harness.load(folder / "r4" / "tests-fhir-r4.xml")
    expressions = [case["expr"] for case in cases if case["id"] in wanted and case["input"] == "patient-example.xml"]
    patient = (folder / "r4" / "inputs" / "patient-example.json").read_bytes()
    print(f"{'':14}{'expressions':>12}{'evaluate/s':>12}{'compiled/s':>12}{'compile/s':>12}")
    show("An Lành", ours(expressions, fhir_json.decode(patient)))
    if importlib.util.find_spec("fhirpathpy"):
        show("fhirpathpy", fhirpathpy(expressions, json.loads(patient)))
    if given.node_dir and (given.node_dir / "node_modules" / "fhirpath").exists():
        show("fhirpath.js", fhirpath_js(expressions, json.loads(patient), given.node_dir))


def ours(expressions: list[str], patient: Any) -> list[float]:
    context = fhirpath.Context(now=datetime(2026, 1, 1, tzinfo=UTC))
    compiled = {each: fhirpath.compile(each) for each in expressions}
    return [
        len(expressions),
        rate(expressions, lambda each: fhirpath.compile(each)(patient, context)),
        rate(expressions, lambda each: compiled[each](patient, context)),
        rate(expressions, lambda each: fhirpath.Compiled(each, fhirpath.parse(each))),
    ]


def fhirpathpy(expressions: list[str], patient: Any) -> list[float]:
    peer = importlib.import_module("fhirpathpy")
    model = importlib.import_module("fhirpathpy.models").models["r4"]
    sound = [each for each in expressions if runs(lambda each=each: peer.evaluate(patient, each, {}, model))]
    compiled = {each: peer.compile(each, model) for each in sound}
    return [
        len(sound),
        rate(sound, lambda each: peer.evaluate(patient, each, {}, model)),
        rate(sound, lambda each: compiled[each](patient)),
        rate(sound, lambda each: peer.compile(each, model)),
    ]


def fhirpath_js(expressions: list[str], patient: Any, folder: Path) -> list[float]:
    asked = json.dumps({"expressions": expressions, "resource": patient, "seconds": SECONDS})
    done = subprocess.run(["node", "-e", NODE], cwd=folder, input=asked, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def runs(call: Callable[[], Any]) -> bool:
    try:
        call()
    except Exception:
        return False
    return True


def rate(expressions: list[str], call: Callable[[str], Any]) -> float:
    """Calls per second, over whole rounds of all expressions for at least SECONDS."""
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS:
        for each in expressions:
            call(each)
        count += len(expressions)
    return count / (time.perf_counter() - begun)


def show(name: str, figures: list[float]) -> None:
    print(f"{name:14}" + "".join(f"{figure:12,.0f}" for figure in figures))


if __name__ == "__main__":
    main()
