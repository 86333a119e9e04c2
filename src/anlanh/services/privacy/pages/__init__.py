"""Screens of this service: the list of accesses, consent, delegation, emergency access, oversight, my data."""

from anlanh.services.privacy.pages import chosen, data, delegation, emergency, overseeing, seen
from anlanh.services.privacy.pages.registry import page

__all__ = ["chosen", "data", "delegation", "emergency", "overseeing", "page", "seen"]
