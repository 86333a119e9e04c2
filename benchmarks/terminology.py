"""How fast terminology answers: type-ahead over 15,000 codes, membership, expansion, validation.

    python benchmarks/terminology.py ICD10.csv

The table is that of `imports.vietnam.ICD10_4469`; its codes are repeated until there are 15,000.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from anlanh.fhir.terminology import MemorySource, operate, packages
from anlanh.fhir.terminology.concepts import Concept
from anlanh.fhir.terminology.imports import MemorySink, load, tables, vietnam
from anlanh.fhir.terminology.service import Terminology
from anlanh.fhir.terminology.source import LayeredSource
from anlanh.fhir.terminology.suggest import Suggestions
from anlanh.kernel.vn.abbreviations import CLINICAL

CODES = 15_000
TYPED = (
    "dai thao duong",
    "đái tháo đường",
    "tang huyet ap",
    "THA",
    "viem phoi",
    "viêm dạ dày",
    "gay xuong dui",
    "sot xuat huyet",
    "E11.9",
    "J18",
    "benh khac",
    "ung thu",
    "khong xac dinh",
)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def timed(call: Callable[[], object], times: int = 1) -> float:
    """Milliseconds of one call, the mean of several."""
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) * 1000 / times


def show(name: str, samples: list[float]) -> None:
    """A line with median, 95th percentile and worst."""
    ordered = sorted(samples)
    tail = ordered[int(len(ordered) * 0.95)]
    print(f"{name:44} median {statistics.median(ordered):8.3f} ms   p95 {tail:8.3f} ms   worst {ordered[-1]:8.3f} ms")


def main() -> None:
    """Load, then measure."""
    source = MemorySource()
    spent = timed(lambda: load(vietnam.ICD10_4469, tables.read(Path(sys.argv[1]).read_bytes()), MemorySink(source)))
    print(f"{'import of the table':44} {spent:8.1f} ms")
    provider = source.provider(vietnam.ICD10_4469.url, vietnam.ICD10_4469.version)
    assert provider is not None
    found = list(provider.concepts())
    more = [Concept(f"{each.code}~", each.display, None, each.designations) for each in found[: CODES - len(found)]]
    start = time.perf_counter()
    suggestions = Suggestions([*found, *more], CLINICAL)
    print(f"{f'index of {len(found) + len(more)} codes':44} {(time.perf_counter() - start) * 1000:8.1f} ms")
    keys = [text[: at + 1] for text in TYPED for at in range(len(text))]
    show("first page, every keystroke", [timed(partial(suggestions.find, key)) for key in keys])

    everything = LayeredSource(source, packages.source())
    terminology = Terminology(everything)
    gender = "http://hl7.org/fhir/ValueSet/administrative-gender"
    coding = {"system": "http://hl7.org/fhir/administrative-gender", "code": "male"}
    terminology.member_of(coding, gender)
    show("member_of, asked before", [timed(lambda: terminology.member_of(coding, gender), 1000) for _ in range(20)])
    show("validate_code", [timed(lambda: terminology.validate_code(gender, coding), 100) for _ in range(20)])
    page = {
        "parameter": [
            {"name": "url", "valueUri": f"{vietnam.ICD10_4469.url}?fhir_vs"},
            {"name": "count", "valueInteger": 20},
        ]
    }
    expand = [
        timed(lambda: operate(everything, "expand", page, now=NOW, identifier="urn:uuid:0", accept_language="vi"))
        for _ in range(20)
    ]
    show("$expand, first 20 of all ICD-10", expand)


if __name__ == "__main__":
    main()
