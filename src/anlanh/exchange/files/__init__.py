"""Spreadsheets of stations and small systems into the record: columns get a meaning, rows become resources. See
docs/exchange-files.md."""
