"""Screens of this service: signing in, one's own account, and the desk."""

from anlanh.services.account.pages import desk, keys, own, prove, sign_in, staff
from anlanh.services.account.pages.registry import page

__all__ = ["desk", "keys", "own", "page", "prove", "sign_in", "staff"]
