"""Search: what of a resource is indexed, and how a query becomes SQL. Only `store` runs that SQL.

FHIR: RESTful search, SearchParameter
Source: https://hl7.org/fhir/R4/search.html
"""
