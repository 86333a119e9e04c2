"""The manifest of this service."""

from __future__ import annotations

from anlanh.fhir.subscriptions.hearing import Hearing
from anlanh.services import Part, Service
from anlanh.services.declaration import jobs, pages
from anlanh.services.declaration.model import ANSWER_ALERTS, KEEP_OWN, MANAGE_FORMS

SERVICE = Service(
    name="declaration",
    title_vi="Khai báo y tế",
    title_en="Health declarations",
    pages=(pages.page,),
    permissions=(KEEP_OWN, MANAGE_FORMS, ANSWER_ALERTS),
    needs=("notify",),
    reads=("Questionnaire", "PlanDefinition", "QuestionnaireResponse", "Patient", "Organization", "Task"),
    writes=("Questionnaire", "PlanDefinition", "QuestionnaireResponse", "Task"),
    hears=(Hearing("declaration.follow", ("QuestionnaireResponse",), jobs.follow),),
    parts=(
        Part("declaration.forms", jobs.enter_forms),
        Part("declaration.erase", jobs.erase),
        Part("declaration.remind", jobs.remind),
    ),
    follows=(("declaration_entry", "person", 0),),
)
