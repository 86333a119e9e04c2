"""Columnar analytics: FHIR resources as Parquet tables by SQL on FHIR views, asked with DuckDB or Spark."""
