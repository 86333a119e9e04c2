"""The manifest of this service."""

from __future__ import annotations

from anlanh.fhir.subscriptions.hearing import Hearing
from anlanh.services import Service
from anlanh.services.identity import jobs, pages
from anlanh.services.identity.model import JOIN_IDENTITIES, SEE_IDENTITIES

SERVICE = Service(
    name="identity",
    title_vi="Định danh người dân",
    title_en="Identities",
    pages=(pages.page,),
    permissions=(SEE_IDENTITIES, JOIN_IDENTITIES),
    reads=("Patient", "Practitioner"),
    writes=("Patient",),
    hears=(Hearing("identity.closed", ("Patient",), jobs.closed),),
)
