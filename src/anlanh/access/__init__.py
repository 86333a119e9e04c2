"""Who may do what, and who did. This floor decides; `fhir` below it only carries the principal."""
