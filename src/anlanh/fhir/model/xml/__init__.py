"""The XML form of a resource: FHIR JSON shape to XML and back, losing nothing that FHIR can say.

The reader is built on expat and refuses what a resource never needs: a document type, entities, deep nesting, too many
bytes. Numbers keep their digits. The narrative travels as written, so that a signed or reviewed text does not change
by passing through the server. Elements must stand in the order of the specification, as FHIR's XML requires.

FHIR: XML representation of resources
Source: https://hl7.org/fhir/R4/xml.html
"""

from anlanh.fhir.model.xml.problems import NotWritable, XmlFault, XmlTooLarge, XmlUnreadable
from anlanh.fhir.model.xml.reader import from_xml
from anlanh.fhir.model.xml.writer import to_xml

__all__ = ["NotWritable", "XmlFault", "XmlTooLarge", "XmlUnreadable", "from_xml", "to_xml"]
