"""Bulk data: in by NDJSON, Bundles, folders and archives; out by $export.

FHIR: Bulk Data Access 2.0
Source: https://hl7.org/fhir/uv/bulkdata/STU2/
"""
