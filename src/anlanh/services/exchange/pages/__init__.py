"""Screens of this service."""

from anlanh.services.exchange.pages import importing, senders
from anlanh.services.exchange.pages.registry import page

__all__ = ["importing", "page", "senders"]
