"""The manifest of this service."""

from __future__ import annotations

from anlanh.services import Service
from anlanh.services.knowledge import pages
from anlanh.services.knowledge.model import REVIEW, WRITE

SERVICE = Service(
    name="knowledge",
    title_vi="Kiến thức sức khoẻ",
    title_en="Health library",
    pages=(pages.page,),
    permissions=(WRITE, REVIEW),
    reads=("Practitioner",),
)
