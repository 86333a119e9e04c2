"""What can go wrong with the record, and the way out.

Source: https://hl7.org/fhir/R4/http.html#Status-Codes
"""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class NotFound(Problem):
    issue = "not-found"
    says = "There is no {type} with this id."
    hint = "Check the id, or search for the resource."


class Hidden(NotFound):
    """It is there, and may not be seen: told like what is not there, and noted for those who watch."""

    event = "denied"


class Gone(Problem):
    issue = "deleted"
    says = "This {type} was deleted."
    hint = "Its history is at {type}/[id]/_history; a PUT to the same address brings it back."


class VersionNotFound(Problem):
    issue = "not-found"
    says = "This {type} has no version {version}."
    hint = "See its versions at {type}/[id]/_history."


class VersionHidden(VersionNotFound):
    """The same of one version."""

    event = "denied"


class VersionConflict(Problem):
    issue = "conflict"
    status = 412
    says = "This {type} is not at version {expected}; it is at {found}."
    hint = "Read it again, apply the change to what you find, and send If-Match with that version."


class AlreadyExists(Problem):
    issue = "duplicate"
    says = "A {type} with this id exists."
    hint = "Use PUT to change it."


class IdCollision(Problem):
    issue = "duplicate"
    says = "This id cannot be used for a {type}: its key is taken by another resource."
    hint = "Choose another id."


class MultipleMatches(Problem):
    issue = "multiple-matches"
    status = 412
    says = "{count} resources match the condition on {type}; it must be one."
    hint = "Add parameters until it names one resource."
