"""The operations this server offers, one row each; routes and the CapabilityStatement are made of them.

FHIR: OperationDefinition
Source: https://hl7.org/fhir/R4/operationslist.html
"""

from __future__ import annotations

from anlanh.fhir.operations import closure, document, everything, lastn, meta, stats, validate
from anlanh.fhir.operations.call import Handler, Operation
from anlanh.fhir.operations.terminology import handler as codes

ALL = ("*",)

SYSTEM, TYPE, INSTANCE = "system", "type", "instance"
READ, WRITE = ("GET", "POST"), ("POST",)
CODED = ("ValueSet", "CodeSystem")

_ROWS: tuple[tuple[str, Handler, tuple[str, ...], str, tuple[str, ...], tuple[str, ...], bool], ...] = (
    ("everything", everything.everything, (INSTANCE,), "Patient-everything", ("Patient",), READ, False),
    ("everything", everything.everything, (INSTANCE,), "Encounter-everything", ("Encounter",), READ, False),
    ("meta", meta.meta, (SYSTEM, TYPE, INSTANCE), "Resource-meta", ALL, READ, False),
    ("meta-add", meta.meta_add, (INSTANCE,), "Resource-meta-add", ALL, WRITE, True),
    ("meta-delete", meta.meta_delete, (INSTANCE,), "Resource-meta-delete", ALL, WRITE, True),
    ("lastn", lastn.lastn, (TYPE,), "Observation-lastn", ("Observation",), READ, False),
    ("stats", stats.stats, (TYPE,), "Observation-stats", ("Observation",), READ, False),
    ("document", document.document, (INSTANCE,), "Composition-document", ("Composition",), READ, True),
    ("validate", validate.validate, (TYPE, INSTANCE), "Resource-validate", ALL, READ, False),
    ("expand", codes("expand", "valueSet"), (TYPE, INSTANCE), "ValueSet-expand", ("ValueSet",), READ, False),
    ("validate-code", codes("validate-code", "valueSet"), (TYPE, INSTANCE), "ValueSet-validate-code", ("ValueSet",), READ, False),
    ("lookup", codes("lookup", "codeSystem"), (TYPE,), "CodeSystem-lookup", ("CodeSystem",), READ, False),
    ("validate-code", codes("cs-validate-code", "codeSystem"), (TYPE, INSTANCE), "CodeSystem-validate-code", ("CodeSystem",), READ, False),
    ("subsumes", codes("subsumes", "codeSystem"), (TYPE, INSTANCE), "CodeSystem-subsumes", ("CodeSystem",), READ, False),
    ("batch-validate-code", codes("batch-validate-code", ""), (SYSTEM, TYPE), "ValueSet-batch-validate-code", CODED, WRITE, False),
    ("closure", closure.closed, (SYSTEM, TYPE), "ConceptMap-closure", ("ConceptMap",), WRITE, True),
    ("translate", codes("translate", "conceptMap"), (TYPE, INSTANCE), "ConceptMap-translate", ("ConceptMap",), READ, False),
)  # fmt: skip

OFFERED: tuple[Operation, ...] = tuple(
    Operation(name, handle, levels, f"http://hl7.org/fhir/OperationDefinition/{definition}", types, verbs, writes)
    for name, handle, levels, definition, types, verbs, writes in _ROWS
)


def find(offered: tuple[Operation, ...], name: str, level: str, resource_type: str | None) -> Operation | None:
    """The one among `offered` of that name at that level for that type."""
    for each in offered:
        if (
            each.name == name
            and level in each.levels
            and (level == "system" or each.types == ALL or resource_type in each.types)
        ):
            return each
    return None
