"""The manifest of this service."""

from __future__ import annotations

from anlanh.services import Service
from anlanh.services.directory import pages
from anlanh.services.directory.model import CONFIRM_ENTRY

SERVICE = Service(
    name="directory",
    title_vi="Danh bạ cơ sở y tế",
    title_en="Directory",
    pages=(pages.page,),
    permissions=(CONFIRM_ENTRY,),
    reads=(
        "Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole", "ChargeItemDefinition",
        "VerificationResult",
    ),
    writes=("Location", "VerificationResult"),
)  # fmt: skip
