"""The FHIR R4 engine. Inside, imports run downwards only: rest, operations, store, search, terminology, fhirpath, model."""
