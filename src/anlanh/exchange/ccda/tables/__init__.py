"""Tables of CDA and of its mapping to FHIR."""
