"""Decisions: what resources say, when it is open, who may practise, what fits a search."""
