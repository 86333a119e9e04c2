"""What can be wrong with a request, and the way out.

Source: https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

from collections.abc import Sequence

from anlanh.fhir.validate.issue import Issue
from anlanh.kernel.problem import Problem


class UnknownAddress(Problem):
    issue = "not-found"
    says = "Nothing is at {method} {path}."
    hint = "The CapabilityStatement at [base]/metadata says what is."


class UnknownType(Problem):
    issue = "not-supported"
    status = 404
    says = "{type!r} is not a resource type of FHIR R4."
    hint = "Resource types are written as in Patient or Observation; see [base]/metadata."


class MethodNotAllowed(Problem):
    issue = "not-supported"
    status = 405
    says = "{method} is not possible here."
    hint = "Possible: {allowed}."


class UnknownOperation(Problem):
    issue = "not-supported"
    status = 404
    says = "There is no operation ${name} here."
    hint = "The CapabilityStatement at [base]/metadata lists the operations."


class BadId(Problem):
    issue = "value"
    status = 400
    says = "The id is not one FHIR allows."
    hint = "Ids are 1 to 64 of the characters A-Z a-z 0-9 - and dot."


class NotThisType(Problem):
    issue = "invalid"
    says = "The body is a {found}, the address is of {wanted}."
    hint = "Send it to {found}, or change resourceType."


class NotThisId(Problem):
    issue = "invalid"
    says = "The id in the body is not the id in the address."
    hint = "Make them the same; to have the server choose an id, POST to the type."


class NoBody(Problem):
    issue = "structure"
    says = "The request has no body."
    hint = "Send the resource as application/fhir+json or application/fhir+xml."


class BadContentType(Problem):
    issue = "not-supported"
    status = 415
    says = "Content-Type {found!r} is not understood here."
    hint = "Send {wanted}."


class NotAcceptable(Problem):
    issue = "not-supported"
    status = 406
    says = "No answer is possible in {found!r}."
    hint = "Ask for application/fhir+json or application/fhir+xml in Accept or _format."


class BadHeader(Problem):
    issue = "invalid"
    says = "The header {name} is {found!r}."
    hint = "Write it as {wanted}."


class NoCondition(Problem):
    issue = "invalid"
    status = 412
    says = "A conditional {interaction} needs search parameters that say which {type}."
    hint = "Add them to the address, as in Patient?identifier=system|value."


class BadBundle(Problem):
    issue = "invalid"
    says = "The Bundle cannot be processed: {why}."
    hint = "See https://hl7.org/fhir/R4/http.html#transaction."


class StillChanging(Problem):
    issue = "lock-error"
    says = "Other writers kept changing the same resources."
    hint = "Nothing was written. Try again in a moment."


class Invalid(Problem):
    """A resource that may not be stored; `issues` say all that is wrong with it. `shaped`: its JSON is well-formed."""

    issue = "invariant"
    says = "The {type} is not valid: {count} issues."
    hint = "Correct what the issues name."

    def __init__(self, resource_type: str, issues: Sequence[Issue], *, shaped: bool = False) -> None:
        self.issues = issues
        self.shaped = shaped
        super().__init__(type=resource_type, count=len(issues))

    @property
    def http_status(self) -> int:
        """400 when the JSON is not of FHIR's shape, 422 when it is and a rule is broken."""
        if self.shaped:
            return 422
        return 400 if any(issue.code in ("structure", "invalid", "value") for issue in self.issues) else 422


class BodyTooLarge(Problem):
    issue = "too-long"
    says = "The body is larger than {limit} MB."
    hint = "Send several smaller Bundles, or use $import."


class TooManyWaiting(Problem):
    issue = "throttled"
    says = "The server has {limit} requests in hand."
    hint = "Try again in a second."


class SlowBody(Problem):
    issue = "timeout"
    status = 408
    says = "The body did not arrive within {limit} s."
    hint = "Send it again over a steadier connection; nothing was written."
