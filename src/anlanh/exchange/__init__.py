"""Protocols of other systems: each package turns one of them into FHIR and back."""
