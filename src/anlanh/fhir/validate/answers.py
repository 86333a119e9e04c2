"""One answer to one question: its type, its options, its bounds.

FHIR: Questionnaire.item, QuestionnaireResponse.item.answer
Source: https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.type
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import FhirPathProblem
from anlanh.fhir.validate.items import Item
from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import Run

EXTENSIONS: Final = "http://hl7.org/fhir/StructureDefinition/"
TYPES: Final = {
    "boolean": ("Boolean",),
    "decimal": ("Decimal", "Integer"),
    "integer": ("Integer",),
    "date": ("Date",),
    "dateTime": ("DateTime",),
    "time": ("Time",),
    "string": ("String",),
    "text": ("String",),
    "url": ("Uri",),
    "choice": ("Coding", "Date", "Integer", "Time", "String", "Reference"),
    "open-choice": ("Coding", "Date", "Integer", "Time", "String", "Reference"),
    "attachment": ("Attachment",),
    "reference": ("Reference",),
    "quantity": ("Quantity",),
}
"""Question types and the value[x] that answers them.

Source: https://hl7.org/fhir/R4/valueset-item-type.html
"""


def values(answer: dict[str, Any]) -> list[Any]:
    """The value of an answer, as a list of one or none."""
    return [value for key, value in answer.items() if key.startswith("value")]


def shown(answer: dict[str, Any]) -> str:
    """An answer as a message shows it."""
    value = next(iter(values(answer)), "")
    return f"{value.get('system', '')}#{value.get('code', '')}" if isinstance(value, dict) else str(value)


def extension_of(owner: dict[str, Any], name: str) -> Any:
    """The value of a FHIR extension by the last part of its url, or None."""
    return next(iter(extensions_of(owner, name)), None)


def extensions_of(owner: dict[str, Any], name: str) -> list[Any]:
    """The values of all FHIR extensions of that name."""
    return [
        value
        for each in owner.get("extension") or ()
        if isinstance(each, dict) and each.get("url") == EXTENSIONS + name
        for value in values(each)
    ]


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same answer; codings by system and code."""
    if isinstance(one, dict) and isinstance(other, dict):
        if "reference" in one or "reference" in other:
            return one.get("reference") == other.get("reference")
        keys = ("system", "code", "value") if "value" in other else ("system", "code")
        return all(one.get(key) == other.get(key) for key in keys)
    return type(one) is type(other) and bool(one == other)


def is_option(answer: dict[str, Any], option: dict[str, Any]) -> bool:
    """Whether an answer is one of the options of a question."""
    return any(same(value, wanted) for value in values(answer) for wanted in values(option))


def check(
    question: dict[str, Any], answer: dict[str, Any], path: str, form: dict[str, Any], run: Run, profiles: Profiles
) -> None:
    """One answer against its question."""
    key = next((key for key in answer if key.startswith("value")), None)
    if key is None:
        return
    at, kind, allowed = f"{path}.value", str(question.get("type")), TYPES.get(str(question.get("type")))
    if allowed is not None and key.removeprefix("value") not in allowed:
        run.add("answer-type", at, wanted=", ".join(allowed), found=key.removeprefix("value"))
        return
    value = answer[key]
    _check_options(question, key, answer, path, run)
    if "answerValueSet" in question:
        _check_value_set(question, kind, value, path, form, run, profiles)
    if isinstance(value, str):
        _check_text(question, value, at, run)
    _check_bounds(question, key, value, at, run)
    if isinstance(value, dict):
        _check_attachment(question, value, path, run)
        _check_reference(question, value, at, run, profiles)
        _check_unit(question, value, at, run)


def _check_options(question: dict[str, Any], key: str, answer: dict[str, Any], path: str, run: Run) -> None:
    options = [each for each in question.get("answerOption") or () if isinstance(each, dict)]
    if not options or (question.get("type") == "open-choice" and key == "valueString"):
        return
    if not any(key in option for option in options):
        run.add("answer-no-option-of-type", path, type=key.removeprefix("value"))
    elif not any(is_option(answer, option) for option in options):
        at = path if key == "valueCoding" else f"{path}.value"
        run.add("answer-not-option", at, found=shown(answer))


