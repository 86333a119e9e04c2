"""The manifest of this service."""

from __future__ import annotations

from anlanh.services import Service
from anlanh.services.account import pages
from anlanh.services.account.model import HELP_AT_DESK, MANAGE_KEYS

SERVICE = Service(
    name="account",
    title_vi="Tài khoản",
    title_en="Account",
    pages=(pages.page,),
    permissions=(MANAGE_KEYS, HELP_AT_DESK),
    reads=("Patient", "Practitioner", "Organization"),
)
