"""Verbs of this service: publish forms, fill them in, erase what is past its day. Each is part of one unit of work."""