def _check_value_set(
    question: dict[str, Any], kind: str, value: Any, path: str, form: dict[str, Any], run: Run, profiles: Profiles
) -> None:
    canonical = str(question["answerValueSet"])
    if canonical.startswith("#") or (kind == "open-choice" and isinstance(value, str)):
        return
    system, code = (value.get("system") or "", value.get("code")) if isinstance(value, dict) else (None, value)
    if not isinstance(code, str):
        return
    item = Item(value, None, "Coding" if isinstance(value, dict) else "code", path)
    if profiles.is_bound(item, canonical) or profiles.terminology.member_of(canonical, system, code) is None:
        return
    run.add(
        "answer-not-in-value-set", path if isinstance(value, dict) else f"{path}.value", found=code, value_set=canonical
    )


def _check_text(question: dict[str, Any], value: str, path: str, run: Run) -> None:
    longest, shortest = question.get("maxLength"), extension_of(question, "minLength")
    if isinstance(longest, int) and len(value) > longest:
        run.add("answer-too-long", path, max=longest)
    if isinstance(shortest, int) and len(value) < shortest:
        run.add("answer-too-short", path, min=shortest)
    pattern = extension_of(question, "regex")
    if isinstance(pattern, str) and not _matches(value, pattern):
        run.add("answer-not-of-form", path, wanted=extension_of(question, "entryFormat") or pattern)


def _matches(value: str, pattern: str) -> bool:
    """A pattern from outside, matched where its time is bounded."""
    quoted = pattern.replace("\\", "\\\\").replace("'", "\\'")
    try:
        return fhirpath.compile(f"$this.matches('^(?:{quoted})$')").holds(value)
    except FhirPathProblem:
        return True


def _check_bounds(question: dict[str, Any], key: str, value: Any, path: str, run: Run) -> None:
    low, high = extension_of(question, "minValue"), extension_of(question, "maxValue")
    if low is not None and _comparable(value, low) and value < low:
        run.add("beyond-minValue", path, found=value, limit=low)
    if high is not None and _comparable(value, high) and value > high:
        run.add("beyond-maxValue", path, found=value, limit=high)
    places = extension_of(question, "maxDecimalPlaces")
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    if isinstance(places, int) and isinstance(exponent, int) and -exponent > places:
        run.add("answer-too-precise", path, max=places)


def _comparable(one: Any, other: Any) -> bool:
    numbers = isinstance(one, int | Decimal) and isinstance(other, int | Decimal)
    return numbers or (isinstance(one, str) and isinstance(other, str))


def _check_attachment(question: dict[str, Any], value: dict[str, Any], path: str, run: Run) -> None:
    wanted, kind = extensions_of(question, "mimeType"), value.get("contentType")
    if wanted and isinstance(kind, str) and kind not in wanted:
        run.add("answer-mime-type", path, found=kind, wanted=", ".join(map(str, wanted)))
    largest, size = extension_of(question, "maxSize"), value.get("size")
    if isinstance(largest, int | Decimal) and isinstance(size, int) and size > largest:
        run.add("answer-too-large", path, max=largest, found=size)


def _check_reference(question: dict[str, Any], value: dict[str, Any], path: str, run: Run, profiles: Profiles) -> None:
    reference = value.get("reference")
    if question.get("type") != "reference" or not isinstance(reference, str) or reference.startswith(("#", "urn:")):
        return
    parts = reference.partition("/_history")[0].split("/")
    type_name = parts[-2] if len(parts) > 1 else ""
    wanted = extensions_of(question, "questionnaire-referenceResource")
    if type_name[:1].isupper() and type_name not in profiles.known.types:
        run.add("reference-type-unknown", path, found=type_name)
    elif wanted and type_name not in wanted:
        run.add("target-type", path, found=type_name, wanted=", ".join(map(str, wanted)))


def _check_unit(question: dict[str, Any], value: dict[str, Any], path: str, run: Run) -> None:
    options = [each for each in extensions_of(question, "questionnaire-unitOption") if isinstance(each, dict)]
    if options and "code" in value and not any(same(value, option) for option in options):
        run.add("answer-unit", path, found=value["code"])
