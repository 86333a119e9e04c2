"""SQL on FHIR speed: ten views over Synthea's resources, on one core and on all.

    python benchmarks/views.py --bundles ../shared/suites/synthea/r4-2019-50.tar.xz [--patients 20]

A pass is one resource through one view. The first figure leaves out reading JSON, the second has it, the third runs the
lake's extraction in as many processes as there are cores (two at least), with the rows handed over as Arrow.
"""

from __future__ import annotations

import argparse
import os
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from anlanh.fhir import views
from anlanh.fhir.model import json
from anlanh.lake import extract
from anlanh.lake.extract import Stored


def view(name: str, resource: str, columns: dict[str, str], **select: Any) -> dict[str, Any]:
    listed = [{"name": key, "path": path} for key, path in columns.items()]
    first = {"column": [{"name": "id", "path": "getResourceKey()"}]}
    return {"name": name, "resource": resource, "select": [first, {"column": listed, **select}]}


PATIENT = "subject.getReferenceKey()"
CODING = {"system": "system", "code": "code", "display": "display"}
VIEWS = [
    view(
        "patient",
        "Patient",
        {
            "gender": "gender",
            "birth_date": "birthDate",
            "family": "name.where(use = 'official').family.first()",
            "given": "name.where(use = 'official').given.join(' ')",
            "city": "address.first().city",
            "deceased": "deceased.exists()",
        },
    ),
    view("patient_identifier", "Patient", {"system": "system", "value": "value"}, forEach="identifier"),
    view(
        "observation",
        "Observation",
        {
            "patient": PATIENT,
            "encounter": "encounter.getReferenceKey()",
            "status": "status",
            "code": "code.coding.first().code",
            "effective": "effective.ofType(dateTime)",
            "value": "value.ofType(Quantity).value",
            "unit": "value.ofType(Quantity).code",
            "answer": "value.ofType(CodeableConcept).coding.first().code",
        },
    ),
    view("observation_code", "Observation", {"patient": "%resource." + PATIENT, **CODING}, forEach="code.coding"),
    view(
        "observation_component",
        "Observation",
        {"code": "code.coding.first().code", "value": "value.ofType(Quantity).value", "at": "%rowIndex"},
        forEach="component",
    ),
    view(
        "condition",
        "Condition",
        {
            "patient": PATIENT,
            "code": "code.coding.first().code",
            "onset": "onset.ofType(dateTime)",
            "active": "clinicalStatus.coding.where(code = 'active').exists()",
        },
    ),
    view(
        "encounter",
        "Encounter",
        {"patient": PATIENT, "class": "class.code", "begin": "period.start", "end": "period.end", "status": "status"},
    ),
    view(
        "procedure",
        "Procedure",
        {"patient": PATIENT, "code": "code.coding.first().code", "begin": "performed.ofType(Period).start"},
    ),
    view(
        "immunization",
        "Immunization",
        {
            "patient": "patient.getReferenceKey(Patient)",
            "vaccine": "vaccineCode.coding.code.first()",
            "on": "occurrence",
        },
    ),
    view(
        "claim_item",
        "Claim",
        {"sequence": "sequence", "service": "productOrService.coding.first().code", "net": "net.value"},
        forEach="item",
    ),
]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bundles", type=Path, required=True)
    arguments.add_argument("--patients", type=int, default=20)
    arguments.add_argument("--times", type=int, default=10, help="how often the resources are run from bytes")
    given = arguments.parse_args()
    stored = list(resources(given.bundles, given.patients))
    compiled = [views.compile(each) for each in VIEWS]
    decoded = [json.decode(each.content) for each in stored]
    print(f"{len(stored):,} resources, {len(compiled)} views")

    begun, rows = time.perf_counter(), 0
    for resource in decoded:
        for each in compiled:
            rows += len(each.rows(resource))
    report("rows only", len(stored) * len(compiled), rows, time.perf_counter() - begun)
    wanted: dict[str, int] = {}
    for each in compiled:
        wanted[each.resource] = wanted.get(each.resource, 0) + 1
    met = [resource for resource in decoded if resource["resourceType"] in wanted]
    passes = sum(wanted[resource["resourceType"]] for resource in met)
    begun, rows = time.perf_counter(), 0
    by_type = {name: [each for each in compiled if each.resource == name] for name in wanted}
    for resource in met:
        for each in by_type[resource["resourceType"]]:
            rows += len(each.rows(resource))
    report("of the view's type", passes, rows, time.perf_counter() - begun)

    stored *= given.times
    passes *= given.times
    for processes in (1, max(2, os.cpu_count() or 2)):
        begun = time.perf_counter()
        rows = sum(batch.num_rows for batches in extract.run(VIEWS, stored, processes) for batch in batches.values())
        report(f"from bytes, {processes} processes", passes, rows, time.perf_counter() - begun)


def resources(archive: Path, patients: int) -> Iterator[Stored]:
    with tarfile.open(archive, "r:xz") as tar:
        for member in tar:
            if not member.isfile() or not member.name.endswith(".json"):
                continue
            file = tar.extractfile(member)
            assert file is not None
            for at, entry in enumerate(json.decode(file.read())["entry"]):
                resource = entry["resource"]
                ref = f"{resource['resourceType']}/{resource.get('id', f'{member.name}-{at}')}"
                yield Stored(ref, 1, json.encode(resource))
            patients -= 1
            if patients <= 0:
                return


def report(what: str, passes: int, rows: int, seconds: float) -> None:
    print(f"{what:26}{passes:10,} passes {rows:9,} rows {seconds:7.2f} s {passes / seconds:12,.0f} passes/s")


if __name__ == "__main__":
    main()
