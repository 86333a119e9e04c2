"""One kind of error for the whole program: what happened, and the way out.

A `Problem` is raised beside the nouns it speaks of and rendered once, at the edge: as an OperationOutcome, a form
message or a line of the command line, in Vietnamese and English.

FHIR: OperationOutcome
Source: https://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from typing import ClassVar

STATUS_OF_ISSUE = {
    "invalid": 400,
    "structure": 400,
    "required": 422,
    "value": 422,
    "invariant": 422,
    "security": 403,
    "login": 401,
    "expired": 401,
    "forbidden": 403,
    "not-supported": 400,
    "duplicate": 409,
    "multiple-matches": 412,
    "not-found": 404,
    "deleted": 410,
    "too-long": 413,
    "code-invalid": 422,
    "extension": 422,
    "too-costly": 403,
    "business-rule": 422,
    "conflict": 409,
    "transient": 503,
    "lock-error": 503,
    "no-store": 503,
    "exception": 500,
    "timeout": 503,
    "incomplete": 503,
    "throttled": 429,
    "processing": 422,
}
"""HTTP status for each code of the FHIR value set `issue-type` that a Problem may carry."""


class Problem(Exception):
    """What happened (`says`) and the way out (`hint`), with the FHIR issue code.

    Subclasses set `issue`, `says`, `hint` and, where the default of the code does not fit, `status`. Facts given by
    name fill the braces of both texts; they must never hold personal data. `expression` is the FHIRPath of the fault.
    `event` names the security event that it is, where the code does not tell (`platform/security.py`).
    """

    issue: ClassVar[str] = "processing"
    status: ClassVar[int | None] = None
    says: ClassVar[str] = "The request could not be processed."
    hint: ClassVar[str] = ""
    event: ClassVar[str] = ""

    def __init__(self, *, expression: str | None = None, **facts: object) -> None:
        self.expression = expression
        self.facts = facts
        super().__init__(self.text)

    @property
    def text(self) -> str:
        """What happened, in English."""
        return self.says.format(**self.facts)

    @property
    def way_out(self) -> str:
        """What to do about it, in English."""
        return self.hint.format(**self.facts)

    @property
    def http_status(self) -> int:
        """The HTTP status that goes with this problem."""
        return self.status or STATUS_OF_ISSUE[self.issue]
