"""Screens of this service: the inbox, how one wants to hear, what was sent; calls to many."""

from anlanh.services.notify.pages import calls, choices, inbox
from anlanh.services.notify.pages.registry import page

__all__ = ["calls", "choices", "inbox", "page"]
