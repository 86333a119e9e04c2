"""FHIR over HTTP: one file per interaction of the specification.

FHIR: RESTful API
Source: https://hl7.org/fhir/R4/http.html
"""
