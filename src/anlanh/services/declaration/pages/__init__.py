"""Screens of this service: what one has declared, filling in, and the forms for those who publish them."""

from anlanh.services.declaration.pages import alerts, managing, own  # isort: skip  # own paths come before those with a name in them
from anlanh.services.declaration.pages import filling
from anlanh.services.declaration.pages.registry import page

__all__ = ["alerts", "filling", "managing", "own", "page"]
