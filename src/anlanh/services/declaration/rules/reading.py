"""From a Questionnaire to the form that pages show, and whether it can be published.

FHIR: Questionnaire
Source: https://hl7.org/fhir/R4/questionnaire.html; https://hl7.org/fhir/uv/sdc/ (expressions)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from anlanh.fhir import fhirpath
from anlanh.fhir.fhirpath import FhirPathProblem
from anlanh.fhir.vn.systems import BASE
from anlanh.services.declaration.model import Condition, Form, FormNotUsable, Item, Option, Rule

EXTENSIONS = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
FORM_URL = f"{BASE}Questionnaire/"
RULES_URL = f"{BASE}PlanDefinition/quy-tac-"
DELETE_AFTER = f"{BASE}StructureDefinition/xoa-sau-ngay"
SENSITIVE = f"{BASE}StructureDefinition/nhan-nhay-cam"
COLOUR_SYSTEM = f"{BASE}CodeSystem/mau-phan-luong"
LONGEST_KEPT = 365
"""Days after which every declaration is erased at the latest."""

KINDS = frozenset(
    ("group", "display", "boolean", "decimal", "integer", "date", "dateTime", "time", "string", "text", "url", "choice",
     "open-choice", "quantity")
)  # fmt: skip
"""Types of items that pages can ask for. Source: http://hl7.org/fhir/R4/valueset-item-type.html; `attachment` and
`reference` are left out: a declaration carries no files, and names nobody by a link."""


def form_of(questionnaire: Mapping[str, Any]) -> Form:
    """The form of a Questionnaire."""
    url = str(questionnaire.get("url", ""))
    return Form(
        str(questionnaire.get("id", "")), url.rpartition("/")[2], url, str(questionnaire.get("version", "")),
        str(questionnaire.get("status", "")), str(questionnaire.get("title", "")),
        str(questionnaire.get("description", "")), str(questionnaire.get("purpose", "")),
        int(extension(questionnaire, DELETE_AFTER) or 0), str(questionnaire.get("copyright", "")),
        tuple(extensions(questionnaire, SENSITIVE)),
        tuple((str(each.get("name")), str(each.get("expression"))) for each in extensions(questionnaire, f"{EXTENSIONS}variable")),
        tuple(_item(each) for each in questionnaire.get("item", ())),
    )  # fmt: skip


def rules_of(plan: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The lines of a PlanDefinition, in the order in which they are looked at."""
    return tuple(
        Rule(
            str(each.get("textEquivalent", "")),
            next((str(c["expression"].get("expression", "")) for c in each.get("condition", ())), ""),
            next((str(c["code"]) for code in each.get("code", ()) for c in code.get("coding", ())), "green"),
            str(each.get("title", "")),
            str(each.get("description", "")),
            next((str(d.get("citation", "")) for d in each.get("documentation", ())), ""),
        )
        for each in plan.get("action", ())
    )


def opens(version: str, others: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a version that comes with the program opens beside the Questionnaires that are there: none is, or the one
    that is open is older.

    >>> opens("1.10.0", [{"version": "1.9.0", "status": "active"}]), opens("1.1.0", [{"version": "1.0.0", "status": "retired"}])
    (True, False)
    """
    active = [str(each.get("version", "")) for each in others if each.get("status") == "active"]
    return not others or (bool(active) and all(_number(each) < _number(version) for each in active))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(each) if each.isascii() and each.isdigit() else 0 for each in version.split("."))


def check(questionnaire: Mapping[str, Any]) -> Form:
    """The form of a Questionnaire that is to be published.

    Raises:
        FormNotUsable: something is missing that people must be told, or that pages cannot show.
    """
    form = form_of(questionnaire)
    if not form.url.startswith(FORM_URL) or not form.name or not form.version:
        raise FormNotUsable(why=f"it needs a version, and a url that begins with {FORM_URL}")
    if not form.title or not form.purpose:
        raise FormNotUsable(why="title and purpose are missing")
    if not 0 < form.days <= LONGEST_KEPT:
        raise FormNotUsable(why=f"{DELETE_AFTER} must say after how many days (1 to {LONGEST_KEPT}) it is erased")
    before: set[str] = set()
    for item in walk(form.items):
        _check_item(item, before)
        before.add(item.link_id)
    return form


def _check_item(item: Item, before: set[str]) -> None:
    if item.kind not in KINDS:
        raise FormNotUsable(why=f"the type {item.kind} of {item.link_id} is not asked for on pages")
    if item.link_id in before:
        raise FormNotUsable(why=f"{item.link_id} is there twice")
    if item.kind == "choice" and not item.options:
        raise FormNotUsable(why=f"{item.link_id} has no answerOption")
    if unknown := [each.question for each in item.when if each.question not in before]:
        raise FormNotUsable(why=f"{item.link_id} depends on {unknown[0]}, which is not asked before it")
    for expression in filter(None, (item.calculated, item.initial)):
        try:
            fhirpath.compile(expression)
        except FhirPathProblem as problem:
            raise FormNotUsable(why=f"an expression of {item.link_id}: {problem.text}") from None


def walk(items: tuple[Item, ...]) -> Iterator[Item]:
    """All items, in the order of the form."""
    for each in items:
        yield each
        yield from walk(each.items)


def extension(owner: Mapping[str, Any], url: str) -> Any:
    """The value of an extension; None where there is none."""
    return next(iter(extensions(owner, url)), None)


def extensions(owner: Mapping[str, Any], url: str) -> list[Any]:
    """The values of all extensions of that url."""
    return [
        value
        for each in owner.get("extension", ())
        if each.get("url") == url
        for name, value in each.items()
        if name.startswith("value")
    ]


def _item(item: Mapping[str, Any]) -> Item:
    inner = item.get("item", ())
    helps = [str(each.get("text", "")) for each in inner if _is_help(each)]
    condition = tuple(
        Condition(str(each["question"]), str(each["operator"]), _value(each, "answer")) for each in item.get("enableWhen", ())
    )  # fmt: skip
    return Item(
        str(item["linkId"]), str(item["type"]), str(item.get("text", "")), " ".join(helps),
        bool(item.get("required")), bool(item.get("repeats")), bool(item.get("readOnly")),
        bool(extension(item, f"{EXTENSIONS}questionnaire-hidden")),
        tuple(_option(each) for each in item.get("answerOption", ())), condition, item.get("enableBehavior") == "any",
        extension(item, f"{EXTENSIONS}minValue"), extension(item, f"{EXTENSIONS}maxValue"),
        int(item.get("maxLength", 2000)), extension(item, f"{EXTENSIONS}questionnaire-unit"),
        _expression(item, f"{SDC}calculatedExpression"), _expression(item, f"{SDC}initialExpression"),
        tuple(_item(each) for each in inner if not _is_help(each)),
    )  # fmt: skip


def _is_help(item: Mapping[str, Any]) -> bool:
    control = extension(item, f"{EXTENSIONS}questionnaire-itemControl") or {}
    return item.get("type") == "display" and any(each.get("code") == "help" for each in control.get("coding", ()))


def _option(option: Mapping[str, Any]) -> Option:
    name, value = next((name, value) for name, value in option.items() if name.startswith("value"))
    if name == "valueCoding":
        return Option(str(value.get("code", "")), str(value.get("display") or value.get("code", "")), {name: value})
    return Option(str(value), str(value), {name: value})


def _expression(item: Mapping[str, Any], url: str) -> str:
    return str((extension(item, url) or {}).get("expression", ""))


def _value(owner: Mapping[str, Any], prefix: str) -> Any:
    return next((value for name, value in owner.items() if name.startswith(prefix)), None)
