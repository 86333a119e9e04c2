"""The record: resources, their history and their index in PostgreSQL. Nothing else runs FHIR SQL.

FHIR: RESTful API, versioning
Source: https://hl7.org/fhir/R4/http.html
"""
