"""The manifest of this service."""

from __future__ import annotations

from anlanh.services import Part, Service
from anlanh.services.portal import jobs, pages
from anlanh.services.portal.model import CHOOSE_CARD, SEE_OWN

SERVICE = Service(
    name="portal",
    title_vi="Cổng của người dân",
    title_en="The citizen's portal",
    pages=(pages.page,),
    permissions=(SEE_OWN, CHOOSE_CARD),
    needs=("knowledge", "notify", "record"),
    reads=("Patient", "Appointment", "Location", "Immunization", "Observation", "QuestionnaireResponse"),
    writes=("QuestionnaireResponse", "Communication"),
    follows=(("portal_looked", "person", 0), ("portal_looked", "about", 0)),
    parts=(Part("portal.remind", jobs.remind),),
)
