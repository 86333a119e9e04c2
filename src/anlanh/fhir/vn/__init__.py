"""The package `vn.anlanh`: profiles, extensions, code systems and naming systems for Viet Nam.

There is no national implementation guide yet; this one is the project's own and claims no more. Its canonical base is
a setting, so that a province can publish it under its own address.

FHIR: StructureDefinition, CodeSystem, ValueSet, ConceptMap, NamingSystem, ImplementationGuide
Source: QĐ 2146/QĐ-BYT năm 2026 (FHIR R4 by 2030); the decision named in each resource
"""

from anlanh.fhir.vn.package import archive, examples, profile_of, resources

__all__ = ["archive", "examples", "profile_of", "resources"]
