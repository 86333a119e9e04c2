"""The manifest of this service."""

from __future__ import annotations

from anlanh.fhir.subscriptions.hearing import Hearing
from anlanh.services import Part, Service
from anlanh.services.notify import jobs, pages
from anlanh.services.notify.model import APPROVE, BROADCAST, CHOOSE_OWN, OVERSEE_SENDING, READ_OWN

SERVICE = Service(
    name="notify",
    title_vi="Tin nhắn",
    title_en="Messages",
    pages=(pages.page,),
    permissions=(READ_OWN, CHOOSE_OWN, BROADCAST, APPROVE, OVERSEE_SENDING),
    reads=("Patient", "DiagnosticReport", "Communication", "Organization"),
    writes=("Communication",),
    hears=(
        Hearing("notify.results", ("DiagnosticReport",), jobs.results_came),
        Hearing("notify.messages", ("Communication",), jobs.messages_came),
    ),
    parts=(Part("notify.send", jobs.send), Part("notify.call", jobs.call)),
    follows=(("notify_message", "person", 0), ("notify_message", "about", 0)),
)
