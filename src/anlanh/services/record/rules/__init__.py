"""Decisions of this service, all pure: FHIR resources to lines of a chart, words, dates, the summary, the health book."""
