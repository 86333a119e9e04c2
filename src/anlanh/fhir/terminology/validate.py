"""$validate-code: whether a code, Coding or CodeableConcept is valid in a value set or code system, and what is odd.

FHIR: ValueSet $validate-code, CodeSystem $validate-code
Source: https://hl7.org/fhir/R4/valueset-operation-validate-code.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from anlanh.fhir.terminology import concepts, naming
from anlanh.fhir.terminology.compose import Composer, Entry
from anlanh.fhir.terminology.concepts import CodeSystemProvider
from anlanh.fhir.terminology.displays import displays_of, preferred
from anlanh.fhir.terminology.findings import Findings, under
from anlanh.fhir.terminology.membership import Membership, Verdict
from anlanh.fhir.terminology.problems import BadRequest, TerminologyProblem, UnknownValueSet, outcome
from anlanh.fhir.terminology.request import Options, Request
from anlanh.fhir.terminology.resolver import Resolver
from anlanh.fhir.terminology.source import Source, version_of

ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+")
NO_SYSTEM = (
    "Coding has no system. A code with no system has no defined meaning, and it cannot be validated. "
    "A system should be provided"
)

NOT_IN_VALUE_SET = "None_of_the_provided_codes_are_in_the_value_set_one"
COMMENT = ("warning", "business-rule", "code-comment")


@dataclass(frozen=True)
class Subject:
    """What is to be validated: the codings, the kind of parameter, and the path that issues start with."""

    codings: list[Mapping[str, Any]]
    kind: str
    whole: Mapping[str, Any] = field(default_factory=dict)

    def path(self, at: int) -> str:
        """The path of a coding in the terms of the caller."""
        return {"code": "", "coding": "Coding"}.get(self.kind, f"CodeableConcept.coding[{at}]")


def subject(request: Request, system: str | None = None) -> Subject:
    """Read codeableConcept, coding, or code with system.

    Raises:
        BadRequest: none of them is there.
    """
    if (concept := request.concept("codeableConcept")) is not None:
        return Subject(list(concept.get("coding", ())), "codeableConcept", concept)
    if (coding := request.coding("coding")) is not None:
        return Subject([coding], "coding")
    code = request.text("code")
    if code is None:
        raise BadRequest(why="Give what to validate as code, coding or codeableConcept")
    stated = {
        "system": request.text("system") or system,
        "version": request.text("systemVersion", "version"),
        "code": code,
        "display": request.text("display"),
    }
    return Subject([{name: value for name, value in stated.items() if value}], "code")


def validate(
    source: Source, value_set: Mapping[str, Any], coded: Subject, request: Request, options: Options
) -> dict[str, Any]:
    """The Parameters that answer whether the subject is valid in the value set.

    Raises:
        CircularValueSet, NoValueInFilter, BadFilter, SlowPattern, SupplementMissing: the value set is not usable.
    """
    options = options.seen(value_set)
    resolver = Resolver(source, options)
    resolver.require(list(options.supplements))
    try:
        return _Validation(resolver, value_set, coded, request).answer()
    except UnknownValueSet as missing:
        return _cannot(coded, missing)


def _cannot(coded: Subject, problem: TerminologyProblem) -> dict[str, Any]:
    found: dict[str, Any] = {"result": False, "message": problem.text, "issues": outcome(problem)}
    if coded.kind == "codeableConcept":
        found["codeableConcept"] = coded.whole
    else:
        found |= {name: coded.codings[0].get(name) for name in ("system", "code")}
    return parameters(found)


def not_usable(coded: Subject, head: Mapping[str, Any]) -> dict[str, Any]:
    """The answer where the code system is a supplement, or has no content here."""
    findings = Findings()
    url = concepts.vurl(head)
    text = f"CodeSystem {url} is a supplement, so can't be used as a value in Coding.system"
    if head.get("content") != "supplement":
        text = f"The content of CodeSystem '{url}' is not here, so the code cannot be validated"
    at = under(coded.path(0), "system")
    findings.add(("error", "invalid", "invalid-data"), text, at, "CODESYSTEM_CS_NO_SUPPLEMENT")
    found = {name: coded.codings[0].get(name) for name in ("system", "code")}
    found |= {"result": False, "message": findings.message, "issues": findings.outcome}
    return parameters(found)


class _Validation:
    """One call of the operation."""

    def __init__(self, resolver: Resolver, value_set: Mapping[str, Any], coded: Subject, request: Request) -> None:
        self._resolver = resolver
        self._value_set = value_set
        self._coded = coded
        self._infer = request.flag("inferSystem") or request.flag("implySystem")
        self._only = request.flag("valueset-membership-only")
        self._lenient = request.flag("lenient-display-validation")
        self._findings = Findings()
        self._membership = Membership(
            resolver, self._findings, abstract_ok=request.flag("abstract", True), only=self._only
        )
        self._is_code_system = value_set.get("url", "").endswith(ALL_OF)
        self._found: dict[str, Any] = {}

    def answer(self) -> dict[str, Any]:
        """All codings in turn; the first member names the result."""
        self._membership.prepare(self._value_set)
        self._membership.note_own_status(self._value_set)
        name = concepts.vurl(self._value_set) or "(unidentified)"
        verdicts: list[Verdict] = []
        for at, coding in enumerate(self._coded.codings):
            path = self._coded.path(at)
            coding = self._with_system(coding, path)
            verdict = self._ask(coding, path)
            verdicts.append(verdict)
            if verdict.is_member:
                self._member(verdict, coding, path)
            else:
                self._stranger(verdict, coding, path, name)
        member = any(each.is_member for each in verdicts)
        unknown = not member and any(each.unknown for each in verdicts)
        if not member and not unknown and not self._is_code_system:
            self._not_in(name)
        self._found["result"] = member and not self._findings.has_errors
        return self._parameters(unknown or member)

    def _with_system(self, coding: Mapping[str, Any], path: str) -> Mapping[str, Any]:
        if coding.get("system") or not self._infer:
            return coding
        entries = Composer(self._resolver).entries(self._value_set).values()
        systems = list(dict.fromkeys(each.system for each in entries if each.concept.code == coding.get("code")))
        if len(systems) == 1:
            return {**coding, "system": systems[0]}
        name = concepts.vurl(self._value_set)
        text = f"The System URI could not be determined for the code '{coding.get('code')}' in the ValueSet '{name}'"
        message_id = "UNABLE_TO_INFER_CODESYSTEM"
        if systems:
            message_id = "Unable_to_resolve_system__value_set_has_multiple_matches"
            text += f": value set expansion has multiple matches: [{', '.join(systems)}]"
        self._findings.add(("error", "not-found", "cannot-infer"), text, "code", message_id)
        return coding

    def _ask(self, coding: Mapping[str, Any], path: str) -> Verdict:
        if coding.get("system"):
            return self._membership.ask(self._value_set, coding, path)
        if not self._infer:
            kind = ("warning", "invalid", "invalid-data")
            self._findings.add(kind, NO_SYSTEM, path, "Coding_has_no_system__cannot_validate", say=True)
        return Verdict()

    def _member(self, verdict: Verdict, coding: Mapping[str, Any], path: str) -> None:
        entry = verdict.found
        if "member" not in self._found:
            provider = entry.provider if entry else verdict.tried
            self._found |= {"member": True, "system": coding["system"], "code": coding["code"], "display": None}
            self._found["version"] = concepts.version(provider) if provider else None
            if entry:
                self._name(entry)
        if entry is None:
            return
        self._check_case(entry, coding, path)
        self._check_display(entry, coding, path)
        self._note_activity(entry, coding, path)

    def _stranger(self, verdict: Verdict, coding: Mapping[str, Any], path: str, name: str) -> None:
        """Say why a coding is no member, and what is known of it all the same."""
        system, code = coding.get("system"), coding.get("code", "")
        if self._coded.kind == "codeableConcept" and not verdict.unknown and not self._is_code_system:
            text = f"The provided code {_shown(coding)} was not found in the value set '{name}'"
            kind = ("information", "code-invalid", "this-code-not-in-vs")
            self._findings.add(kind, text, under(path, "code"), NOT_IN_VALUE_SET)
        if self._coded.kind != "codeableConcept":
            self._found |= {"system": system, "code": code, "version": coding.get("version")}
        if not system or self._only:
            return
        if not ABSOLUTE.match(system):
            text = "Coding.system must be an absolute reference, not a local reference"
            kind = ("error", "invalid", "invalid-data")
            self._findings.add(kind, text, under(path, "system"), "Terminology_TX_System_Relative")
        provider = verdict.tried or self._resolver.code_system(system, coding.get("version"))
        if provider is None:
            self._unknown_system(coding, path)
            return
        if verdict.tried is None:
            self._membership.note_forbidden(provider, path)
        concept = provider.find(code)
        if concept is None:
            self._membership.note_unknown_code(provider, code, path)
        if self._coded.kind != "codeableConcept":
            self._found["version"] = concepts.version(provider)
        if concept is not None:
            entry = Entry(provider, concept)
            if "member" not in self._found and self._coded.kind != "codeableConcept":
                self._name(entry)
            self._check_display(entry, coding, path)
            if verdict.refused:
                self._note_activity(verdict.refused, coding, path)

    def _unknown_system(self, coding: Mapping[str, Any], path: str) -> None:
        system, version = coding["system"], coding.get("version")
        at = under(path, "system")
        supplement, exact = version_of(self._resolver.source, "CodeSystem", system, version)
        head = self._resolver.source.get("CodeSystem", system, exact) if supplement else None
        if head is not None and head.get("content") == "supplement":
            text = f"CodeSystem {concepts.vurl(head)} is a supplement, so can't be used as a value in Coding.system"
            self._findings.add(("error", "invalid", "invalid-data"), text, at, "CODESYSTEM_CS_NO_SUPPLEMENT")
        elif self._resolver.value_set(system) is not None:
            text = f"The Coding references a value set, not a code system ('{system}')"
            self._findings.add(("error", "invalid", "invalid-data"), text, at, "Terminology_TX_System_ValueSet2")
        else:
            self._membership.note_unknown(system, version, path)

    def _not_in(self, name: str) -> None:
        if self._coded.kind == "codeableConcept":
            text, at = f"No valid coding was found for the value set '{name}'", None
            message_id = "TX_GENERAL_CC_ERROR_MESSAGE"
        else:
            text = f"The provided code {_shown(self._coded.codings[0])} was not found in the value set '{name}'"
            at, message_id = under(self._coded.path(0), "code"), NOT_IN_VALUE_SET
        self._findings.add(("error", "code-invalid", "not-in-vs"), text, at, message_id)

    def _name(self, entry: Entry) -> None:
        names = displays_of(entry.provider, entry.concept, entry.stated)
        shown = preferred(names, self._resolver.options.languages)
        self._found["display"] = shown.value if shown else entry.concept.display

    def _check_case(self, entry: Entry, coding: Mapping[str, Any], path: str) -> None:
        right, given = entry.concept.code, coding["code"]
        if right == given:
            return
        text = (
            f"The code '{given}' differs from the correct code '{right}' by case. Although the code system"
            f" '{concepts.vurl(entry.provider.head)}' is case insensitive, implementers are strongly encouraged to use"
            " the correct case anyway"
        )
        kind = ("information", "business-rule", "code-rule")
        self._findings.add(kind, text, under(path, "code"), "CODE_CASE_DIFFERENCE")
        self._found["normalized-code"] = right

    def _check_display(self, entry: Entry, coding: Mapping[str, Any], path: str) -> None:
        if not coding.get("display"):
            return
        names = displays_of(entry.provider, entry.concept, entry.stated)
        opinion = naming.judge(names, coding, self._resolver.options.languages, lenient=self._lenient)
        if opinion:
            kind = (opinion.severity, "invalid", opinion.tx)
            self._findings.add(kind, opinion.text, under(path, "display"), opinion.message_id, say=opinion.say)

    def _note_activity(self, entry: Entry, coding: Mapping[str, Any], path: str) -> None:
        word = concepts.status(entry.provider, entry.concept)
        if concepts.is_inactive(entry.provider, entry.concept):
            stated = word if word in (None, "inactive") else f"{word} and inactive"
            text = (
                f"The concept '{coding['code']}' has a status of {stated or 'inactive'} and its use should be reviewed"
            )
            self._findings.add(COMMENT, text, path, "INACTIVE_CONCEPT_FOUND", say=True)
            self._found["inactive"] = True
            self._found["status"] = word if word != "inactive" else None
        elif word == "deprecated":
            text = f"The concept '{coding['code']}' is deprecated and its use should be reviewed"
            self._findings.add(COMMENT, text, path, "DEPRECATED_CONCEPT_FOUND", say=True)
            self._found["status"] = word

    def _parameters(self, caused: bool) -> dict[str, Any]:
        found = {name: value for name, value in self._found.items() if name != "member"}
        if self._coded.kind == "codeableConcept":
            found["codeableConcept"] = self._coded.whole
        if self._findings.said:
            found["message"] = self._findings.message
        if self._findings.issues:
            found["issues"] = self._findings.outcome
        name = "x-caused-by-unknown-system" if caused else "x-unknown-system"
        answer = parameters(found)
        answer["parameter"] += [{"name": name, "valueCanonical": each} for each in self._findings.unknown]
        return answer


ALL_OF = "?fhir_vs"


def _shown(coding: Mapping[str, Any]) -> str:
    version = f"|{coding['version']}" if coding.get("version") else ""
    display = f" ('{coding['display']}')" if coding.get("display") else ""
    return f"'{coding.get('system', '')}{version}#{coding.get('code', '')}{display}'"


KINDS = {
    "result": "valueBoolean",
    "inactive": "valueBoolean",
    "message": "valueString",
    "display": "valueString",
    "version": "valueString",
    "code": "valueCode",
    "status": "valueCode",
    "normalized-code": "valueCode",
    "system": "valueUri",
    "codeableConcept": "valueCodeableConcept",
    "issues": "resource",
}


def parameters(found: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of the values that are there, each of its type."""
    order = ("result", *(name for name in found if name != "result"))
    listed = [{"name": name, KINDS[name]: found[name]} for name in order if found.get(name) is not None]
    return {"resourceType": "Parameters", "parameter": listed}


def whole_system(provider: CodeSystemProvider) -> dict[str, Any]:
    """The value set of all codes of a code system."""
    include = {"system": concepts.url(provider)}
    if version := concepts.version(provider):
        include["version"] = version
    url = concepts.url(provider) + ALL_OF
    return {
        "resourceType": "ValueSet",
        "url": url,
        "status": provider.head.get("status", "active"),
        "experimental": provider.head.get("experimental", False),
        "compose": {"include": [include]},
    }
