"""Verbs of this service: tell, read, send, call many. Each is part of one unit of work."""
