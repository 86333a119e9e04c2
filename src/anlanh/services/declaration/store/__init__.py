"""The table of this service, and what it reads and writes in the record."""
