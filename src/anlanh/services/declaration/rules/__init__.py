"""Decisions of this service: what a form asks, what was answered, how two answers go together, what follows. Pure."""
