"""Screens of this service: the day, the record in plain words, the emergency card."""

from anlanh.services.portal.pages import card, day, own
from anlanh.services.portal.pages.registry import page

__all__ = ["card", "day", "own", "page"]
