"""The tables of this service, and what it reads and writes in the record."""
