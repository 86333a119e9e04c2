"""The manifest of this service."""

from __future__ import annotations

from anlanh.services import Part, Service
from anlanh.services.privacy import jobs, pages
from anlanh.services.privacy.model import (
    ENTRUST,
    KEEP_OWN_PRIVACY,
    OPEN_EMERGENCY,
    OVERSEE,
    SEE_EMERGENCY,
    TAKE_COPY,
)

SERVICE = Service(
    name="privacy",
    title_vi="Quyền riêng tư",
    title_en="Privacy",
    pages=(pages.page,),
    permissions=(KEEP_OWN_PRIVACY, ENTRUST, TAKE_COPY, OPEN_EMERGENCY, SEE_EMERGENCY, OVERSEE),
    reads=("Patient", "Practitioner", "Organization", "AuditEvent", "Consent"),
    writes=("Consent", "Communication", "Task", "Flag"),
    parts=(Part("privacy.watch", jobs.watch),),
)
