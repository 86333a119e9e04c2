"""Decisions and words of this service: pure."""
