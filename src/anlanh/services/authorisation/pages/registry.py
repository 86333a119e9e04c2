"""The registry of these screens, and what they share."""

from __future__ import annotations

from anlanh.access.oauth.exchanging import Authority
from anlanh.web.request import Request
from anlanh.web.screens import Pages

page = Pages("authorisation", "anlanh.services.authorisation")


def authority_of(request: Request) -> Authority:
    """What giving tokens needs."""
    return request.tool(Authority)
