"""The manifest of this service."""

from __future__ import annotations

from anlanh.services import Service
from anlanh.services.record import operations, pages
from anlanh.services.record.model import FIND_PERSON, HAND_ON, SEE_RECORD, SUM_UP

SERVICE = Service(
    name="record",
    title_vi="Hồ sơ sức khỏe",
    title_en="Health record",
    pages=(pages.page,),
    permissions=(FIND_PERSON, SEE_RECORD, SUM_UP, HAND_ON),
    needs=("knowledge",),
    operations=operations.OFFERED,
    reads=(
        "Patient", "AllergyIntolerance", "Flag", "Condition", "MedicationRequest", "MedicationStatement", "Medication",
        "Immunization", "Observation", "DiagnosticReport", "Encounter", "Procedure", "DocumentReference", "Binary",
        "Composition", "CareTeam", "EpisodeOfCare", "FamilyMemberHistory", "Provenance", "Organization", "Practitioner", "Location",
    ),
    follows=(("record_link", "person", 0),),
)  # fmt: skip
