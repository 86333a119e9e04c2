"""The shapes of FHIR R4: types, elements, search parameters, and the JSON and XML they are written in.

FHIR: StructureDefinition, SearchParameter
Source: https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/xml.html
"""
