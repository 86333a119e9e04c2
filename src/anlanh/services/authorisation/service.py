"""The manifest of this service."""

from __future__ import annotations

from anlanh.services import Service
from anlanh.services.authorisation import pages
from anlanh.services.authorisation.model import DECIDE, OPEN_APPS, REVIEW

SERVICE = Service(
    name="authorisation",
    title_vi="Ứng dụng đã kết nối",
    title_en="Connected apps",
    pages=(pages.page,),
    permissions=(DECIDE, OPEN_APPS, REVIEW),
    reads=("Patient", "Encounter"),
)
