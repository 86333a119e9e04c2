"""What can be wrong with the XML of a resource.

FHIR: XML representation of resources
Source: https://hl7.org/fhir/R4/xml.html
"""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class XmlUnreadable(Problem):
    """The text is not well-formed XML, or uses what a resource may not use."""

    issue = "structure"
    says = "The XML cannot be read: {reason} (line {line}, column {column})."
    hint = "Send one well-formed FHIR resource in UTF-8, without document type, entities or CDATA tricks."


class XmlTooLarge(Problem):
    """The text is larger or deeper than a resource may be."""

    issue = "too-long"
    says = "The XML is too large: more than {limit} {unit}."
    hint = "Split the resource, or use bulk import."


class XmlFault(Problem):
    """Well-formed XML that is not FHIR: a strange element, attribute, namespace, text or order."""

    issue = "structure"
    says = "{what} (line {line})."
    hint = "Compare the element with the definition of {type} in FHIR R4."


class NotWritable(Problem):
    """A JSON value that has no place in the XML of its type."""

    issue = "structure"
    says = "{what} cannot be written as XML."
    hint = "Validate the resource first; only valid resources have an XML form."
