"""Screens of this service: deciding, one's own apps, and the review of apps."""

from anlanh.services.authorisation.pages import consent, own, review
from anlanh.services.authorisation.pages.registry import page

__all__ = ["consent", "own", "page", "review"]
