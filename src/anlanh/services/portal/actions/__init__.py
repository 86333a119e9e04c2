"""Verbs of this service: see what is one's own, be reminded. Each is part of one unit of work."""
