"""Screens of this service."""

from anlanh.services.exchange.pages import documents, importing, senders
from anlanh.services.exchange.pages.registry import page

__all__ = ["documents", "importing", "page", "senders"]
