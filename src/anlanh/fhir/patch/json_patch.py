"""JSON Patch: a list of operations on the JSON of a resource, all or nothing.

FHIR: JSON Patch
Source: https://hl7.org/fhir/R4/http.html#patch, RFC 6902
"""

from __future__ import annotations

from typing import Any, Final

import jsonpatch
import jsonpointer

from anlanh.fhir.patch.problems import PatchInvalid, PatchNotApplicable, PatchTestFailed

MOST_OPERATIONS: Final = 1000
LARGEST_RESULT: Final = 1_000_000
"""Values in the result: `copy` onto itself would otherwise double a resource with every operation."""

OPERATIONS: Final = frozenset({"add", "remove", "replace", "move", "copy", "test"})


def json_patch(document: Any, operations: Any) -> Any:
    """The document after all operations, in order; the document given is not changed. Decimals keep their digits.

    Raises:
        PatchInvalid: not a list of RFC 6902 operations, or more than MOST_OPERATIONS.
        PatchNotApplicable: a path that is not there, or a result without bound.
        PatchTestFailed: a test found another value.
    """
    if not isinstance(operations, list):
        raise PatchInvalid(number=1, reason="a JSON Patch is an array of operations")
    if len(operations) > MOST_OPERATIONS:
        raise PatchInvalid(number=MOST_OPERATIONS + 1, reason=f"a patch has at most {MOST_OPERATIONS} operations")
    result = _copy(document)
    size = _size(result)
    for number, operation in enumerate(operations, 1):
        result = _apply(result, operation, number)
        if operation["op"] == "copy":
            size = _size(result)
            if size > LARGEST_RESULT:
                raise PatchNotApplicable(number=number, reason="the result would be too large")
    return result


def _apply(document: Any, operation: Any, number: int) -> Any:
    if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
        raise PatchInvalid(number=number, reason="an operation is an object with 'op' and 'path'")
    if operation.get("op") not in OPERATIONS:
        raise PatchInvalid(number=number, reason=f"'op' is one of {', '.join(sorted(OPERATIONS))}")
    if operation["op"] in {"move", "copy"} and not isinstance(operation.get("from"), str):
        raise PatchInvalid(number=number, reason="'from' is missing", expression=operation["path"])
    if operation["op"] == "test" and "value" in operation:
        _test(document, operation, number)
        return document
    try:
        return jsonpatch.JsonPatch([_copy(operation)]).apply(document, in_place=True)
    except (jsonpatch.InvalidJsonPatch, jsonpatch.JsonPointerException) as error:
        kind = PatchInvalid if isinstance(error, jsonpatch.InvalidJsonPatch) else PatchNotApplicable
        raise kind(number=number, reason=_reason(error)) from None
    except (jsonpatch.JsonPatchConflict, TypeError, KeyError, IndexError, AttributeError) as error:
        raise PatchNotApplicable(number=number, reason=_reason(error)) from None


def _test(document: Any, operation: dict[str, Any], number: int) -> None:
    """RFC 6902, 4.6: numerically equal numbers are equal, but true is not 1."""
    try:
        found = jsonpointer.resolve_pointer(document, operation["path"])
    except jsonpointer.JsonPointerException as error:
        raise PatchNotApplicable(number=number, reason=_reason(error)) from None
    if not _same(found, operation["value"]):
        raise PatchTestFailed(number=number, path=operation["path"])


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _reason(error: Exception) -> str:
    return str(error).rstrip(".")[:200] or type(error).__name__


def _copy(value: Any) -> Any:
    """A deep copy of JSON; the leaves cannot change and are shared."""
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_copy(inner) for inner in value]
    return value


def _size(value: Any) -> int:
    """How many values a JSON document has."""
    count, pending = 0, [value]
    while pending and count <= LARGEST_RESULT:
        found = pending.pop()
        count += 1
        if isinstance(found, dict):
            pending.extend(found.values())
        elif isinstance(found, list):
            pending.extend(found)
    return count
