"""Why a patch cannot be applied.

FHIR: patch interaction
Source: https://hl7.org/fhir/R4/http.html#patch
"""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class PatchInvalid(Problem):
    """The patch itself is not well formed."""

    issue = "invalid"
    says = "Operation {number} of the patch is not valid: {reason}."
    hint = "Correct the operation; nothing has been changed."


class PatchNotApplicable(Problem):
    """The patch is well formed, but does not fit this resource."""

    issue = "processing"
    says = "Operation {number} of the patch does not fit the resource: {reason}."
    hint = "Read the resource again and make the patch for its present version; nothing has been changed."


class PatchTestFailed(Problem):
    """A `test` operation found another value: the resource is not as the client believed."""

    issue = "conflict"
    status = 412
    says = "Operation {number} of the patch tests '{path}', and the value is another one."
    hint = "Read the resource again and make the patch for its present version; nothing has been changed."
