"""The operations of the specification, one file each. What they share with other interactions is in `rest` and `store`.

FHIR: operations
Source: https://hl7.org/fhir/R4/operations.html
"""
