"""Screens of this service: the list, the map, an entry, open data, and what a facility confirms."""

from anlanh.services.directory.pages import browsing, confirming, entries, given_away
from anlanh.services.directory.pages.registry import page

__all__ = ["browsing", "confirming", "entries", "given_away", "page"]
