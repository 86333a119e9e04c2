"""Screens of this service: the library for everybody, and the editors' desk."""

from anlanh.services.knowledge.pages import editing, library
from anlanh.services.knowledge.pages.registry import page

__all__ = ["editing", "library", "page"]
