"""The manifest of this service."""

from __future__ import annotations

from anlanh.services import Service
from anlanh.services.exchange import pages
from anlanh.services.exchange.model import IMPORT_FILES, WATCH_SENDERS

SERVICE = Service(
    name="exchange",
    title_vi="Kết nối dữ liệu",
    title_en="Exchange",
    pages=(pages.page,),
    permissions=(WATCH_SENDERS, IMPORT_FILES),
    reads=("Patient",),
    writes=("Patient", "Immunization", "Observation", "Encounter", "Condition"),
)
