"""What can go wrong with terminology. Each problem carries the code that terminology clients switch on (`tx`).

FHIR: OperationOutcome.issue.details, code system `tx-issue-type`
Source: https://hl7.org/fhir/tools/CodeSystem/tx-issue-type, https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/
"""

from __future__ import annotations

from typing import Any, ClassVar

from anlanh.kernel.problem import Problem

TX_ISSUE_TYPE = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type"
MESSAGE_ID = "http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id"


class TerminologyProblem(Problem):
    """A problem with a terminology issue type; rendered by `outcome`."""

    tx: ClassVar[str] = ""
    message_id: ClassVar[str] = ""


def outcome(problem: Problem) -> dict[str, Any]:
    """The OperationOutcome of one problem."""
    details: dict[str, Any] = {"text": problem.text}
    if tx := getattr(problem, "tx", ""):
        details = {"coding": [{"system": TX_ISSUE_TYPE, "code": tx}], **details}
    issue: dict[str, Any] = {"severity": "error", "code": problem.issue, "details": details}
    if message_id := getattr(problem, "message_id", ""):
        issue["extension"] = [{"url": MESSAGE_ID, "valueString": message_id}]
    if problem.expression:
        issue |= {"location": [problem.expression], "expression": [problem.expression]}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


class BadRequest(TerminologyProblem):
    issue = "invalid"
    says = "{why}"
    hint = "See the definition of the operation for the parameters it takes."


class NoSuchOperation(TerminologyProblem):
    issue = "not-supported"
    says = "There is no terminology operation ${name}."
    hint = "Use expand, validate-code, lookup, subsumes, translate, closure or batch-validate-code."


class UnknownValueSet(TerminologyProblem):
    issue = "not-found"
    tx = "not-found"
    message_id = "Unable_to_resolve_value_Set_"
    says = "A definition for the value Set '{value_set}' could not be found"
    hint = "Load the value set first, or give it as `valueSet` or `tx-resource`."


class UnknownImport(TerminologyProblem):
    issue = "not-found"
    tx = "not-found"
    status = 422
    message_id = "VS_EXP_IMPORT_UNK_PINNED"
    says = "Unable to find included value set '{value_set}' version '{version}'"
    hint = "Load this version, or leave default-valueset-version out."


class UnknownCodeSystem(TerminologyProblem):
    issue = "not-found"
    tx = "not-found"
    status = 422
    message_id = "UNKNOWN_CODESYSTEM_EXP"
    says = "A definition for CodeSystem '{system}' could not be found, so the value set cannot be expanded"
    hint = "Load the code system, or a fragment of it."


class UnknownCodeSystemVersion(UnknownCodeSystem):
    message_id = "UNKNOWN_CODESYSTEM_VERSION_EXP"
    says = (
        "A definition for CodeSystem '{system}' version '{version}' could not be found, so the value set cannot be"
        " expanded. Valid versions: {versions}"
    )
    hint = "Name one of the valid versions, or load the one asked for."


class UnknownSystem(TerminologyProblem):
    issue = "not-found"
    tx = "not-found"
    message_id = "UNKNOWN_CODESYSTEM"
    says = "A definition for CodeSystem '{system}' could not be found, so the code cannot be validated"
    hint = "Load the code system, or check its URL."


class UnknownCode(TerminologyProblem):
    issue = "not-found"
    tx = "invalid-code"
    says = "Unknown code '{code}' in the CodeSystem '{system}'"
    hint = "Check the code and the version of the code system."


class UnknownConceptMap(TerminologyProblem):
    issue = "not-found"
    tx = "not-found"
    says = "No concept map was found for {asked}"
    hint = "Load a concept map, or name one by url."


class NoValueInFilter(TerminologyProblem):
    issue = "invalid"
    tx = "vs-invalid"
    message_id = "UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE"
    says = "The system {system} filter with property = {property}, op = {op} has no value"
    hint = "Give the filter a value."


class BadFilter(TerminologyProblem):
    issue = "not-supported"
    tx = "vs-invalid"
    status = 422
    message_id = "FILTER_NOT_UNDERSTOOD"
    says = 'The filter "{property} {op} {value}" from the value set was not understood in the context of {system}'
    hint = "Use a property that the code system declares, and one of the operators of FHIR."


class SlowPattern(TerminologyProblem):
    issue = "too-costly"
    says = "The regex filter '{pattern}' took too long to evaluate"
    hint = "Write the pattern without nested repetition."


class CircularValueSet(TerminologyProblem):
    issue = "processing"
    tx = "vs-invalid"
    message_id = "VALUESET_CIRCULAR_REFERENCE"
    says = "Found a circularity pointing to {value_set} processing ValueSet with pathway [{path}]"
    hint = "Take one of the imports out."


class TooCostly(TerminologyProblem):
    issue = "too-costly"
    tx = "too-costly"
    says = "The value set '{value_set}' has too many codes to list ({limit} at most)"
    hint = "Ask for a page with count and offset, or narrow it with filter."


class SupplementMissing(TerminologyProblem):
    issue = "not-found"
    tx = "not-found"
    message_id = "VALUESET_SUPPLEMENT_MISSING"
    says = "Required supplement not found: {supplement}"
    hint = "Load the supplement, or leave useSupplement out."


class VersionNotAllowed(TerminologyProblem):
    issue = "exception"
    status = 422
    tx = "version-error"
    message_id = "VALUESET_VERSION_CHECK"
    says = (
        "The version '{version}' is not allowed for system '{system}': required to be '{wanted}' by a version-check"
        " parameter"
    )
    hint = "Change the value set, or the check-system-version parameter."


class VersionsDisagree(TerminologyProblem):
    issue = "exception"
    status = 422
    tx = "version-error"
    says = "Parameters give system '{system}' more than one version: '{one}' and '{other}'"
    hint = "Give one."


class BadLanguage(TerminologyProblem):
    issue = "processing"
    status = 400
    tx = "invalid-display"
    message_id = "INVALID_DISPLAY_NAME"
    says = "Invalid displayLanguage: '{language}'"
    hint = "Use BCP-47 tags, as in the header Accept-Language: vi, en;q=0.5."


class ImplicitRulesPresent(TerminologyProblem):
    issue = "business-rule"
    tx = "vs-invalid"
    says = "Cannot process ValueSet {value_set}: it has {what}, which changes its meaning"
    hint = "Take it out, or expand the value set elsewhere."


class UnknownClosure(TerminologyProblem):
    issue = "not-found"
    tx = "not-found"
    says = "There is no closure table {name!r}."
    hint = "Make it first: call $closure with its name alone."
