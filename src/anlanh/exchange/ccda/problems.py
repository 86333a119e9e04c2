"""What can be wrong with a CDA document."""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class NotCda(Problem):
    issue = "structure"
    says = "This is no CDA document: {why}."
    hint = "Send one ClinicalDocument (CDA R2, urn:hl7-org:v3) in XML, without a document type."


class NoDocumentId(Problem):
    issue = "required"
    says = "The document has no id with a root, so nobody could tell whether it was sent before."
    hint = "Fill ClinicalDocument/id and send it again."


class SeveralPeople(Problem):
    issue = "business-rule"
    says = "The document is about {count} people (recordTarget): whose its entries are cannot be told."
    hint = "Send a document for each person."


class DocumentTooLong(Problem):
    issue = "too-long"
    status = 413
    says = "The document is longer than {limit} bytes."
    hint = "Send large pictures by reference, or raise ANLANH_HL7_MESSAGE_MB."


class NotPosted(Problem):
    issue = "not-supported"
    status = 405
    says = "Documents are sent by POST."
    hint = "POST the XML of one document to this address."
