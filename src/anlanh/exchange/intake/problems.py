"""What can be wrong with who and what is told of."""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class NoPatient(Problem):
    issue = "required"
    says = "Nobody is named: there is no identifier that is known to be a person's."
    hint = "Give the person an identifier and its assigning authority (in HL7 v2: PID-3), and send it again."


class Contradiction(Problem):
    issue = "conflict"
    says = "The identifiers belong to {count} different people in the record."
    hint = "Merge the people in the record or correct what was sent, and send or replay it."


class DocumentChanged(Problem):
    issue = "conflict"
    status = 409
    says = "Another document has come before under the same identifier and version."
    hint = "Give the corrected document a new version or identifier, and send it again."


class NoDocument(Problem):
    issue = "structure"
    status = 422
    says = "This document Bundle cannot be taken apart: {why}."
    hint = "See https://hl7.org/fhir/R4/documents.html: an identifier, and first a Composition about a Patient of it."


class NoSuchArrival(Problem):
    issue = "not-found"
    says = "There is no document of that number."
    hint = "Ask for the list of documents."
